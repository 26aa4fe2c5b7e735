//! pgherd: PostgreSQL replication on Kubernetes, generated from one small spec and proven by breaking it.

#[cfg(feature = "cluster")]
pub mod apply;
pub mod chart;
pub mod cli;
pub mod cluster;
pub mod component;
pub mod dsn;
#[cfg(feature = "cluster")]
pub mod e2e;
#[cfg(feature = "cluster")]
mod fault;
pub mod formula;
pub mod k8s;
#[cfg(feature = "cluster")]
pub mod kind;
#[cfg(feature = "cluster")]
pub mod leader;
pub mod names;
#[cfg(feature = "cluster")]
pub mod orders;
pub mod output;
#[cfg(feature = "cluster")]
mod pause;
#[cfg(feature = "cluster")]
mod program;
#[cfg(feature = "cluster")]
pub mod psql;
#[cfg(feature = "cluster")]
pub mod rollout;
#[cfg(feature = "cluster")]
pub mod rotate;
#[cfg(feature = "cluster")]
pub mod runtime;
pub mod secrets;
#[cfg(feature = "cluster")]
pub mod seeds;
#[cfg(feature = "cluster")]
mod session;
#[cfg(feature = "cluster")]
mod signals;
pub mod spec;
#[cfg(feature = "cluster")]
pub mod status;
#[cfg(feature = "cluster")]
pub mod terminal;
pub mod topology;
pub mod validate;
