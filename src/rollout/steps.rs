//! Applying a cluster part by part, in the order that was chosen. Asks about everything before anything is changed.

use anyhow::Result;
use kube::Client;

use super::{Order, order, parts, until_replayed};
use crate::apply::{self, Options, Progress, Unfit};
use crate::cluster::Cluster;
use crate::k8s::Manifest;
use crate::{lead, topology};

/// Says what will happen to a cluster, and returns its manifests in the parts in which they are applied.
///
/// # Errors
/// What the API server would refuse, another leader than the spec's, and changes for which no order is safe.
pub async fn foresee(
    client: &Client,
    cluster: &Cluster,
    options: &Options,
    progress: &Progress,
) -> Result<Vec<Vec<Manifest>>> {
    lead::require_same(client, cluster, options.namespace_of(cluster)).await?;
    let manifests = topology::objects(cluster);
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
    Ok(parts(cluster, manifests, order))
}

/// Applies the parts one after the other, each once the one before is ready.
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
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            let namespace = options.namespace_of(cluster);
            let replayed = until_replayed(client, cluster, namespace, options.timeout).await;
            replayed.map_err(Unfit)?;
        }
        apply::apply(client, part, options, progress).await?;
    }
    Ok(())
}
