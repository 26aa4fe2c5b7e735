//! What is in a namespace of this run, whatever names it has. Changes nothing.

use std::fmt::Debug;

use anyhow::{Context, Result};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use crate::apply::Api;
use crate::fault::install::Installer;
use crate::k8s::{Manifest, Object};

/// Every object of a kind that is not being deleted.
pub(super) async fn list<K>(kube: &Client, namespace: &str) -> Result<Vec<K>>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + DeserializeOwned
        + Debug,
{
    let api: Api<K> = Api::namespaced(kube.clone(), namespace);
    let found = api.list(&ListParams::default()).await;
    let mut items = found
        .with_context(|| format!("listing {}", K::plural(&())))?
        .items;
    items.retain(|item| item.meta().deletion_timestamp.is_none());
    Ok(items)
}

/// Every workload.
async fn workloads(kube: &Client, namespace: &str) -> Result<Vec<Manifest>> {
    let sets = list::<StatefulSet>(kube, namespace).await?;
    let deployments = list::<Deployment>(kube, namespace).await?;
    let jobs = list::<Job>(kube, namespace).await?;
    let objects = (sets.into_iter().map(Object::from))
        .chain(deployments.into_iter().map(Object::from))
        .chain(jobs.into_iter().map(Object::from));
    let manifest = |object| Manifest {
        comment: String::new(),
        object,
    };
    Ok(objects.map(manifest).collect())
}

/// The members' pods, whatever a chart of before called them: those of StatefulSets.
pub(super) async fn pods(kube: &Client, namespace: &str) -> Result<Vec<String>> {
    let mut pods = list::<Pod>(kube, namespace).await?;
    pods.retain(|pod| {
        let owners = pod.owner_references();
        owners.iter().any(|owner| owner.kind == "StatefulSet")
    });
    Ok(pods.iter().map(ResourceExt::name_any).collect())
}

/// Waits until every workload of the installer's namespace is ready, whatever its name; returns how many there are.
pub(super) async fn all_ready(installer: &Installer<'_>) -> Result<usize> {
    let (kube, namespace) = (installer.site().kube()?, &installer.options().namespace);
    let workloads = workloads(kube, namespace).await?;
    installer.wait_for(&workloads).await?;
    Ok(workloads.len())
}
