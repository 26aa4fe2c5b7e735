//! Parts of pods and containers: environment, security, resources, placement.

use std::collections::BTreeMap;

use super::{Quantity, corev1, metav1};
use crate::cluster::Cluster;
use crate::spec::{Resources, Spread, Toleration, TolerationEffect, TolerationOperator};

/// A variable with a fixed value.
pub fn env(name: &str, value: impl Into<String>) -> corev1::EnvVar {
    corev1::EnvVar {
        name: name.into(),
        value: Some(value.into()),
        ..Default::default()
    }
}

/// A variable with a fact of the pod, by the downward API.
pub fn env_field(name: &str, path: &str) -> corev1::EnvVar {
    corev1::EnvVar {
        name: name.into(),
        value_from: Some(corev1::EnvVarSource {
            field_ref: Some(corev1::ObjectFieldSelector {
                field_path: path.into(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// What every script needs to work out the names of the other objects. Kustomize rewrites the reference to the
/// ServiceAccount, but no string in a script or variable: what stands before and behind the cluster's name in the
/// account's name is the prefix and suffix of every other name. `workload` is the name of what makes the pod, with a
/// `?` for each character of a hash in it.
pub fn naming_env(cluster: &Cluster, workload: &str) -> Vec<corev1::EnvVar> {
    vec![
        env("PGHERD_CLUSTER", cluster.name()),
        env("PGHERD_WORKLOAD", workload),
        env_field("PGHERD_SERVICE_ACCOUNT", "spec.serviceAccountName"),
        env_field("PGHERD_NAMESPACE", "metadata.namespace"),
        env_field("PGHERD_POD", "metadata.name"),
    ]
}

/// Rights of a container under the Pod Security standard `restricted`, with a read-only root.
/// <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
pub fn container_security() -> corev1::SecurityContext {
    corev1::SecurityContext {
        allow_privilege_escalation: Some(false),
        privileged: Some(false),
        read_only_root_filesystem: Some(true),
        capabilities: Some(corev1::Capabilities {
            drop: Some(vec!["ALL".into()]),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Rights of a pod under the Pod Security standard `restricted`.
pub fn pod_security(cluster: &Cluster) -> corev1::PodSecurityContext {
    let user = cluster.spec.security.run_as_user;
    corev1::PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(user),
        run_as_group: Some(user),
        fs_group: Some(user),
        // A change of every file's mode on each start would take minutes on a large volume.
        fs_group_change_policy: Some("OnRootMismatch".into()),
        seccomp_profile: Some(corev1::SeccompProfile {
            type_: "RuntimeDefault".into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// What every pod of a cluster has in common: identity, rights, placement. Pods with the labels `apart` are kept on
/// different nodes. Containers and volumes are the caller's.
pub fn pod_spec(cluster: &Cluster, apart: BTreeMap<String, String>) -> corev1::PodSpec {
    let scheduling = &cluster.spec.scheduling;
    corev1::PodSpec {
        service_account_name: Some(cluster.name().into()),
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        security_context: Some(pod_security(cluster)),
        image_pull_secrets: some(
            cluster
                .spec
                .image_pull_secrets
                .iter()
                .map(|name| corev1::LocalObjectReference { name: name.clone() })
                .collect(),
        ),
        node_selector: Some(scheduling.node_selector.clone()).filter(|labels| !labels.is_empty()),
        tolerations: some(tolerations(cluster)),
        affinity: scheduling.affinity.clone(),
        priority_class_name: scheduling.priority_class_name.clone(),
        topology_spread_constraints: Some(vec![spread(cluster, apart)]),
        ..Default::default()
    }
}

/// Requests and limits of a container.
pub fn resources(resources: &Resources) -> corev1::ResourceRequirements {
    let quantities = |cpu: &Option<String>, memory: &Option<String>| {
        let map: BTreeMap<String, Quantity> = [("cpu", cpu), ("memory", memory)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.into(), Quantity(value.clone()?))))
            .collect();
        Some(map).filter(|map| !map.is_empty())
    };
    corev1::ResourceRequirements {
        requests: quantities(&resources.requests.cpu, &resources.requests.memory),
        limits: quantities(&resources.limits.cpu, &resources.limits.memory),
        ..Default::default()
    }
}

/// `None` for an empty list, so that it is left out of the manifest.
pub fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

fn tolerations(cluster: &Cluster) -> Vec<corev1::Toleration> {
    let toleration = |given: &Toleration| corev1::Toleration {
        key: given.key.clone(),
        operator: Some(match given.operator {
            TolerationOperator::Equal => "Equal".into(),
            TolerationOperator::Exists => "Exists".into(),
        }),
        value: given.value.clone(),
        effect: given.effect.map(|effect| match effect {
            TolerationEffect::NoSchedule => "NoSchedule".into(),
            TolerationEffect::PreferNoSchedule => "PreferNoSchedule".into(),
            TolerationEffect::NoExecute => "NoExecute".into(),
        }),
        ..Default::default()
    };
    cluster
        .spec
        .scheduling
        .tolerations
        .iter()
        .map(toleration)
        .collect()
}

fn spread(cluster: &Cluster, apart: BTreeMap<String, String>) -> corev1::TopologySpreadConstraint {
    corev1::TopologySpreadConstraint {
        max_skew: 1,
        topology_key: "kubernetes.io/hostname".into(),
        when_unsatisfiable: match cluster.spec.scheduling.spread {
            Spread::Preferred => "ScheduleAnyway".into(),
            Spread::Required => "DoNotSchedule".into(),
        },
        label_selector: Some(metav1::LabelSelector {
            match_labels: Some(apart),
            ..Default::default()
        }),
        ..Default::default()
    }
}
