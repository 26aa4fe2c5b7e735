//! The Job that copies the primary's data to one standby's volume, as the tutorials do it.

use super::{layout, member};
use crate::cluster::Cluster;
use crate::formula;
use crate::k8s::pod::{container_security, env, pod_spec, resources};
use crate::k8s::{self, batchv1, corev1, metav1, volume};
use crate::names;

/// The Job for the standby with this ordinal. A Job's template is immutable, so its name carries a hash of it: a
/// changed template is a new Job, which finds the copy complete and succeeds. It has no time to live: one that
/// vanished would be made again by the next apply.
pub(super) fn sync_job(cluster: &Cluster, ordinal: u8) -> batchv1::Job {
    let template = template(cluster, ordinal);
    let hash = formula::short_hash(&template);
    batchv1::Job {
        metadata: k8s::meta(cluster, job_name(cluster, ordinal, &hash), names::SYNC),
        spec: Some(batchv1::JobSpec {
            backoff_limit: Some(6),
            active_deadline_seconds: Some(86_400),
            template,
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn job_name(cluster: &Cluster, ordinal: u8, hash: &str) -> String {
    cluster.named(&format!("{}-{ordinal}-{hash}", names::SYNC))
}

fn template(cluster: &Cluster, ordinal: u8) -> corev1::PodTemplateSpec {
    let [_, standby] = layout::sets(&cluster.spec);
    let claim = |volume| {
        let name = format!("{volume}-{}-{ordinal}", standby.name);
        volume::claim(volume, name)
    };
    let mut volumes = member::volumes(cluster);
    volumes.extend(cluster.member_volumes().into_iter().map(claim));
    corev1::PodTemplateSpec {
        metadata: Some(metav1::ObjectMeta {
            labels: Some(cluster.labels(names::SYNC)),
            annotations: Some(cluster.spec.pod_annotations.clone())
                .filter(|annotations| !annotations.is_empty()),
            ..Default::default()
        }),
        spec: Some(corev1::PodSpec {
            containers: vec![container(cluster, ordinal)],
            volumes: Some(volumes),
            restart_policy: Some("OnFailure".into()),
            affinity: Some(beside_its_standby(cluster, ordinal)),
            topology_spread_constraints: None,
            ..pod_spec(cluster, cluster.selector(names::SYNC))
        }),
    }
}

fn container(cluster: &Cluster, ordinal: u8) -> corev1::Container {
    let workload = job_name(cluster, ordinal, &"?".repeat(formula::SHORT));
    let mut environment = member::environment(cluster, &workload);
    environment.push(env(
        "PGHERD_MEMBER",
        format!("{}-{ordinal}", cluster.spec.roles.standby),
    ));
    corev1::Container {
        name: names::SYNC.into(),
        image: Some(cluster.postgres_image()),
        image_pull_policy: Some("IfNotPresent".into()),
        command: Some(vec![format!("{}/sync.sh", names::SCRIPTS_MOUNT)]),
        env: Some(environment),
        resources: Some(resources(&cluster.spec.resources)),
        security_context: Some(container_security()),
        volume_mounts: Some(member::mounts(cluster)),
        ..Default::default()
    }
}

/// On the standby's node: its volume may be attached to one node only.
fn beside_its_standby(cluster: &Cluster, ordinal: u8) -> corev1::Affinity {
    let mut standby = cluster.selector(&cluster.spec.roles.standby);
    standby.insert(names::POD_INDEX_LABEL.into(), ordinal.to_string());
    corev1::Affinity {
        pod_affinity: Some(corev1::PodAffinity {
            required_during_scheduling_ignored_during_execution: Some(vec![
                corev1::PodAffinityTerm {
                    label_selector: Some(metav1::LabelSelector {
                        match_labels: Some(standby),
                        ..Default::default()
                    }),
                    topology_key: "kubernetes.io/hostname".into(),
                    ..Default::default()
                },
            ]),
            ..Default::default()
        }),
        ..Default::default()
    }
}
