//! What is asked before anything is applied: whether a cluster may be applied as its spec has it, and what its pods would
//! wait for. Changes nothing.

use anyhow::Result;

use super::{Rollout, ask, order};
use crate::apply::{self, Conflicts, Options};
use crate::leader;

mod major;
mod secrets;

pub(super) use secrets::tell_missing;

/// Refuses what the API server would refuse for another reason than who owns a field, another leader than the spec's,
/// servers that would not open the data, and changes for which no order is safe. Changes nothing.
///
/// # Errors
/// Every reason against it.
pub async fn require_possible(rollout: &Rollout<'_>) -> Result<()> {
    let (cluster, runtime) = (rollout.cluster, rollout.runtime());
    leader::require_same(&runtime, cluster, rollout.namespace()).await?;
    let forced = Options {
        conflicts: Conflicts::Force,
        ..rollout.options.clone()
    };
    let client = &rollout.connection.client;
    let foreseen = apply::foresee(client, &rollout.objects(), &forced).await?;
    major::require_same(&runtime, cluster, &foreseen).await?;
    order(cluster, &foreseen)?;
    Ok(())
}
