//! The Services of a streaming cluster.

use std::collections::BTreeMap;

use super::layout;
use crate::cluster::Cluster;
use crate::k8s::{corev1, meta, service, service_meta};
use crate::names;
use crate::spec::ExposeTarget;
use crate::topology::common;

/// Who writes is led to the primary before probes have found it ready, and also when one is late: there is no other
/// that could answer, and the server itself refuses until it takes writes. After a restart, clients write two seconds
/// sooner.
const PRIMARY_AT_ONCE: Option<bool> = Some(true);

/// Gives every member its DNS name. Finds the pods of both StatefulSets.
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

/// For writing: leads to the member that leads, whatever its StatefulSet.
pub(super) fn primary(cluster: &Cluster) -> corev1::Service {
    let [primary, _] = layout::sets(&cluster.spec);
    corev1::Service {
        metadata: service_meta(
            cluster,
            primary.name,
            &primary.component,
            &cluster.spec.services.primary.annotations,
        ),
        spec: Some(corev1::ServiceSpec {
            publish_not_ready_addresses: PRIMARY_AT_ONCE,
            ..service::cluster_ip(leading(cluster), names::POSTGRES_PORT_NAME)
        }),
        ..Default::default()
    }
}

/// For reading: leads to the standbys that are ready; to the primary, too, while it is one of their StatefulSet.
pub(super) fn standbys(cluster: &Cluster) -> corev1::Service {
    let [_, standby] = layout::sets(&cluster.spec);
    corev1::Service {
        metadata: service_meta(
            cluster,
            standby.name,
            &standby.component,
            &cluster.spec.services.standby.annotations,
        ),
        spec: Some(service::cluster_ip(
            following(cluster),
            names::POSTGRES_PORT_NAME,
        )),
        ..Default::default()
    }
}

/// For clients outside, where the spec asks for it.
pub(super) fn external(cluster: &Cluster) -> Option<corev1::Service> {
    let roles = &cluster.spec.roles;
    match cluster.spec.expose.to {
        ExposeTarget::Primary => {
            let mut service = common::external(cluster, &roles.primary, leading(cluster))?;
            if let Some(spec) = &mut service.spec {
                spec.publish_not_ready_addresses = PRIMARY_AT_ONCE;
            }
            Some(service)
        }
        ExposeTarget::Standbys => common::external(cluster, &roles.standby, following(cluster)),
        ExposeTarget::Pooler => common::external_pooler(cluster),
    }
}

/// Labels of the pod that leads by the spec.
fn leading(cluster: &Cluster) -> BTreeMap<String, String> {
    layout::leading(cluster, &layout::leader(&cluster.spec))
}

/// Labels of the pods for reading while it does.
fn following(cluster: &Cluster) -> BTreeMap<String, String> {
    layout::following(cluster, &layout::leader(&cluster.spec))
}
