//! The client pod as an object. It belongs to no workload of the cluster, and no Service of the cluster finds it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, ExecAction, Pod, PodSpec, Probe, Volume, VolumeMount};

use super::NAME;
use crate::cluster::Cluster;
use crate::k8s::metav1::ObjectMeta;
use crate::k8s::pod::{container_security, env, pod_spec, resources};
use crate::k8s::volume;
use crate::names;
use crate::spec::{Quantities, Resources};

/// Where psql finds the authority, in [`names::TLS_MOUNT`].
const AUTHORITY_FILE: &str = "/etc/pgherd/tls/ca.crt";
/// Where psql finds the passwords.
const PASSFILE: &str = "/run/pgherd/passfile";

/// A pod of the cluster's own image that waits, with passwords in memory.
pub(super) fn pod(cluster: &Cluster) -> Pod {
    // Labels of its own: a Service of the cluster must not find it.
    let labels = BTreeMap::from([("app.kubernetes.io/name".to_owned(), NAME.to_owned())]);
    let metadata = ObjectMeta {
        name: Some(NAME.into()),
        labels: Some(labels.clone()),
        ..ObjectMeta::default()
    };
    let spec = PodSpec {
        containers: vec![container(cluster)],
        volumes: Some(volumes(cluster)),
        // A runtime that could not start it, as happens on a busy node, is asked again.
        restart_policy: Some("OnFailure".into()),
        topology_spread_constraints: None,
        // The namespace's own: kustomize changes the name of the cluster's.
        service_account_name: None,
        ..pod_spec(cluster, labels)
    };
    Pod {
        metadata,
        spec: Some(spec),
        ..Pod::default()
    }
}

/// Where commands are looked for: the server's own psql before the one of Debian's images, which is a script of Perl that
/// finds it, and takes six times as long. Checks run psql a thousand times.
fn path(version: u8) -> String {
    format!(
        "/usr/lib/postgresql/{version}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    )
}

fn volumes(cluster: &Cluster) -> Vec<Volume> {
    let mut volumes = vec![
        volume::memory("run", "8Mi"),
        volume::secret("credentials", cluster.credentials_secret()),
    ];
    if cluster.is_encrypted() {
        volumes.push(volume::authority("authority", cluster.tls_secret()));
    }
    volumes
}

fn mounts(cluster: &Cluster) -> Vec<VolumeMount> {
    let mut mounts = vec![
        volume::mount("run", names::RUN_MOUNT),
        volume::read_only_mount("credentials", names::CREDENTIALS_MOUNT),
    ];
    if cluster.is_encrypted() {
        mounts.push(volume::read_only_mount("authority", names::TLS_MOUNT));
    }
    mounts
}

fn container(cluster: &Cluster) -> Container {
    let has_passwords = vec!["test".into(), "-f".into(), PASSFILE.into()];
    let little = Resources {
        requests: Quantities {
            cpu: Some("10m".into()),
            memory: Some("32Mi".into()),
        },
        limits: Quantities {
            cpu: None,
            memory: Some("128Mi".into()),
        },
    };
    Container {
        name: NAME.into(),
        image: Some(cluster.server_image()),
        image_pull_policy: Some("IfNotPresent".into()),
        command: Some(vec![
            "sh".into(),
            "-c".into(),
            include_str!("../files/client.sh").into(),
        ]),
        env: Some(vec![
            env("PATH", path(cluster.spec.postgres.version)),
            env("PGSSLMODE", cluster.sslmode()),
            env("PGSSLROOTCERT", AUTHORITY_FILE),
            env("PGPASSFILE", PASSFILE),
            env("PGHERD_CREDENTIALS", names::CREDENTIALS_MOUNT),
            env("PGHERD_SUPERUSER", names::SUPERUSER),
            env("PGHERD_OWNER", &cluster.spec.postgres.owner),
        ]),
        volume_mounts: Some(mounts(cluster)),
        readiness_probe: Some(Probe {
            exec: Some(ExecAction {
                command: Some(has_passwords),
            }),
            period_seconds: Some(1),
            ..Probe::default()
        }),
        resources: Some(resources(&little)),
        security_context: Some(container_security()),
        ..Container::default()
    }
}
