//! The Services of a cluster with Patroni.

use super::layout::{self, FOLLOWS, LEADS};
use crate::cluster::Cluster;
use crate::k8s::{corev1, meta, service, service_meta};
use crate::names;
use crate::spec::ExposeTarget;
use crate::topology::common;

/// Gives every member its DNS name.
pub(super) fn members(cluster: &Cluster) -> corev1::Service {
    corev1::Service {
        metadata: meta(cluster, cluster.members_service(), names::SERVER),
        spec: Some(service::headless(
            cluster.member_selector(),
            names::POSTGRES_PORT_NAME,
        )),
        ..Default::default()
    }
}

/// For writing. It selects nobody: by a label, its endpoints would be emptied and filled again at each move, and kube-proxy
/// lets a second pass between two changes of one Service. The member that leads keeps its one EndpointSlice (agent.py).
pub(super) fn primary(cluster: &Cluster) -> corev1::Service {
    let mut spec = service::cluster_ip(layout::leading(cluster), names::POSTGRES_PORT_NAME);
    spec.selector = None;
    corev1::Service {
        metadata: service_meta(
            cluster,
            cluster.named(LEADS),
            LEADS,
            &cluster.spec.services.primary.annotations,
        ),
        spec: Some(spec),
        ..Default::default()
    }
}

/// For reading: leads to the standbys that are ready.
pub(super) fn standbys(cluster: &Cluster) -> corev1::Service {
    corev1::Service {
        metadata: service_meta(
            cluster,
            cluster.named(FOLLOWS),
            FOLLOWS,
            &cluster.spec.services.standby.annotations,
        ),
        spec: Some(service::cluster_ip(
            layout::following(cluster),
            names::POSTGRES_PORT_NAME,
        )),
        ..Default::default()
    }
}

/// For clients outside, where the spec asks for it. The one for writing is kept as the one inside.
pub(super) fn external(cluster: &Cluster) -> Option<corev1::Service> {
    match cluster.spec.expose.to {
        ExposeTarget::Primary => {
            let mut service = common::external(cluster, LEADS, layout::leading(cluster))?;
            if let Some(spec) = &mut service.spec {
                spec.selector = None;
            }
            Some(service)
        }
        ExposeTarget::Standbys => common::external(cluster, FOLLOWS, layout::following(cluster)),
        ExposeTarget::Pooler => common::external_pooler(cluster),
    }
}
