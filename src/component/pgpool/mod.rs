//! Pgpool-II in front of the members: writes go to the primary, reads to the standbys.
//!
//! It stands on the two Services for writing and reading, which follow the roles, and decides nothing by itself: it
//! promotes nobody, detaches nobody and keeps no state, so that any number of its pods agree.

use std::collections::BTreeMap;

use crate::cluster::{Cluster, Services};
use crate::formula;
use crate::k8s::{
    IntOrString, appsv1, corev1, label_selector, meta, pod, pod_meta, policyv1, service_meta,
    volume,
};
use crate::names;
use crate::spec::Pooler;

mod config;
mod network;
mod setting;

pub use network::network_policy;

const START_PGPOOL_SH: &str = include_str!("files/start-pgpool.sh");
const START_PGPOOL: &str = "start-pgpool.sh";
const POOL_PASSWORDS_SH: &str = include_str!("files/pool-passwords.sh");

/// Volume with the files of the ConfigMap.
const CONFIG_VOLUME: &str = "config";
/// Volume with the owner's password.
const CREDENTIALS_VOLUME: &str = "credentials";
/// Volume with the certificate.
const TLS_VOLUME: &str = "tls";
/// Volume for the password file, the sockets and the process file.
const RUN_VOLUME: &str = "run";

/// Seconds in which a pod that is going to stop still serves, while nodes learn that it left its Service.
const DRAIN_SECONDS: i64 = 5;
/// Seconds until a stopping pod is killed: those of the drain, and time to end the sessions.
const GRACE_SECONDS: i64 = 30;

/// Connections that all pooler pods together may keep open to one server. `max_connections` has to leave room for them.
pub fn server_connections(pooler: &Pooler) -> u32 {
    u32::from(pooler.replicas) * connections_per_pod(pooler)
}

/// Connections that one pooler pod may keep open to one server: one for each of its processes.
pub fn connections_per_pod(pooler: &Pooler) -> u32 {
    config::children(pooler)
}

/// The ConfigMap with pgpool.conf, `pool_hba.conf` and the start script.
pub fn config_map(cluster: &Cluster, pooler: &Pooler) -> corev1::ConfigMap {
    corev1::ConfigMap {
        metadata: meta(cluster, cluster.pgpool_name(), names::PGPOOL),
        data: Some(files(cluster, pooler)),
        ..Default::default()
    }
}

/// The Service for clients of the pooler.
pub fn service(cluster: &Cluster) -> corev1::Service {
    corev1::Service {
        metadata: service_meta(
            cluster,
            cluster.pgpool_name(),
            names::PGPOOL,
            &cluster.spec.services.pooler.annotations,
        ),
        spec: Some(corev1::ServiceSpec {
            type_: Some("ClusterIP".into()),
            selector: Some(cluster.selector(names::PGPOOL)),
            ports: Some(vec![corev1::ServicePort {
                name: Some(names::POSTGRES_PORT_NAME.into()),
                port: names::POSTGRES_PORT,
                target_port: Some(IntOrString::String(names::PGPOOL.into())),
                ..Default::default()
            }]),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Lets a drain take one pooler pod at a time, and any that does not work.
pub fn disruption_budget(cluster: &Cluster) -> policyv1::PodDisruptionBudget {
    policyv1::PodDisruptionBudget {
        metadata: meta(cluster, cluster.pgpool_name(), names::PGPOOL),
        spec: Some(policyv1::PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(label_selector(cluster, names::PGPOOL)),
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".into()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The pooler pods, which stand on the Services for writing and reading.
pub fn deployment(cluster: &Cluster, pooler: &Pooler, services: &Services) -> appsv1::Deployment {
    appsv1::Deployment {
        metadata: meta(cluster, cluster.pgpool_name(), names::PGPOOL),
        spec: Some(appsv1::DeploymentSpec {
            replicas: Some(pooler.replicas.into()),
            selector: label_selector(cluster, names::PGPOOL),
            strategy: Some(appsv1::DeploymentStrategy {
                type_: Some("RollingUpdate".into()),
                // A new pod first: replacing the only one must not leave the Service empty.
                rolling_update: Some(appsv1::RollingUpdateDeployment {
                    max_surge: Some(IntOrString::Int(1)),
                    max_unavailable: Some(IntOrString::Int(0)),
                }),
            }),
            template: corev1::PodTemplateSpec {
                metadata: Some(pod_meta(
                    cluster,
                    names::PGPOOL,
                    formula::checksum(&[(
                        cluster.pgpool_name(),
                        &formula::digest(&files(cluster, pooler)),
                    )]),
                )),
                spec: Some(corev1::PodSpec {
                    containers: [
                        vec![container(cluster, pooler, services)],
                        pooler.extra.containers.clone(),
                    ]
                    .concat(),
                    init_containers: pod::some(pooler.extra.init_containers.clone()),
                    volumes: Some([volumes(cluster), pooler.extra.volumes.clone()].concat()),
                    termination_grace_period_seconds: Some(GRACE_SECONDS),
                    ..pod::pod_spec(cluster, cluster.selector(names::PGPOOL))
                }),
            },
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// What pods read at their start, by file name.
fn files(cluster: &Cluster, pooler: &Pooler) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("pgpool.conf".into(), config::pgpool_conf(cluster, pooler)),
        ("pool_hba.conf".into(), config::pool_hba_conf(cluster)),
        ("pool-passwords.sh".into(), POOL_PASSWORDS_SH.into()),
        (START_PGPOOL.into(), START_PGPOOL_SH.into()),
        (super::AFFIXES.0.into(), super::AFFIXES.1.into()),
    ])
}

fn container(cluster: &Cluster, pooler: &Pooler, services: &Services) -> corev1::Container {
    corev1::Container {
        name: names::PGPOOL.into(),
        image: pooler.image.clone(),
        image_pull_policy: Some("IfNotPresent".into()),
        command: Some(vec![format!("{}/{START_PGPOOL}", names::CONFIG_MOUNT)]),
        env: Some([environment(cluster, services), pooler.extra.env.clone()].concat()),
        ports: Some(vec![corev1::ContainerPort {
            name: Some(names::PGPOOL.into()),
            container_port: names::PGPOOL_PORT,
            ..Default::default()
        }]),
        // No probe asks a server: a primary that is down must not restart the poolers or leave clients without an answer.
        startup_probe: Some(corev1::Probe {
            failure_threshold: Some(60),
            period_seconds: Some(1),
            ..probe()
        }),
        readiness_probe: Some(corev1::Probe {
            failure_threshold: Some(2),
            period_seconds: Some(5),
            ..probe()
        }),
        liveness_probe: Some(corev1::Probe {
            failure_threshold: Some(6),
            period_seconds: Some(10),
            ..probe()
        }),
        lifecycle: Some(corev1::Lifecycle {
            pre_stop: Some(corev1::LifecycleHandler {
                sleep: Some(corev1::SleepAction {
                    seconds: DRAIN_SECONDS,
                }),
                ..Default::default()
            }),
            ..Default::default()
        }),
        resources: Some(pod::resources(&pooler.resources)),
        security_context: Some(pod::container_security()),
        volume_mounts: Some([mounts(cluster), pooler.extra.volume_mounts.clone()].concat()),
        ..Default::default()
    }
}

fn mounts(cluster: &Cluster) -> Vec<corev1::VolumeMount> {
    let mut mounts = vec![
        volume::read_only_mount(CONFIG_VOLUME, names::CONFIG_MOUNT),
        volume::read_only_mount(CREDENTIALS_VOLUME, names::CREDENTIALS_MOUNT),
        volume::mount(RUN_VOLUME, names::RUN_MOUNT),
    ];
    if cluster.is_encrypted() {
        mounts.push(volume::read_only_mount(TLS_VOLUME, names::TLS_MOUNT));
    }
    mounts
}

fn environment(cluster: &Cluster, services: &Services) -> Vec<corev1::EnvVar> {
    let mut variables = pod::naming_env(cluster, &cluster.pgpool_name());
    variables.extend([
        pod::env("PGHERD_PRIMARY_SERVICE", &services.write),
        pod::env("PGHERD_STANDBY_SERVICE", &services.read),
        pod::env("PGHERD_OWNER", &cluster.spec.postgres.owner),
    ]);
    variables
}

fn volumes(cluster: &Cluster) -> Vec<corev1::Volume> {
    let mut volumes = vec![
        volume::config(CONFIG_VOLUME, cluster.pgpool_name(), volume::EXECUTABLE),
        // The superuser's password has no business here.
        volume::files_of_secret(
            CREDENTIALS_VOLUME,
            cluster.credentials_secret(),
            &[names::OWNER_PASSWORD_FILE],
        ),
        volume::memory(RUN_VOLUME, "1Mi"),
    ];
    if cluster.is_encrypted() {
        volumes.push(volume::certificate(TLS_VOLUME, cluster.tls_secret()));
    }
    volumes
}

fn probe() -> corev1::Probe {
    corev1::Probe {
        tcp_socket: Some(corev1::TCPSocketAction {
            port: IntOrString::String(names::PGPOOL.into()),
            ..Default::default()
        }),
        timeout_seconds: Some(3),
        ..Default::default()
    }
}
