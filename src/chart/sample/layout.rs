//! What the texts around the objects say of where a cluster's members and Services are. Counts nothing out: the
//! topology does.

use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::topology;

/// The Services for writing and reading, the sets of members, and the pod that leads where the spec names none.
pub(super) fn layout(cluster: &Cluster) -> Value {
    let layout = topology::layout(cluster);
    let sets = layout.sets.iter();
    let sets: Value = sets
        .map(|set| json!({"name": set.name, "replicas": set.replicas}))
        .collect();
    json!({
        "write": layout.services.write,
        "read": layout.services.read,
        "leader": layout.leader.by_default,
        "sets": sets,
    })
}

/// The pod that leads where the spec names none.
pub(super) fn leader(cluster: &Cluster) -> String {
    topology::layout(cluster).leader.by_default
}
