//! The exporters of metrics, one beside each member's server: container, files, how Prometheus finds them, what it
//! watches, and a dashboard. The role as which they log in is made by the server's scripts.

use std::collections::BTreeMap;

use super::postgres::Access;
use crate::cluster::Cluster;
use crate::k8s::{self, corev1, pod, volume};
use crate::names;

mod alerts;
mod monitoring;
mod network;
mod series;

pub use alerts::{ALERTS, Alert};
pub use monitoring::{DASHBOARD, dashboard, pod_monitor, prometheus_rule};
pub use network::scrapers;
pub use series::{Giver, SERIES};

/// Volume with the script, the queries and the number of members.
const FILES: &str = "metrics";
/// Volume with the password, which is memory as every Secret's.
const CREDENTIALS: &str = "metrics-credentials";
/// Volume for the password file.
const RUN: &str = "metrics-run";
const EXPORTER: &str = "exporter.sh";

const EXPORTER_SH: &str = include_str!("files/exporter.sh");
const QUERIES: &str = include_str!("files/queries.yaml");

/// What makes the exporters' role, for the scripts of any topology's members, by the name under which they are mounted.
pub const SCRIPTS: [(&str, &str); 2] = [
    ("metrics.sh", include_str!("files/metrics.sh")),
    ("metrics.sql", include_str!("files/metrics.sql")),
];

/// The exporters come over the socket alone.
pub fn access(cluster: &Cluster) -> Option<Access> {
    cluster.metrics().map(|_| Access {
        role: names::METRICS_ROLE,
        rows: Vec::new(),
    })
}

/// The exporter's container, in the pod whose volume `socket` has the server's. It has no probe: a member serves clients
/// with and without metrics, and Prometheus knows whether it is answered.
pub fn container(cluster: &Cluster, socket: &str) -> Option<corev1::Container> {
    cluster.metrics().map(|metrics| corev1::Container {
        name: names::METRICS.into(),
        image: metrics.image.clone(),
        image_pull_policy: Some("IfNotPresent".into()),
        command: Some(vec![format!("{}/{EXPORTER}", names::METRICS_MOUNT)]),
        env: Some(environment(cluster)),
        ports: Some(vec![corev1::ContainerPort {
            name: Some(names::METRICS.into()),
            container_port: names::METRICS_PORT,
            ..Default::default()
        }]),
        resources: Some(pod::resources(&metrics.resources)),
        security_context: Some(pod::container_security()),
        volume_mounts: Some(vec![
            volume::read_only_mount(FILES, names::METRICS_MOUNT),
            volume::read_only_mount(CREDENTIALS, names::CREDENTIALS_MOUNT),
            volume::read_only_mount(socket, names::SOCKET_MOUNT),
            volume::mount(RUN, names::RUN_MOUNT),
        ]),
        ..Default::default()
    })
}

/// What the exporter and the server's scripts are told.
pub fn environment(cluster: &Cluster) -> Vec<corev1::EnvVar> {
    let role = cluster.metrics();
    role.map(|_| pod::env("PGHERD_METRICS", names::METRICS_ROLE))
        .into_iter()
        .collect()
}

/// The exporter's volumes. A Secret without its password keeps no member from starting.
pub fn volumes(cluster: &Cluster) -> Vec<corev1::Volume> {
    if cluster.metrics().is_none() {
        return Vec::new();
    }
    vec![
        volume::config(FILES, cluster.metrics_name(), volume::EXECUTABLE),
        volume::optional_files_of_secret(
            CREDENTIALS,
            cluster.credentials_secret(),
            &[names::METRICS_PASSWORD_FILE],
        ),
        volume::memory(RUN, "1Mi"),
    ]
}

/// The ConfigMap with the script, the queries, and how many members there are, which an alert compares with those that can
/// be asked. Exporters notice a change of it by themselves.
pub fn config_map(cluster: &Cluster) -> Option<corev1::ConfigMap> {
    cluster.metrics().map(|_| corev1::ConfigMap {
        metadata: k8s::meta(cluster, cluster.metrics_name(), names::SERVER),
        data: Some(BTreeMap::from([
            (EXPORTER.into(), EXPORTER_SH.into()),
            ("members".into(), format!("{}\n", cluster.spec.members)),
            ("queries.yaml".into(), QUERIES.into()),
        ])),
        ..Default::default()
    })
}
