//! Streaming replication with a primary fixed by the spec. No automatic failover, so no split brain.
//!
//! Two StatefulSets, as its users know it: one with the primary, one with the standbys. Nothing here talks to the API.

use crate::cluster::Cluster;
use crate::component::{metrics, pgpool, postgres};
use crate::k8s::{Manifest, Object, corev1, meta};
use crate::names;
use crate::spec::Bootstrap;

mod network;
mod service;
mod workload;

/// The objects of a streaming cluster.
pub(super) fn objects(cluster: &Cluster) -> Vec<Manifest> {
    let mut objects = vec![manifest(
        "Who the pods are. They have no business with the API: no token.",
        service_account(cluster),
    )];
    objects.extend(cluster.passwords.as_ref().map(|passwords| {
        manifest(
            "The passwords, as `pgherd keygen` makes them.",
            crate::credentials::secret(cluster, passwords),
        )
    }));
    if let Some(certificates) = &cluster.certificates {
        let [shown, authority] = crate::certificate::secrets(cluster, certificates);
        objects.push(manifest(
            "The certificate, as `pgherd keygen` makes it.",
            shown,
        ));
        objects.push(manifest(
            "The authority that signed it. No pod mounts it.",
            authority,
        ));
    }
    objects.extend(
        crate::certificate::by_cert_manager(cluster).map(|certificate| {
            manifest(
                "The certificate, which cert-manager makes and renews.",
                certificate,
            )
        }),
    );
    objects.extend(config(cluster));
    objects.extend(services(cluster));
    objects.extend(network_policies(cluster));
    objects.push(manifest(
        "What a drain leaves running of the standbys.",
        workload::standby_disruption_budget(cluster),
    ));
    objects.push(manifest("The primary.", workload::primary(cluster)));
    objects.push(manifest("The standbys.", workload::standbys(cluster)));
    if cluster.spec.bootstrap == Bootstrap::Job {
        objects.extend((0..cluster.standbys()).map(|ordinal| {
            manifest(
                "Copies the primary's data to one standby's volume.",
                postgres::sync_job(cluster, ordinal),
            )
        }));
    }
    objects.extend(pooler(cluster));
    objects.extend(monitoring(cluster));
    objects
}

fn config(cluster: &Cluster) -> Vec<Manifest> {
    let mut maps = vec![
        manifest(
            "Who leads and how many members there are: read while servers run.",
            postgres::facts_map(cluster),
        ),
        manifest("The servers' configuration.", postgres::config_map(cluster)),
        manifest("The servers' scripts.", postgres::scripts_map(cluster)),
    ];
    maps.extend(postgres::init_map(cluster).map(|map| manifest("SQL of the first start.", map)));
    maps.extend(
        metrics::config_map(cluster).map(|map| manifest("The exporters' start and queries.", map)),
    );
    maps
}

fn services(cluster: &Cluster) -> Vec<Manifest> {
    let mut services = vec![
        manifest(
            "Gives every member its DNS name.",
            service::members(cluster),
        ),
        manifest(
            "For writing: leads to the primary.",
            service::primary(cluster),
        ),
        manifest(
            "For reading: leads to the standbys.",
            service::standbys(cluster),
        ),
    ];
    services.extend(
        service::external(cluster).map(|service| manifest("For clients outside.", service)),
    );
    services
}

/// Before the pods: those that they select are never without them.
fn network_policies(cluster: &Cluster) -> Vec<Manifest> {
    if !cluster.spec.network_policy.enabled {
        return Vec::new();
    }
    let mut policies = vec![manifest(
        "Who reaches the members, and whom they reach.",
        network::members(cluster),
    )];
    policies.extend(network::sync(cluster).map(|policy| {
        manifest(
            "Whom the Jobs that copy reach: names and members. Nobody reaches them.",
            policy,
        )
    }));
    policies.extend(cluster.pgpool().map(|_| {
        manifest(
            "Who reaches the pooler, and whom it reaches.",
            pgpool::network_policy(cluster),
        )
    }));
    policies
}

fn pooler(cluster: &Cluster) -> Vec<Manifest> {
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
            pgpool::deployment(cluster, pooler),
        ),
    ]
}

/// Behind what they look at.
fn monitoring(cluster: &Cluster) -> Vec<Manifest> {
    let mut objects = Vec::new();
    objects
        .extend(metrics::dashboard(cluster).map(|map| manifest("A dashboard for Grafana.", map)));
    objects.extend(
        metrics::pod_monitor(cluster)
            .map(|monitor| manifest("Has Prometheus ask the exporters.", monitor)),
    );
    objects.extend(
        metrics::prometheus_rule(cluster)
            .map(|rule| manifest("What Prometheus watches, and what to do.", rule)),
    );
    objects
}

fn service_account(cluster: &Cluster) -> corev1::ServiceAccount {
    corev1::ServiceAccount {
        metadata: meta(cluster, cluster.name(), names::SERVER),
        automount_service_account_token: Some(false),
        ..Default::default()
    }
}

fn manifest(comment: &str, object: impl Into<Object>) -> Manifest {
    Manifest {
        comment: comment.into(),
        object: object.into(),
    }
}
