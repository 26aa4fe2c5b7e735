//! Who may connect to the pooler, and whom it may reach.

use crate::cluster::Cluster;
use crate::k8s::{meta, network, networkingv1};
use crate::names;

/// Around the pooler: clients reach it, and it reaches the members. It asks no other pod, nor the API.
pub fn network_policy(cluster: &Cluster) -> networkingv1::NetworkPolicy {
    let given = &cluster.spec.network_policy.pooler;
    let own = vec![network::pods(network::selector(
        cluster.selector(names::HELM_TEST),
    ))];
    let mut ingress = vec![network::from(
        network::clients(cluster, own),
        names::PGPOOL_PORT,
    )];
    ingress.extend(given.ingress.iter().cloned());
    let mut egress = network::to_members(cluster);
    egress.extend(given.egress.iter().cloned());
    networkingv1::NetworkPolicy {
        metadata: meta(cluster, cluster.pgpool_name(), names::PGPOOL),
        spec: Some(network::policy(
            cluster.selector(names::PGPOOL),
            ingress,
            egress,
        )),
    }
}
