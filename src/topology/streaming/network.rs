//! Who may connect to a streaming cluster's pods, and whom they may reach. The pooler's own is its component's.

use crate::cluster::Cluster;
use crate::component::metrics;
use crate::k8s::{meta, network, networkingv1};
use crate::names;
use crate::spec::Bootstrap;

/// Around the members: clients, each other, and the cluster's other pods. Any member may lead one day, so all are
/// alike.
pub(super) fn members(cluster: &Cluster) -> networkingv1::NetworkPolicy {
    let given = &cluster.spec.network_policy.members;
    let others = [names::PGPOOL, names::SYNC, names::HELM_TEST];
    let own = vec![
        network::pods(network::selector(cluster.member_selector())),
        network::pods(network::components(cluster, &others)),
    ];
    let mut ingress = vec![network::from(
        network::clients(cluster, own),
        names::POSTGRES_PORT,
    )];
    ingress.extend(metrics::scrapers(cluster));
    ingress.extend(given.ingress.iter().cloned());
    let mut egress = network::to_members(cluster);
    egress.extend(given.egress.iter().cloned());
    networkingv1::NetworkPolicy {
        metadata: meta(cluster, cluster.members_service(), names::SERVER),
        spec: Some(network::policy(cluster.member_selector(), ingress, egress)),
    }
}

/// Around the Jobs that copy: nobody connects to them. None where there are no such Jobs.
pub(super) fn sync(cluster: &Cluster) -> Option<networkingv1::NetworkPolicy> {
    (cluster.spec.bootstrap == Bootstrap::Job).then(|| networkingv1::NetworkPolicy {
        metadata: meta(cluster, cluster.named(names::SYNC), names::SYNC),
        spec: Some(network::policy(
            cluster.selector(names::SYNC),
            Vec::new(),
            network::to_members(cluster),
        )),
    })
}
