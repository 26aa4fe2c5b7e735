//! A namespace for one scenario: made with Pod Security `restricted` enforced, deleted with everything in it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::{Client, Resource, ResourceExt};

use crate::apply::{Api, await_condition, is_gone};
use crate::fault::limits::Limits;
use crate::k8s::metav1::ObjectMeta;
use crate::names;

/// A name that no other run has: `e2e-<cluster>-<random>`.
pub(super) fn fresh_name(cluster: &str) -> String {
    format!("e2e-{cluster}-{:05x}", rand::random::<u32>() & 0xf_ffff)
}

/// Makes the namespace.
pub(super) async fn create(client: &Client, name: &str) -> Result<()> {
    let labels = BTreeMap::from([
        ("app.kubernetes.io/managed-by".into(), names::MANAGER.into()),
        (
            "pod-security.kubernetes.io/enforce".into(),
            "restricted".into(),
        ),
        (
            "pod-security.kubernetes.io/warn".into(),
            "restricted".into(),
        ),
    ]);
    let metadata = ObjectMeta {
        name: Some(name.into()),
        labels: Some(labels),
        ..ObjectMeta::default()
    };
    let namespace = Namespace {
        metadata,
        ..Namespace::default()
    };
    let api: Api<Namespace> = Api::all(client.clone());
    api.create(&PostParams::default(), &namespace)
        .await
        .with_context(|| format!("namespace {name}"))?;
    Ok(())
}

/// Deletes the namespace and waits until it is gone; one that is not there is no error.
pub(super) async fn delete(client: &Client, name: &str, limits: &Limits) -> Result<()> {
    let api: Api<Namespace> = Api::all(client.clone());
    let Some(namespace) = api
        .get_opt(name)
        .await
        .with_context(|| format!("namespace {name}"))?
    else {
        return Ok(());
    };
    empty(client, name, limits.namespace_empty).await?;
    api.delete(name, &DeleteParams::background())
        .await
        .with_context(|| format!("deleting namespace {name}"))?;
    let uid = namespace.uid().unwrap_or_default();
    match tokio::time::timeout(
        limits.namespace_gone,
        await_condition(api, name, is_gone(&uid)),
    )
    .await
    {
        Ok(gone) => gone
            .map(drop)
            .with_context(|| format!("waiting for namespace {name} to go")),
        Err(_) => bail!(
            "namespace {name} is still there {} s after it was deleted\nhint: kubectl get namespace {name} -o yaml",
            limits.namespace_gone.as_secs()
        ),
    }
}

/// Ends every pod of the namespace. A namespace that still has pods is looked at again only after half of their
/// longest grace period, however soon they end, which would make each deletion half a minute long.
async fn empty(client: &Client, namespace: &str, within: Duration) -> Result<()> {
    let background = DeleteParams::background();
    delete_all::<StatefulSet>(client, namespace, &background).await?;
    delete_all::<Deployment>(client, namespace, &background).await?;
    delete_all::<Job>(client, namespace, &background).await?;
    let soon = DeleteParams::default().grace_period(1);
    delete_all::<Pod>(client, namespace, &soon).await?;
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let left = pods
        .list(&ListParams::default())
        .await
        .context("listing pods")?;
    let gone = left.items.into_iter().map(|pod| {
        let uid = pod.uid().unwrap_or_default();
        let (pods, name) = (pods.clone(), pod.name_any());
        async move { await_condition(pods, &name, is_gone(&uid)).await }
    });
    // Pods that stay longer are left to the deletion of the namespace, which has a deadline and says what is wrong.
    let _ = tokio::time::timeout(within, futures::future::join_all(gone)).await;
    Ok(())
}

async fn delete_all<K>(client: &Client, namespace: &str, params: &DeleteParams) -> Result<()>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
{
    let api: Api<K> = Api::namespaced(client.clone(), namespace);
    api.untyped()
        .delete_collection(params, &ListParams::default())
        .await
        .map(drop)
        .with_context(|| format!("deleting every {} in {namespace}", K::kind(&())))
}
