//! Components: one folder per program, with its container, its configuration and its scripts.
//!
//! A component knows its program and nothing of topologies, targets or other components.

pub mod pgpool;
