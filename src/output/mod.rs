//! Texts made from manifests: YAML, JSON, and a folder of files.
//!
//! A target sees objects only, never a topology or a spec, and cannot fail: what can, such as writing
//! to a disk, is a function of its own.

use serde_json::Value;

use crate::k8s::Object;

pub mod files;
pub mod json;
mod order;
mod scalar;
pub mod yaml;

pub use order::ordered;
pub(crate) use scalar::inline;

/// The object as a JSON value, its keys in a reader's order.
pub(crate) fn value(object: &Object) -> Value {
    let value = serde_json::to_value(object)
        .expect("an API object has string keys only, and its numbers and texts are JSON's own");
    ordered(value)
}
