//! The pooler's part of a rotation: pods that read a password again, and pods that are replaced by new ones.

use anyhow::Result;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use super::{Rotation, Task};
use crate::apply::{self, Conflicts, Error};
use crate::k8s::Object;
use crate::names;
use crate::topology;

const POOL_SH: &str = include_str!("files/pool.sh");
/// The annotation by which kubectl replaces pods, so that its next restart is told from this one.
/// <https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_restart/>
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// Has every pod of the pooler take the owner's new password. No session ends.
pub(super) async fn follow(on: &Rotation<'_>, owner: &str) -> Result<()> {
    if on.cluster.pgpool().is_none() {
        return Ok(());
    }
    let pods = running(on).await?;
    let input = format!("{owner}\n");
    let task = Task {
        script: POOL_SH,
        arguments: &[],
        input: &input,
    };
    on.until_all("pooler pods have the new password", &pods, async |pod| {
        match on.run(pod, names::PGPOOL, &task).await {
            // One that was replaced meanwhile has read it at its start.
            Err(_)
                if on
                    .pods()
                    .get_metadata_opt(pod)
                    .await
                    .is_ok_and(|found| found.is_none()) =>
            {
                Ok(())
            }
            ran => ran,
        }
    })
    .await
}

async fn running(on: &Rotation<'_>) -> Result<Vec<String>, Error> {
    let selector = on.cluster.selector(names::PGPOOL);
    let selector: Vec<String> = selector
        .iter()
        .map(|(label, value)| format!("{label}={value}"))
        .collect();
    let params = ListParams::default()
        .labels(&selector.join(","))
        .fields("status.phase=Running");
    let found = on.pods().list(&params).await;
    let found = found.map_err(Error::request("listing the pooler's pods"))?;
    let stays = |pod: &Pod| pod.metadata.deletion_timestamp.is_none();
    Ok(found
        .items
        .iter()
        .filter(|pod| stays(pod))
        .map(ResourceExt::name_any)
        .collect())
}

/// Replaces the pooler's pods one by one, and waits until all are new: Pgpool-II reads its certificate when it starts.
pub(super) async fn replace(on: &Rotation<'_>) -> Result<()> {
    if on.cluster.pgpool().is_none() {
        return Ok(());
    }
    let deployments: Api<Deployment> = Api::namespaced(on.client.clone(), on.namespace);
    let name = on.cluster.pgpool_name();
    let params = PatchParams {
        field_manager: Some(names::MANAGER.into()),
        ..PatchParams::default()
    };
    let annotations = json!({RESTARTED: Timestamp::now().to_string()});
    let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
    let patched = deployments
        .patch(&name, &params, &Patch::Merge(patch))
        .await;
    patched.map_err(Error::request(format!("changing Deployment/{name}")))?;
    let mut pooler = topology::objects(on.cluster);
    pooler.retain(|manifest| matches!(manifest.object, Object::Deployment(_)));
    let options = apply::Options {
        namespace: on.namespace.into(),
        conflicts: Conflicts::Report,
        timeout: on.within,
    };
    Ok(apply::wait(on.client, &pooler, &options, on.progress).await?)
}
