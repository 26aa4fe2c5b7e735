//! Names, labels and selectors of objects, and the annotation that restarts pods when their files change.

use std::collections::BTreeMap;

use super::{corev1, metav1};
use crate::cluster::Cluster;
use crate::names;

/// Annotation of a pod template: restarts its pods when a file they read at start has changed.
const CHECKSUM_ANNOTATION: &str = "pgherd/checksum";

/// Metadata of an object that belongs to `component`.
pub fn meta(cluster: &Cluster, name: impl Into<String>, component: &str) -> metav1::ObjectMeta {
    metav1::ObjectMeta {
        name: Some(name.into()),
        namespace: cluster.spec.namespace.clone(),
        labels: Some(cluster.labels(component)),
        annotations: Some(cluster.spec.annotations.clone())
            .filter(|annotations| !annotations.is_empty()),
        ..Default::default()
    }
}

/// Metadata of a Service that belongs to `component`, with annotations of its own.
pub fn service_meta(
    cluster: &Cluster,
    name: String,
    component: &str,
    annotations: &BTreeMap<String, String>,
) -> metav1::ObjectMeta {
    let mut meta = meta(cluster, name, component);
    if !annotations.is_empty() {
        let all = meta.annotations.get_or_insert_default();
        all.extend(annotations.clone());
    }
    meta
}

/// Metadata of a pod template; `checksum` is that of the files which the pod reads only at its start.
pub fn pod_meta(cluster: &Cluster, component: &str, checksum: String) -> metav1::ObjectMeta {
    let mut annotations = cluster.spec.pod_annotations.clone();
    annotations.insert(CHECKSUM_ANNOTATION.into(), checksum);
    metav1::ObjectMeta {
        labels: Some(cluster.labels(component)),
        annotations: Some(annotations),
        ..Default::default()
    }
}

/// Finds the pods of one component.
pub fn label_selector(cluster: &Cluster, component: &str) -> metav1::LabelSelector {
    metav1::LabelSelector {
        match_labels: Some(cluster.selector(component)),
        ..Default::default()
    }
}

/// A ConfigMap of every member's with these files.
pub fn files_map(
    cluster: &Cluster,
    name: String,
    files: BTreeMap<String, String>,
) -> corev1::ConfigMap {
    corev1::ConfigMap {
        metadata: meta(cluster, name, names::SERVER),
        data: Some(files),
        ..Default::default()
    }
}
