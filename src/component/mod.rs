//! Components: one folder per program, with its container, its configuration and its scripts as they are mounted.
//! A component never imports a topology.

pub mod metrics;
pub mod pgpool;
pub mod postgres;

/// The script that works out what kustomize put around the objects' names, and the name under which it is mounted
/// beside the scripts of every component.
pub const AFFIXES: (&str, &str) = ("affixes.sh", include_str!("files/affixes.sh"));
