//! Streaming replication with a primary fixed by the spec. No automatic failover, so no split brain.

use crate::cluster::Cluster;
use crate::k8s::Manifest;

/// The objects of a streaming cluster.
pub(super) fn objects(_cluster: &Cluster) -> Vec<Manifest> {
    Vec::new()
}
