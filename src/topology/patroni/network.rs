//! Who may connect to the members of a cluster with Patroni, and whom they may reach. The pooler's own is its component's.

use super::layout::API_PORT;
use crate::cluster::Cluster;
use crate::component::metrics;
use crate::k8s::{meta, network, networkingv1};
use crate::names;

/// Ports of API servers: that of the Service in front of them, and those that they listen on behind it.
const API_SERVER_PORTS: [i32; 3] = [443, 6443, 8443];

/// Around the members: clients, each other, the cluster's other pods, and the API server, of which no label and no address is
/// known beforehand.
pub(super) fn members(cluster: &Cluster) -> networkingv1::NetworkPolicy {
    let given = &cluster.spec.network_policy.members;
    let members = || network::pods(network::selector(cluster.member_selector()));
    let others = [names::PGPOOL, names::HELM_TEST];
    let own = vec![
        members(),
        network::pods(network::components(cluster, &others)),
    ];
    let mut ingress = vec![
        network::from(network::clients(cluster, own), names::POSTGRES_PORT),
        network::from(Some(vec![members()]), API_PORT),
    ];
    ingress.extend(metrics::scrapers(cluster));
    ingress.extend(given.ingress.iter().cloned());
    let mut egress = network::to_members(cluster);
    egress.push(network::to(Some(vec![members()]), &[API_PORT]));
    egress.push(network::to(None, &API_SERVER_PORTS));
    egress.extend(given.egress.iter().cloned());
    networkingv1::NetworkPolicy {
        metadata: meta(cluster, cluster.members_service(), names::SERVER),
        spec: Some(network::policy(cluster.member_selector(), ingress, egress)),
    }
}
