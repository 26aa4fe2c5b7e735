//! The objects that a cluster of any topology has around its members: identity, Secrets, configuration, pooler, monitoring.

use std::collections::BTreeMap;

use crate::cluster::{Cluster, Layout};
use crate::component::postgres::Access;
use crate::component::{self, metrics, pgpool, postgres};
use crate::k8s::{Manifest, Object, corev1, meta, service, service_meta};
use crate::names;
use crate::secrets::{Secrets, certificate, passwords};
use crate::spec::ExposeType;

/// An object under what a reader is told of it.
pub(super) fn manifest(comment: &str, object: impl Into<Object>) -> Manifest {
    Manifest {
        comment: comment.into(),
        object: object.into(),
    }
}

/// The Service for clients outside, where the spec asks for one: it leads to these pods of a component.
pub(super) fn external(
    cluster: &Cluster,
    component: &str,
    selector: BTreeMap<String, String>,
) -> Option<corev1::Service> {
    external_to(
        cluster,
        component,
        service::spec(selector, names::POSTGRES_PORT_NAME),
    )
}

/// The same, leading to the pooler.
pub(super) fn external_pooler(cluster: &Cluster) -> Option<corev1::Service> {
    let selector = cluster.selector(names::PGPOOL);
    external_to(
        cluster,
        names::PGPOOL,
        service::spec(selector, names::PGPOOL),
    )
}

fn external_to(
    cluster: &Cluster,
    component: &str,
    mut spec: corev1::ServiceSpec,
) -> Option<corev1::Service> {
    let expose = &cluster.spec.expose;
    let kind = match expose.kind {
        ExposeType::None => return None,
        ExposeType::NodePort => "NodePort",
        ExposeType::LoadBalancer => "LoadBalancer",
    };
    spec.type_ = Some(kind.into());
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

/// The account of pods that have no business with the API.
pub(super) fn service_account(cluster: &Cluster) -> Manifest {
    manifest(
        "Who the pods are. They have no business with the API: no token.",
        corev1::ServiceAccount {
            metadata: meta(cluster, cluster.name(), names::SERVER),
            automount_service_account_token: Some(false),
            ..Default::default()
        },
    )
}

/// The Secrets, where they are known, and what has cert-manager make one.
pub(super) fn secrets(
    cluster: &Cluster,
    layout: &Layout,
    secrets: Option<&Secrets>,
) -> Vec<Manifest> {
    let mut objects = Vec::new();
    objects.extend(secrets.map(|secrets| {
        manifest(
            "The passwords, as `pgherd keygen` makes them.",
            passwords::secret(cluster, &secrets.passwords),
        )
    }));
    let certificates = secrets.and_then(|secrets| secrets.certificates.as_ref());
    // A credentials file may have been written before the spec said that another makes the certificate, or nobody.
    if let Some(certificates) = certificates.filter(|_| cluster.brings_certificate()) {
        let [shown, authority] = certificate::secrets(cluster, certificates);
        objects.push(manifest(
            "The certificate, as `pgherd keygen` makes it.",
            shown,
        ));
        objects.push(manifest(
            "The authority that signed it. No pod mounts it.",
            authority,
        ));
    }
    let asked = certificate::by_cert_manager(cluster, &layout.services);
    objects.extend(asked.map(|certificate| {
        manifest(
            "The certificate, which cert-manager makes and renews.",
            certificate,
        )
    }));
    objects
}

/// The servers' configuration, for what the topology and the components connect with.
pub(super) fn server_config(cluster: &Cluster, own: Access) -> Manifest {
    manifest(
        "The servers' configuration.",
        postgres::config_map(cluster, &access(cluster, own)),
    )
}

/// What the servers' configuration lets in: the topology's own, then the components'.
pub(super) fn access(cluster: &Cluster, own: Access) -> Vec<Access> {
    [own].into_iter().chain(metrics::access(cluster)).collect()
}

/// The components' scripts, by the name under which they are mounted.
pub(super) fn scripts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = [component::AFFIXES].into_iter().chain(postgres::SCRIPTS);
    all.chain(metrics::SCRIPTS)
}

/// What is read at the first start, and by the exporters.
pub(super) fn more_config(cluster: &Cluster) -> Vec<Manifest> {
    let mut maps = Vec::new();
    maps.extend(postgres::init_map(cluster).map(|map| manifest("SQL of the first start.", map)));
    maps.extend(
        metrics::config_map(cluster).map(|map| manifest("The exporters' start and queries.", map)),
    );
    maps
}

/// Around the pooler's pods, where there are some.
pub(super) fn pooler_policy(cluster: &Cluster) -> Option<Manifest> {
    cluster.pgpool().map(|_| {
        manifest(
            "Who reaches the pooler, and whom it reaches.",
            pgpool::network_policy(cluster),
        )
    })
}

/// The pooler, where the spec asks for one.
pub(super) fn pooler(cluster: &Cluster, layout: &Layout) -> Vec<Manifest> {
    let Some(pooler) = cluster.pgpool() else {
        return Vec::new();
    };
    vec![
        manifest(
            "The pooler's configuration and start.",
            pgpool::config_map(cluster, pooler),
        ),
        manifest(
            "For writing and reading through the pooler.",
            pgpool::service(cluster),
        ),
        manifest(
            "What a drain leaves running of the pooler.",
            pgpool::disruption_budget(cluster),
        ),
        manifest(
            "The pooler: writes go to the primary, reads to the standbys.",
            pgpool::deployment(cluster, pooler, &layout.services),
        ),
    ]
}

/// What watches the members, behind what it looks at.
pub(super) fn monitoring(cluster: &Cluster, layout: &Layout) -> Vec<Manifest> {
    let mut objects = Vec::new();
    objects
        .extend(metrics::dashboard(cluster).map(|map| manifest("A dashboard for Grafana.", map)));
    objects.extend(
        metrics::pod_monitor(cluster)
            .map(|monitor| manifest("Has Prometheus ask the exporters.", monitor)),
    );
    objects.extend(
        metrics::prometheus_rule(cluster, &layout.sets)
            .map(|rule| manifest("What Prometheus watches, and what to do.", rule)),
    );
    objects
}
