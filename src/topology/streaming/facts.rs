//! The facts of a streaming cluster: what changes while servers run. Scripts read them each time, so that neither a new
//! member nor a new primary restarts the others.

use std::collections::BTreeMap;

use super::layout::layout;
use crate::cluster::Cluster;
use crate::k8s::{corev1, files_map};
use crate::names;

/// The ConfigMap with who leads, how many members there are and what a commit waits for.
pub(super) fn config_map(cluster: &Cluster) -> corev1::ConfigMap {
    let record = layout(cluster).leader;
    files_map(
        cluster,
        record.config_map.clone(),
        BTreeMap::from([
            (record.key.into(), record.text(&record.by_spec)),
            (
                names::MEMBERS_FACT.into(),
                format!("{}\n", cluster.spec.members),
            ),
            (
                names::DURABILITY_FACT.into(),
                format!("{}\n", cluster.spec.durability.word()),
            ),
        ]),
    )
}
