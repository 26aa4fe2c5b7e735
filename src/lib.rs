//! pgherd: PostgreSQL replication on Kubernetes, generated from one small spec and proven by breaking it.

pub mod cluster;
pub mod component;
pub mod credentials;
pub mod k8s;
pub mod names;
pub mod spec;
pub mod target;
pub mod topology;
