//! The text targets: what a parser reads back, what a reviewer sees, what lies in the folder.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod folder;
mod nasty;
mod samples;
mod strings;
mod style;

/// What is said where kubectl is missing: a test that did not run is not one that passed.
const NO_KUBECTL: &str =
    "kubectl is not on PATH: install it, or set PGHERD_SKIP_KUBECTL=1 to leave out what needs it";

/// Whether the tests that run kubectl were left out on purpose.
fn kubectl_is_left_out() -> bool {
    std::env::var("PGHERD_SKIP_KUBECTL").is_ok_and(|skip| skip == "1")
}
