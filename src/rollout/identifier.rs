//! Writes into the cluster's facts which data it has. A primary whose volume is lost then makes no new cluster, even while
//! no member is there that could tell it of the data.

use anyhow::{Result, ensure};

use super::ask;
use crate::apply::Progress;
use crate::cluster::Cluster;
use crate::runtime::Runtime;
use crate::{names, topology};

/// Asks the primary for its system identifier and keeps it in the facts. That it cannot, as without the right to run a
/// command in a pod, is told and no reason to fail: the cluster is there.
pub(super) async fn remember(runtime: &Runtime, cluster: &Cluster, progress: &Progress) {
    let label = format!("ConfigMap/{}", map(cluster));
    match write(runtime, cluster).await {
        Ok(None) => {}
        Ok(Some(identifier)) => progress.say(
            &label,
            &format!("keeps that there is data, with the system identifier {identifier}"),
        ),
        Err(error) => progress.say(
            &label,
            &format!(
                "cannot keep that there is data: an empty primary beside silent standbys would begin anew ({error:#})"
            ),
        ),
    }
}

/// The identifier where it was not there yet.
async fn write(runtime: &Runtime, cluster: &Cluster) -> Result<Option<String>> {
    let sql = "select system_identifier from pg_control_system()";
    let identifier = ask(runtime, cluster, sql).await?;
    ensure!(
        !identifier.is_empty() && identifier.chars().all(|c| c.is_ascii_digit()),
        "its system identifier is {identifier:?}"
    );
    let fact = format!("{identifier}\n");
    let (map, key) = (map(cluster), names::IDENTIFIER_FACT);
    let is_new = runtime.keep_fact(&map, key, &fact).await?;
    Ok(is_new.then_some(identifier))
}

/// The ConfigMap with the facts.
fn map(cluster: &Cluster) -> String {
    topology::layout(cluster).leader.config_map
}
