//! Applying a cluster part by part, in the order that was chosen, once it is known that it may be.

use anyhow::Result;

use super::{
    Order, Rollout, order, parts, preflight, remember, until_in_force, until_recorded,
    until_replayed,
};
use crate::apply::{self, Error, Progress, Unfit};
use crate::cluster::Cluster;
use crate::k8s::Manifest;
use crate::runtime::Runtime;
use crate::topology;

/// Takes over what kubectl has applied, says what will happen to a cluster and what it lacks, and returns its manifests in
/// the parts in which they are applied.
///
/// # Errors
/// Fields that another manager owns.
pub async fn foresee(rollout: &Rollout<'_>, progress: &Progress) -> Result<Vec<Vec<Manifest>>> {
    let (cluster, options) = (rollout.cluster, rollout.options);
    let client = &rollout.connection.client;
    let manifests = rollout.objects();
    let adopted = apply::adopt(client, &manifests, options).await?;
    if !adopted.is_empty() {
        progress.say(
            cluster.name(),
            &format!(
                "{} objects were applied by kubectl: their fields are pgherd's from now on",
                adopted.len()
            ),
        );
    }
    let foreseen = apply::foresee(client, &manifests, options).await?;
    for one in &foreseen {
        if let Some(effect) = apply::effect(one).filter(|_| one.before.is_some()) {
            progress.say(&one.label, &format!("to be changed: {effect}"));
        }
    }
    let order = order(cluster, &foreseen)?;
    match order {
        Order::Together => {}
        Order::StandbysFirst => progress.say(
            cluster.name(),
            "the standbys restart first, then the primary",
        ),
        Order::PrimaryFirst => progress.say(
            cluster.name(),
            "the primary restarts first; its standbys once they have replayed what it wrote",
        ),
    }
    preflight::tell_missing(rollout, progress).await;
    Ok(parts(cluster, manifests, order))
}

/// Applies the parts one after the other, each once the one before is ready; then settles what is left.
///
/// # Errors
/// What cannot be applied or does not get ready, a standby that does not replay, and a durability that is not in force.
pub async fn apply_in_order(
    rollout: &Rollout<'_>,
    parts: &[Vec<Manifest>],
    progress: &Progress,
) -> Result<()> {
    let (cluster, options) = (rollout.cluster, rollout.options);
    let (client, runtime) = (&rollout.connection.client, rollout.runtime());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            let replayed = until_replayed(&runtime, cluster, options.timeout).await;
            replayed.map_err(Unfit)?;
        }
        apply::apply(client, part, options, progress).await?;
    }
    Ok(settle(&runtime, cluster, progress).await?)
}

/// What comes when everything is applied and ready: it is kept in the facts which data there is, and waited for what the spec says of
/// commits. Members that elect who leads know both by themselves: their own settings are waited for.
///
/// # Errors
/// What is not in force all the while.
pub async fn settle(
    runtime: &Runtime,
    cluster: &Cluster,
    progress: &Progress,
) -> Result<(), Error> {
    if topology::layout(cluster).is_elected() {
        return until_recorded(runtime, cluster, progress).await;
    }
    remember(runtime, cluster, progress).await;
    until_in_force(runtime, cluster, progress).await
}
