//! Who may ask the exporters.

use crate::cluster::Cluster;
use crate::k8s::{network, networkingv1};
use crate::names;

/// Lets whoever the spec lets in ask the members' exporters. Because an empty list would be everybody, the members stand in
/// it, too, which their own egress does not let ask each other. None where there are no exporters.
pub fn scrapers(cluster: &Cluster) -> Option<networkingv1::NetworkPolicyIngressRule> {
    let mut peers = vec![network::pods(network::selector(cluster.member_selector()))];
    peers.extend(cluster.spec.network_policy.metrics.iter().cloned());
    let rule = network::from(Some(peers), names::METRICS_PORT);
    cluster.metrics().map(|_| rule)
}
