//! Names, labels and selectors of objects, and the checksum that restarts pods when their files change.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::metav1;
use crate::cluster::Cluster;

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

/// Metadata of a pod template; `checksum` is that of the files which the pod reads only at its start.
pub fn pod_meta(cluster: &Cluster, component: &str, checksum: String) -> metav1::ObjectMeta {
    metav1::ObjectMeta {
        labels: Some(cluster.labels(component)),
        annotations: Some(BTreeMap::from([(CHECKSUM_ANNOTATION.into(), checksum)])),
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

/// SHA-256 over names and contents of files, in hexadecimal, in the map's order.
pub fn checksum<'a>(files: impl IntoIterator<Item = &'a BTreeMap<String, String>>) -> String {
    let mut hash = Sha256::new();
    for (name, content) in files.into_iter().flatten() {
        // Lengths keep two different sets of files from reading as the same bytes.
        hash.update(name.len().to_le_bytes());
        hash.update(name);
        hash.update(content.len().to_le_bytes());
        hash.update(content);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
