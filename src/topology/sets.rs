//! StatefulSets of members, their volumes and what a drain may do to them, for any topology. How a member's pod is, is the
//! topology's.

use std::collections::BTreeMap;

use crate::cluster::{Cluster, MemberSet};
use crate::k8s::{IntOrString, Quantity, appsv1, corev1, label_selector, meta, metav1, policyv1};
use crate::names;

/// Keeps drains from taking more of a component's pods than one at once, or than the spec says. Pods that are broken anyway may
/// always go, or a drain could hang.
pub(super) fn disruption_budget(
    cluster: &Cluster,
    set: &MemberSet,
    min_available: Option<u8>,
) -> policyv1::PodDisruptionBudget {
    let min_available = min_available.map(|count| IntOrString::Int(i32::from(count)));
    policyv1::PodDisruptionBudget {
        metadata: meta(cluster, &set.name, &set.component),
        spec: Some(policyv1::PodDisruptionBudgetSpec {
            max_unavailable: min_available.is_none().then_some(IntOrString::Int(1)),
            min_available,
            selector: Some(label_selector(cluster, &set.component)),
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".into()),
        }),
        ..Default::default()
    }
}

/// A StatefulSet of members, whose pods are as the topology has them.
pub(super) fn stateful_set(
    cluster: &Cluster,
    set: &MemberSet,
    template: corev1::PodTemplateSpec,
) -> appsv1::StatefulSet {
    let role = &set.component;
    appsv1::StatefulSet {
        metadata: meta(cluster, &set.name, role),
        spec: Some(appsv1::StatefulSetSpec {
            service_name: Some(cluster.members_service()),
            replicas: Some(i32::from(set.replicas)),
            // Members wait for each other by themselves; in order, one broken member would keep all later ones away.
            pod_management_policy: Some("Parallel".into()),
            update_strategy: Some(appsv1::StatefulSetUpdateStrategy {
                type_: Some("RollingUpdate".into()),
                ..Default::default()
            }),
            persistent_volume_claim_retention_policy: Some(
                appsv1::StatefulSetPersistentVolumeClaimRetentionPolicy {
                    when_deleted: Some("Retain".into()),
                    when_scaled: Some("Retain".into()),
                },
            ),
            selector: label_selector(cluster, role),
            template,
            volume_claim_templates: Some(volume_claims(cluster, role)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The member's own volumes. Immutable once applied: their labels are those that never change.
fn volume_claims(cluster: &Cluster, role: &str) -> Vec<corev1::PersistentVolumeClaim> {
    let storage = &cluster.spec.storage;
    let labels = cluster.selector(role);
    let class = storage.class_name.as_ref();
    let mut claims = vec![claim(names::DATA_VOLUME, &labels, class, &storage.size)];
    claims.extend(storage.wal_size.as_ref().map(|size| {
        let class = storage.wal_class_name.as_ref().or(class);
        claim(names::WAL_VOLUME, &labels, class, size)
    }));
    claims
}

fn claim(
    name: &str,
    labels: &BTreeMap<String, String>,
    class: Option<&String>,
    size: &str,
) -> corev1::PersistentVolumeClaim {
    corev1::PersistentVolumeClaim {
        metadata: metav1::ObjectMeta {
            name: Some(name.into()),
            labels: Some(labels.clone()),
            ..Default::default()
        },
        spec: Some(corev1::PersistentVolumeClaimSpec {
            access_modes: Some(vec!["ReadWriteOnce".into()]),
            storage_class_name: class.cloned(),
            resources: Some(corev1::VolumeResourceRequirements {
                requests: Some([("storage".into(), Quantity(size.into()))].into()),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}
