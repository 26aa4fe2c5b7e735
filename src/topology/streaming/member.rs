//! The pod of a streaming cluster's member. start.sh decides at every start what the member is, so no initContainer can be
//! bypassed.

use crate::cluster::Cluster;
use crate::component::{metrics, postgres};
use crate::k8s::pod::{env, naming_env, pod_spec, some};
use crate::k8s::volume::{self, READ_ONLY, read_only_mount};
use crate::k8s::{corev1, pod_meta};
use crate::names;
use crate::spec::Bootstrap;

use super::{layout, scripts};

/// Volume with who leads and how many members there are.
const FACTS: &str = "cluster";

/// A member's pod, whatever its set.
pub(in crate::topology) fn member(cluster: &Cluster) -> corev1::PodTemplateSpec {
    pod(cluster, &cluster.spec.roles.primary)
}

/// The pod template of the members of one set, which is called by its role (`primary`, `standby`).
pub(super) fn pod(cluster: &Cluster, set: &str) -> corev1::PodTemplateSpec {
    let extra = &cluster.spec.extra;
    let mut metadata = pod_meta(cluster, set, scripts::checksum(cluster));
    metadata
        .labels
        .get_or_insert_default()
        .extend(cluster.member_selector());
    corev1::PodTemplateSpec {
        metadata: Some(metadata),
        spec: Some(corev1::PodSpec {
            containers: [
                vec![container(cluster, set)],
                metrics::container(cluster, postgres::SOCKET)
                    .into_iter()
                    .collect(),
                extra.containers.clone(),
            ]
            .concat(),
            init_containers: some(extra.init_containers.clone()),
            volumes: Some([volumes(cluster), metrics::volumes(cluster)].concat()),
            termination_grace_period_seconds: Some(postgres::STOP_SECONDS),
            ..pod_spec(cluster, cluster.member_selector())
        }),
    }
}

fn container(cluster: &Cluster, set: &str) -> corev1::Container {
    corev1::Container {
        command: Some(vec![format!("{}/start.sh", names::SCRIPTS_MOUNT)]),
        env: Some(
            [
                environment(cluster, &cluster.named(set)),
                metrics::environment(cluster),
            ]
            .concat(),
        ),
        startup_probe: Some(startup_probe()),
        liveness_probe: Some(liveness_probe()),
        readiness_probe: Some(readiness_probe()),
        lifecycle: Some(postgres::before_stop(&format!(
            "{}/stop.sh",
            names::SCRIPTS_MOUNT
        ))),
        volume_mounts: Some(mounts(cluster)),
        ..postgres::container(cluster)
    }
}

/// What the scripts are told, in pods that `workload` makes.
pub(super) fn environment(cluster: &Cluster, workload: &str) -> Vec<corev1::EnvVar> {
    let roles = &cluster.spec.roles;
    let bootstrap = match cluster.spec.bootstrap {
        Bootstrap::Init => "init",
        Bootstrap::Job => "job",
    };
    let mut environment = naming_env(cluster, workload);
    environment.extend([
        env("PGHERD_PRIMARY_SET", roles.primary.as_str()),
        env("PGHERD_STANDBY_SET", roles.standby.as_str()),
        env("PGHERD_BOOTSTRAP", bootstrap),
    ]);
    environment.extend(postgres::environment(cluster));
    environment
}

/// Where a member, or the Job that copies for it, has its volumes.
pub(super) fn mounts(cluster: &Cluster) -> Vec<corev1::VolumeMount> {
    let facts = read_only_mount(FACTS, names::CLUSTER_MOUNT);
    postgres::mounts(cluster, vec![facts])
}

/// Every volume but the member's own.
pub(super) fn volumes(cluster: &Cluster) -> Vec<corev1::Volume> {
    let facts = volume::config(FACTS, layout::facts_map(cluster), READ_ONLY);
    postgres::volumes(cluster, vec![facts])
}

/// A first copy or a recovery may take hours and must not be cut off: a day. Asked each second, because a server that
/// was stopped in order answers after less than one.
fn startup_probe() -> corev1::Probe {
    corev1::Probe {
        period_seconds: Some(1),
        failure_threshold: Some(86_400),
        ..postgres::probe("alive.sh")
    }
}

/// For hangs only: a minute of silence.
fn liveness_probe() -> corev1::Probe {
    corev1::Probe {
        period_seconds: Some(10),
        failure_threshold: Some(6),
        ..postgres::probe("alive.sh")
    }
}

/// Half a minute of failures takes a member out of its Service: shorter ones are a reconnection.
fn readiness_probe() -> corev1::Probe {
    corev1::Probe {
        period_seconds: Some(5),
        failure_threshold: Some(6),
        ..postgres::probe("ready.sh")
    }
}
