//! Has the kubelets bring what changed in ConfigMaps and Secrets to a cluster's pods at once.
//!
//! Changes one annotation of pods and nothing else; does not wait until the files are there.

use futures::future::try_join_all;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use super::Error;
use crate::names::{INSTANCE_LABEL, MANAGER, REFRESHED_ANNOTATION};

/// Has the kubelets bring mounted ConfigMaps and Secrets to every pod of a cluster now, instead of within a minute or
/// two: a kubelet looks at a pod's volumes when the pod is changed, and otherwise about once a minute.
/// Returns how many pods there are.
///
/// The kubelet learns of the pod and of what is mounted by two watches. Where the first is quicker, nothing new is
/// there yet: who waits for the files calls this again every few seconds.
/// <https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically>
///
/// # Errors
/// When the pods cannot be listed or changed, as without the right to patch pods; then the files come later.
pub async fn refresh(client: &Client, namespace: &str, cluster: &str) -> Result<usize, Error> {
    refresh_pods(client, namespace, &format!("{INSTANCE_LABEL}={cluster}")).await
}

/// The same for the pods that a selector finds.
pub(crate) async fn refresh_pods(
    client: &Client,
    namespace: &str,
    selector: &str,
) -> Result<usize, Error> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let params = ListParams::default().labels(selector);
    let listed = pods.list_metadata(&params).await;
    let listed = listed.map_err(Error::request(format!(
        "listing the pods of namespace {namespace}"
    )))?;
    let patch = Patch::Merge(annotation(Timestamp::now()));
    let refreshed = listed.items.iter().map(async |pod| {
        let name = pod.name_any();
        let params = PatchParams {
            field_manager: Some(MANAGER.into()),
            ..PatchParams::default()
        };
        match pods.patch_metadata(&name, &params, &patch).await {
            // One that is gone needs no files.
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            patched => patched
                .map(drop)
                .map_err(Error::request(format!("changing Pod/{name}"))),
        }
    });
    try_join_all(refreshed).await?;
    Ok(listed.items.len())
}

/// The change: any value that is new would do.
fn annotation(now: Timestamp) -> serde_json::Value {
    json!({"metadata": {"annotations": {REFRESHED_ANNOTATION: now.to_string()}}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_annotation_is_changed_and_never_to_the_same() {
        let at = |time: &str| annotation(time.parse().expect("a time"));
        let first = at("2026-01-01T00:00:00.000001Z");
        assert_eq!(
            first,
            json!({"metadata": {"annotations": {"pgherd/refreshed": "2026-01-01T00:00:00.000001Z"}}})
        );
        assert_ne!(first, at("2026-01-01T00:00:00.000002Z"));
    }
}
