//! The server's pod: one container, its volumes and its probes.

use crate::cluster::Cluster;
use crate::component::metrics;
use crate::k8s::pod::{container_security, env, naming_env, pod_spec, resources, some};
use crate::k8s::volume::{self, EXECUTABLE, READ_ONLY, mount, read_only_mount};
use crate::k8s::{corev1, pod_meta};
use crate::names;
use crate::spec::Bootstrap;

/// Seconds between the stop signal and the kill: a shutdown checkpoint has to fit in.
const STOP_SECONDS: i64 = 180;
/// Volume with postgresql.conf and pg_hba.conf.
const CONFIG: &str = "config";
/// Volume with who leads and how many members there are.
const FACTS: &str = "cluster";
const SCRIPTS: &str = "scripts";
const INIT: &str = "init";
const CREDENTIALS: &str = "credentials";
const TLS: &str = "tls";
const RUN: &str = "run";
const SOCKET: &str = "socket";
const TMP: &str = "tmp";
const SHM: &str = "shm";

/// The pod template of the members of one set, which is called by its role (`primary`, `standby`).
pub fn pod(cluster: &Cluster, set: &str) -> corev1::PodTemplateSpec {
    let extra = &cluster.spec.extra;
    let mut metadata = pod_meta(cluster, set, super::checksum(cluster));
    metadata
        .labels
        .get_or_insert_default()
        .extend(cluster.member_selector());
    corev1::PodTemplateSpec {
        metadata: Some(metadata),
        spec: Some(corev1::PodSpec {
            containers: [
                vec![container(cluster, set)],
                metrics::container(cluster, SOCKET).into_iter().collect(),
                extra.containers.clone(),
            ]
            .concat(),
            init_containers: some(extra.init_containers.clone()),
            volumes: Some([volumes(cluster), metrics::volumes(cluster)].concat()),
            termination_grace_period_seconds: Some(STOP_SECONDS),
            ..pod_spec(cluster, cluster.member_selector())
        }),
    }
}

/// The server's container. start.sh decides at every start what the member is, so no initContainer can be bypassed.
pub fn container(cluster: &Cluster, set: &str) -> corev1::Container {
    corev1::Container {
        name: names::POSTGRES_CONTAINER.into(),
        image: Some(cluster.postgres_image()),
        image_pull_policy: Some("IfNotPresent".into()),
        command: Some(vec![format!("{}/start.sh", names::SCRIPTS_MOUNT)]),
        env: Some(
            [
                environment(cluster, &cluster.named(set)),
                metrics::environment(cluster),
            ]
            .concat(),
        ),
        ports: Some(vec![corev1::ContainerPort {
            name: Some(names::POSTGRES_PORT_NAME.into()),
            container_port: names::POSTGRES_PORT,
            ..Default::default()
        }]),
        resources: Some(resources(&cluster.spec.resources)),
        security_context: Some(container_security()),
        startup_probe: Some(startup_probe()),
        liveness_probe: Some(liveness_probe()),
        readiness_probe: Some(readiness_probe()),
        volume_mounts: Some(mounts(cluster)),
        ..Default::default()
    }
}

/// What the scripts are told, in pods that `workload` makes. Passwords are files, never variables.
pub(super) fn environment(cluster: &Cluster, workload: &str) -> Vec<corev1::EnvVar> {
    let initdb = &cluster.spec.postgres.initdb;
    let mut environment = naming_env(cluster, workload);
    environment.extend([
        env("PGHERD_PRIMARY_SET", cluster.spec.roles.primary.as_str()),
        env("PGHERD_STANDBY_SET", cluster.spec.roles.standby.as_str()),
        env(
            "PGHERD_BOOTSTRAP",
            match cluster.spec.bootstrap {
                Bootstrap::Init => "init",
                Bootstrap::Job => "job",
            },
        ),
        env("PGHERD_SSLMODE", cluster.sslmode()),
        // Slots are bounded by it.
        env("PGHERD_STORAGE_SIZE", cluster.wal_size()),
        env("PGHERD_REPLICATOR", names::REPLICATOR),
        env("PGHERD_OWNER", cluster.spec.postgres.owner.as_str()),
        env("PGHERD_DATABASE", cluster.spec.postgres.database.as_str()),
        env("PGHERD_ENCODING", initdb.encoding.as_str()),
        env("PGHERD_LOCALE", initdb.locale.as_str()),
        env(
            "PGHERD_CHECKSUMS",
            if initdb.checksums { "on" } else { "off" },
        ),
        env("PGDATA", format!("{}/data", names::DATA_MOUNT)),
        env("PGUSER", names::SUPERUSER),
        env("PGPASSFILE", format!("{}/pgpass", names::RUN_MOUNT)),
    ]);
    if cluster.spec.storage.wal_size.is_some() {
        environment.push(env("PGHERD_WAL_VOLUME", names::WAL_MOUNT));
    }
    environment.extend(cluster.spec.extra.env.clone());
    environment
}

pub(super) fn mounts(cluster: &Cluster) -> Vec<corev1::VolumeMount> {
    let mut mounts = vec![
        mount(names::DATA_VOLUME, names::DATA_MOUNT),
        read_only_mount(CONFIG, names::CONFIG_MOUNT),
        read_only_mount(FACTS, names::CLUSTER_MOUNT),
        read_only_mount(SCRIPTS, names::SCRIPTS_MOUNT),
        read_only_mount(CREDENTIALS, names::CREDENTIALS_MOUNT),
        mount(RUN, names::RUN_MOUNT),
        mount(SOCKET, names::SOCKET_MOUNT),
        mount(TMP, "/tmp"),
        mount(SHM, "/dev/shm"),
    ];
    if cluster.spec.storage.wal_size.is_some() {
        mounts.push(mount(names::WAL_VOLUME, names::WAL_MOUNT));
    }
    if cluster.is_encrypted() {
        mounts.push(read_only_mount(TLS, names::TLS_MOUNT));
    }
    if !cluster.init_sql.is_empty() {
        mounts.push(read_only_mount(INIT, names::INIT_MOUNT));
    }
    mounts.extend(cluster.spec.extra.volume_mounts.clone());
    mounts
}

/// Every volume but the member's own, which the StatefulSet claims: data, and WAL where that has one.
pub(super) fn volumes(cluster: &Cluster) -> Vec<corev1::Volume> {
    let mut volumes = vec![
        volume::config(CONFIG, cluster.config(), READ_ONLY),
        volume::config(FACTS, cluster.facts(), READ_ONLY),
        volume::config(SCRIPTS, cluster.scripts(), EXECUTABLE),
        volume::secret(CREDENTIALS, cluster.credentials_secret()),
        volume::memory(RUN, "1Mi"),
        volume::scratch(SOCKET, "1Mi"),
        volume::scratch(TMP, "64Mi"),
        // Parallel queries need more than the 64 MiB that a container has by default.
        volume::memory(SHM, "256Mi"),
    ];
    if cluster.is_encrypted() {
        volumes.push(volume::certificate(TLS, cluster.tls_secret()));
    }
    if !cluster.init_sql.is_empty() {
        volumes.push(volume::config(INIT, cluster.init(), READ_ONLY));
    }
    volumes.extend(cluster.spec.extra.volumes.clone());
    volumes
}

/// A first copy or a recovery may take hours and must not be cut off: a day. Asked each second, because a server that
/// was stopped in order answers after less than one.
fn startup_probe() -> corev1::Probe {
    corev1::Probe {
        period_seconds: Some(1),
        failure_threshold: Some(86_400),
        ..probe("alive.sh")
    }
}

/// For hangs only: a minute of silence.
fn liveness_probe() -> corev1::Probe {
    corev1::Probe {
        period_seconds: Some(10),
        failure_threshold: Some(6),
        ..probe("alive.sh")
    }
}

/// Half a minute of failures takes a member out of its Service: shorter ones are a reconnection.
fn readiness_probe() -> corev1::Probe {
    corev1::Probe {
        period_seconds: Some(5),
        failure_threshold: Some(6),
        ..probe("ready.sh")
    }
}

fn probe(script: &str) -> corev1::Probe {
    corev1::Probe {
        exec: Some(corev1::ExecAction {
            command: Some(vec![format!("{}/{script}", names::SCRIPTS_MOUNT)]),
        }),
        timeout_seconds: Some(5),
        ..Default::default()
    }
}
