//! The members of a cluster with Patroni: their StatefulSet, and the pod with the server's container and the agent's.

use super::{layout, scripts, settings};
use crate::cluster::Cluster;
use crate::component::{metrics, postgres};
use crate::k8s::pod::{container_security, env, env_field, naming_env, pod_spec, some};
use crate::k8s::volume::{self, READ_ONLY, read_only_mount};
use crate::k8s::{IntOrString, appsv1, corev1, pod_meta, policyv1};
use crate::names;
use crate::topology::sets;

/// Volume with Patroni's settings.
const SETTINGS: &str = "patroni";
/// Where they are mounted.
const SETTINGS_MOUNT: &str = "/etc/pgherd/patroni";
/// Volume with the token.
const API_ACCESS: &str = "api-access";
/// Where Patroni looks for it.
const API_ACCESS_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The members.
pub(super) fn stateful_set(cluster: &Cluster) -> appsv1::StatefulSet {
    sets::stateful_set(cluster, &layout::set(cluster), member(cluster))
}

/// Keeps drains from taking more than one member at once: two of three left are one that leads and one that has every commit.
pub(super) fn disruption_budget(cluster: &Cluster) -> policyv1::PodDisruptionBudget {
    // One more than the standbys, as the member that leads counts, too.
    let left = cluster.spec.disruption.min_standbys;
    sets::disruption_budget(cluster, &layout::set(cluster), left.map(|count| count + 1))
}

/// A member's pod.
pub(in crate::topology) fn member(cluster: &Cluster) -> corev1::PodTemplateSpec {
    let extra = &cluster.spec.extra;
    let set = layout::set(cluster);
    let mut metadata = pod_meta(cluster, &set.component, scripts::checksum(cluster));
    let labels = metadata.labels.get_or_insert_default();
    labels.extend(layout::pod_labels(cluster));
    corev1::PodTemplateSpec {
        metadata: Some(metadata),
        spec: Some(corev1::PodSpec {
            containers: [
                vec![server(cluster), agent(cluster)],
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

fn server(cluster: &Cluster) -> corev1::Container {
    let seconds = i32::from(cluster.spec.patroni.timing.seconds().ttl);
    let mut container = postgres::container(cluster);
    container
        .ports
        .get_or_insert_default()
        .push(corev1::ContainerPort {
            name: Some(layout::API_PORT_NAME.into()),
            container_port: layout::API_PORT,
            ..Default::default()
        });
    corev1::Container {
        // Rules see to it that there is one.
        image: cluster.spec.patroni.image.clone(),
        command: Some(vec![format!("{}/start.sh", names::SCRIPTS_MOUNT)]),
        env: Some([environment(cluster), metrics::environment(cluster)].concat()),
        startup_probe: Some(corev1::Probe {
            period_seconds: Some(1),
            failure_threshold: Some(300),
            ..probe(cluster, "/liveness")
        }),
        // Whoever does not answer for so long has lost the lead by then, and must not go on writing: no time to end in order.
        liveness_probe: Some(corev1::Probe {
            period_seconds: Some(seconds / 6),
            timeout_seconds: Some(seconds / 6),
            failure_threshold: Some(3),
            termination_grace_period_seconds: Some(1),
            ..probe(cluster, "/liveness")
        }),
        readiness_probe: Some(corev1::Probe {
            period_seconds: Some(2),
            timeout_seconds: Some(2),
            failure_threshold: Some(3),
            ..probe(cluster, "/readiness")
        }),
        // Whoever leads hands over before its pod ends.
        lifecycle: Some(postgres::before_stop(&format!(
            "{}/leave.py",
            names::STARTED_SCRIPTS
        ))),
        volume_mounts: Some(mounts(cluster)),
        ..container
    }
}

/// A question to Patroni's REST API. The kubelet takes any certificate.
fn probe(cluster: &Cluster, path: &str) -> corev1::Probe {
    corev1::Probe {
        http_get: Some(corev1::HTTPGetAction {
            path: Some(path.into()),
            port: IntOrString::String(layout::API_PORT_NAME.into()),
            scheme: Some(
                if cluster.is_encrypted() {
                    "HTTPS"
                } else {
                    "HTTP"
                }
                .into(),
            ),
            ..Default::default()
        }),
        timeout_seconds: Some(5),
        ..Default::default()
    }
}

/// Has the Services for writing lead to its pod while that leads, and Patroni's own record of its settings follow the spec.
fn agent(cluster: &Cluster) -> corev1::Container {
    corev1::Container {
        name: "agent".into(),
        image: cluster.spec.patroni.image.clone(),
        image_pull_policy: Some("IfNotPresent".into()),
        command: Some(vec![format!("{}/agent.sh", names::SCRIPTS_MOUNT)]),
        env: Some(own_environment(cluster)),
        security_context: Some(container_security()),
        volume_mounts: Some(vec![
            read_only_mount("config", names::CONFIG_MOUNT),
            read_only_mount(SETTINGS, SETTINGS_MOUNT),
            read_only_mount("scripts", names::SCRIPTS_MOUNT),
            read_only_mount(API_ACCESS, API_ACCESS_MOUNT),
        ]),
        ..Default::default()
    }
}

fn environment(cluster: &Cluster) -> Vec<corev1::EnvVar> {
    let mut environment = own_environment(cluster);
    environment.extend(postgres::environment(cluster));
    let folder = format!("{}/patroni", names::RUN_MOUNT);
    environment.push(env("PATRONICTL_CONFIG_FILE", folder));
    environment
}

/// What both containers are told.
fn own_environment(cluster: &Cluster) -> Vec<corev1::EnvVar> {
    let mut environment = naming_env(cluster, cluster.name());
    environment.extend([
        env_field("PGHERD_POD_ADDRESS", "status.podIP"),
        env_field("PGHERD_POD_UID", "metadata.uid"),
        env("PGHERD_WRITE_SERVICES", write_services(cluster)),
        env_field("PATRONI_NAME", "metadata.name"),
        env_field("PATRONI_KUBERNETES_NAMESPACE", "metadata.namespace"),
    ]);
    environment
}

/// The Services whose endpoints the members keep, by what stands behind the cluster's name.
fn write_services(cluster: &Cluster) -> String {
    use crate::spec::{ExposeTarget, ExposeType};
    let expose = &cluster.spec.expose;
    if expose.kind != ExposeType::None && expose.to == ExposeTarget::Primary {
        "primary external".into()
    } else {
        "primary".into()
    }
}

fn mounts(cluster: &Cluster) -> Vec<corev1::VolumeMount> {
    let own = vec![
        read_only_mount(SETTINGS, SETTINGS_MOUNT),
        read_only_mount(API_ACCESS, API_ACCESS_MOUNT),
    ];
    postgres::mounts(cluster, own)
}

fn volumes(cluster: &Cluster) -> Vec<corev1::Volume> {
    let own = vec![
        volume::config(SETTINGS, settings::name(cluster), READ_ONLY),
        volume::api_access(API_ACCESS),
    ];
    postgres::volumes(cluster, own)
}
