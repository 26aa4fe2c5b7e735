//! Writes into the cluster's facts which data it has. A primary whose volume is lost then makes no new cluster, even while
//! no member is there that could tell it of the data.

use anyhow::{Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;

use super::ask;
use crate::apply::Progress;
use crate::cluster::Cluster;
use crate::{names, topology};

/// Asks the primary for its system identifier and keeps it in the facts. That it cannot, as without the right to run a
/// command in a pod, is told and no reason to fail: the cluster is there.
pub async fn remember(client: &Client, cluster: &Cluster, namespace: &str, progress: &Progress) {
    let label = format!("ConfigMap/{}", map(cluster));
    match write(client, cluster, namespace).await {
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
async fn write(client: &Client, cluster: &Cluster, namespace: &str) -> Result<Option<String>> {
    let sql = "select system_identifier from pg_control_system()";
    let identifier = ask(client, cluster, namespace, sql).await?;
    ensure!(
        !identifier.is_empty() && identifier.chars().all(|c| c.is_ascii_digit()),
        "its system identifier is {identifier:?}"
    );
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    let live = maps.get(&map(cluster)).await?;
    let fact = format!("{identifier}\n");
    let data = live.data.unwrap_or_default();
    if data.get(names::IDENTIFIER_FACT) == Some(&fact) {
        return Ok(None);
    }
    let params = PatchParams {
        field_manager: Some(names::MANAGER.into()),
        ..PatchParams::default()
    };
    let patch = Patch::Merge(json!({"data": {names::IDENTIFIER_FACT: fact}}));
    maps.patch(&map(cluster), &params, &patch).await?;
    Ok(Some(identifier))
}

/// The ConfigMap with the facts.
fn map(cluster: &Cluster) -> String {
    topology::layout(cluster).leader.config_map
}
