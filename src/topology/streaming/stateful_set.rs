//! The StatefulSets of a streaming cluster and what a drain may do to them.

use super::{layout, member};
use crate::cluster::Cluster;
use crate::k8s::{appsv1, policyv1};
use crate::topology::sets;

/// The primary: one server. It has no disruption budget: one that allowed nothing would block every drain for ever.
pub(super) fn primary(cluster: &Cluster) -> appsv1::StatefulSet {
    let [primary, _] = layout::sets(&cluster.spec);
    sets::stateful_set(cluster, &primary, member::pod(cluster, &primary.component))
}

/// The standbys.
pub(super) fn standbys(cluster: &Cluster) -> appsv1::StatefulSet {
    let [_, standby] = layout::sets(&cluster.spec);
    sets::stateful_set(cluster, &standby, member::pod(cluster, &standby.component))
}

/// Keeps drains from taking every standby at once.
pub(super) fn standby_disruption_budget(cluster: &Cluster) -> policyv1::PodDisruptionBudget {
    let [_, standby] = layout::sets(&cluster.spec);
    sets::disruption_budget(cluster, &standby, cluster.spec.disruption.min_standbys)
}
