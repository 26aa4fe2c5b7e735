//! The Services of a streaming cluster.

use crate::cluster::Cluster;
use crate::k8s::{corev1, meta, service, service_meta};
use crate::names;
use crate::spec::{ExposeTarget, ExposeType};

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
    let role = &cluster.spec.roles.primary;
    corev1::Service {
        metadata: service_meta(
            cluster,
            cluster.primary(),
            role,
            &cluster.spec.services.primary.annotations,
        ),
        spec: Some(corev1::ServiceSpec {
            publish_not_ready_addresses: PRIMARY_AT_ONCE,
            ..service::cluster_ip(cluster.leader_selector(), names::POSTGRES_PORT_NAME)
        }),
        ..Default::default()
    }
}

/// For reading: leads to the standbys that are ready; to the primary, too, while it is one of their StatefulSet.
pub(super) fn standbys(cluster: &Cluster) -> corev1::Service {
    let role = &cluster.spec.roles.standby;
    corev1::Service {
        metadata: service_meta(
            cluster,
            cluster.standby(),
            role,
            &cluster.spec.services.standby.annotations,
        ),
        spec: Some(service::cluster_ip(
            cluster.reading_selector(),
            names::POSTGRES_PORT_NAME,
        )),
        ..Default::default()
    }
}

/// For clients outside, where the spec asks for it.
pub(super) fn external(cluster: &Cluster) -> Option<corev1::Service> {
    let expose = &cluster.spec.expose;
    let kind = match expose.kind {
        ExposeType::None => return None,
        ExposeType::NodePort => "NodePort",
        ExposeType::LoadBalancer => "LoadBalancer",
    };
    let roles = &cluster.spec.roles;
    let (component, selector, port) = match expose.to {
        ExposeTarget::Primary => (
            roles.primary.as_str(),
            cluster.leader_selector(),
            names::POSTGRES_PORT_NAME,
        ),
        ExposeTarget::Standbys => (
            roles.standby.as_str(),
            cluster.reading_selector(),
            names::POSTGRES_PORT_NAME,
        ),
        ExposeTarget::Pooler => (
            names::PGPOOL,
            cluster.selector(names::PGPOOL),
            names::PGPOOL,
        ),
    };
    let mut spec = service::spec(selector, port);
    spec.type_ = Some(kind.into());
    if expose.to == ExposeTarget::Primary {
        spec.publish_not_ready_addresses = PRIMARY_AT_ONCE;
    }
    for port in spec.ports.iter_mut().flatten() {
        port.node_port = expose.node_port.map(i32::from);
    }
    Some(corev1::Service {
        metadata: service_meta(
            cluster,
            cluster.external_service(),
            component,
            &expose.annotations,
        ),
        spec: Some(spec),
        ..Default::default()
    })
}
