//! Components: one folder per program, with its container, its configuration and its scripts as they are mounted.
//! A component never imports a topology.

pub mod pgpool;
pub mod postgres;
