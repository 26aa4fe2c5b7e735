//! The pooler's part of a rotation: pods that read a password again, and pods that are replaced by new ones.

use anyhow::Result;

use super::{Rotation, Task};
use crate::names;

const POOL_SH: &str = include_str!("files/pool.sh");

/// Has every pod of the pooler take the owner's new password. No session ends.
pub(super) async fn follow(on: &Rotation<'_>, owner: &str) -> Result<()> {
    if on.cluster.pgpool().is_none() {
        return Ok(());
    }
    let pods = on.runtime.pooler_pods(on.cluster).await?;
    let input = format!("{owner}\n");
    let task = Task {
        script: POOL_SH,
        arguments: &[],
        input: &input,
    };
    on.until_all("pooler pods have the new password", &pods, async |pod| {
        match on.run(pod, names::PGPOOL, &task).await {
            // One that was replaced meanwhile has read it at its start.
            Err(_) if on.runtime.is_gone(pod).await => Ok(()),
            ran => ran,
        }
    })
    .await
}

/// Replaces the pooler's pods one by one, and waits until all are new: Pgpool-II reads its certificate when it starts.
pub(super) async fn replace(on: &Rotation<'_>) -> Result<()> {
    if on.cluster.pgpool().is_none() {
        return Ok(());
    }
    let replaced = on
        .runtime
        .replace_pooler(on.cluster, on.within, on.progress);
    Ok(replaced.await?)
}
