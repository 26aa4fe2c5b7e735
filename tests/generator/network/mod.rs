//! Whether the NetworkPolicies let through what a cluster needs, and nothing else: judged by a small evaluator of the
//! documented semantics, because many a cluster accepts such objects without enforcing them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod clusters;
mod evaluate;
mod kustomize;
mod semantics;
mod world;
