//! The parts of a server's pod that any topology uses: its container, what scripts are told, volumes and where they are
//! mounted. How a member starts and is probed is the topology's.

use crate::cluster::Cluster;
use crate::k8s::corev1;
use crate::k8s::pod::{container_security, env, resources};
use crate::k8s::volume::{self, EXECUTABLE, READ_ONLY, mount, read_only_mount};
use crate::names;

/// Seconds between the stop signal and the kill: a shutdown checkpoint has to fit in.
pub const STOP_SECONDS: i64 = 180;
/// Volume with the server's socket, which the exporter comes through.
pub const SOCKET: &str = "socket";
/// Volume with postgresql.conf and pg_hba.conf.
const CONFIG: &str = "config";
const SCRIPTS: &str = "scripts";
const INIT: &str = "init";
const CREDENTIALS: &str = "credentials";
const TLS: &str = "tls";
const RUN: &str = "run";
const TMP: &str = "tmp";
const SHM: &str = "shm";

/// The server's container, without what a topology gives it: command, environment, mounts and probes.
pub fn container(cluster: &Cluster) -> corev1::Container {
    corev1::Container {
        name: names::POSTGRES_CONTAINER.into(),
        image: Some(cluster.postgres_image()),
        image_pull_policy: Some("IfNotPresent".into()),
        ports: Some(vec![corev1::ContainerPort {
            name: Some(names::POSTGRES_PORT_NAME.into()),
            container_port: names::POSTGRES_PORT,
            ..Default::default()
        }]),
        resources: Some(resources(&cluster.spec.resources)),
        security_context: Some(container_security()),
        ..Default::default()
    }
}

/// What the scripts of every topology are told, and what the spec adds. Passwords are files, never variables.
pub fn environment(cluster: &Cluster) -> Vec<corev1::EnvVar> {
    let initdb = &cluster.spec.postgres.initdb;
    let mut environment = vec![
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
    ];
    if cluster.spec.storage.wal_size.is_some() {
        environment.push(env("PGHERD_WAL_VOLUME", names::WAL_MOUNT));
    }
    environment.extend(cluster.spec.extra.env.clone());
    environment
}

/// Where a server's volumes are mounted; `own` are the topology's, behind the configuration.
pub fn mounts(cluster: &Cluster, own: Vec<corev1::VolumeMount>) -> Vec<corev1::VolumeMount> {
    let mut mounts = vec![
        mount(names::DATA_VOLUME, names::DATA_MOUNT),
        read_only_mount(CONFIG, names::CONFIG_MOUNT),
    ];
    mounts.extend(own);
    mounts.extend([
        read_only_mount(SCRIPTS, names::SCRIPTS_MOUNT),
        read_only_mount(CREDENTIALS, names::CREDENTIALS_MOUNT),
        mount(RUN, names::RUN_MOUNT),
        mount(SOCKET, names::SOCKET_MOUNT),
        mount(TMP, "/tmp"),
        mount(SHM, "/dev/shm"),
    ]);
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

/// Every volume but the member's own, which its StatefulSet claims: data, and WAL where that has one. `own` are the
/// topology's, behind the configuration.
pub fn volumes(cluster: &Cluster, own: Vec<corev1::Volume>) -> Vec<corev1::Volume> {
    let mut volumes = vec![volume::config(CONFIG, cluster.config(), READ_ONLY)];
    volumes.extend(own);
    volumes.extend(vec![
        volume::config(SCRIPTS, cluster.scripts(), EXECUTABLE),
        volume::secret(CREDENTIALS, cluster.credentials_secret()),
        volume::memory(RUN, "1Mi"),
        volume::scratch(SOCKET, "1Mi"),
        volume::scratch(TMP, "64Mi"),
        // Parallel queries need more than the 64 MiB that a container has by default.
        volume::memory(SHM, "256Mi"),
    ]);
    if cluster.is_encrypted() {
        volumes.push(volume::certificate(TLS, cluster.tls_secret()));
    }
    if !cluster.init_sql.is_empty() {
        volumes.push(volume::config(INIT, cluster.init(), READ_ONLY));
    }
    volumes.extend(cluster.spec.extra.volumes.clone());
    volumes
}

/// A probe that runs a script.
pub fn probe(script: &str) -> corev1::Probe {
    corev1::Probe {
        exec: Some(run(script)),
        timeout_seconds: Some(5),
        ..Default::default()
    }
}

/// The script, by its path, that is run before a server's container gets its stop signal.
pub fn before_stop(path: &str) -> corev1::Lifecycle {
    corev1::Lifecycle {
        pre_stop: Some(corev1::LifecycleHandler {
            exec: Some(corev1::ExecAction {
                command: Some(vec![path.into()]),
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn run(script: &str) -> corev1::ExecAction {
    corev1::ExecAction {
        command: Some(vec![format!("{}/{script}", names::SCRIPTS_MOUNT)]),
    }
}
