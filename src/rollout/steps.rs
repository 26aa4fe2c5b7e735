//! Applying a cluster part by part, in the order that was chosen. Asks about everything before anything is changed.

use anyhow::Result;
use kube::Client;

use super::{Order, major, order, parts, remember, secrets, until_replayed};
use crate::apply::{self, Conflicts, Options, Progress, Unfit};
use crate::cluster::Cluster;
use crate::k8s::Manifest;
use crate::runtime::in_namespace;
use crate::{leader, topology};

/// Refuses what the API server would refuse for another reason than who owns a field, another leader than the spec's,
/// servers that would not open the data, and changes for which no order is safe. Changes nothing.
///
/// # Errors
/// Every reason against it.
pub async fn require_possible(client: &Client, cluster: &Cluster, options: &Options) -> Result<()> {
    let namespace = options.namespace_of(cluster);
    let runtime = in_namespace(client, namespace);
    leader::require_same(&runtime, cluster, namespace).await?;
    let forced = Options {
        conflicts: Conflicts::Force,
        ..options.clone()
    };
    let foreseen = apply::foresee(client, &topology::objects(cluster), &forced).await?;
    major::require_same(&runtime, cluster, &foreseen).await?;
    order(cluster, &foreseen)?;
    Ok(())
}

/// Takes over what kubectl has applied, says what will happen to a cluster and what it lacks, and returns its manifests in
/// the parts in which they are applied.
///
/// # Errors
/// Fields that another manager owns.
pub async fn foresee(
    client: &Client,
    cluster: &Cluster,
    options: &Options,
    progress: &Progress,
) -> Result<Vec<Vec<Manifest>>> {
    let manifests = topology::objects(cluster);
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
    let namespace = options.namespace_of(cluster);
    let runtime = in_namespace(client, namespace);
    secrets::tell_missing(&runtime, cluster, namespace, progress).await;
    Ok(parts(cluster, manifests, order))
}

/// Applies the parts one after the other, each once the one before is ready; then keeps in the facts which data there is.
///
/// # Errors
/// What cannot be applied or does not get ready, and a standby that does not replay.
pub async fn apply_in_order(
    client: &Client,
    cluster: &Cluster,
    parts: &[Vec<Manifest>],
    options: &Options,
    progress: &Progress,
) -> Result<()> {
    let runtime = in_namespace(client, options.namespace_of(cluster));
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            let replayed = until_replayed(&runtime, cluster, options.timeout).await;
            replayed.map_err(Unfit)?;
        }
        apply::apply(client, part, options, progress).await?;
    }
    remember(&runtime, cluster, progress).await;
    Ok(())
}
