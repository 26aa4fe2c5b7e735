//! Topologies: each composes components into the objects of one cluster, in the order in which they are applied.

use crate::cluster::Cluster;
use crate::k8s::Manifest;
use crate::spec::Topology;

mod streaming;

/// Every object of a cluster, in the order in which they are to be applied: what a pod needs comes before it.
pub fn objects(cluster: &Cluster) -> Vec<Manifest> {
    match cluster.spec.topology {
        Topology::Streaming => streaming::objects(cluster),
    }
}
