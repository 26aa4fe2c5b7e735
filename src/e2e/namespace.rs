//! A namespace for one scenario: made with Pod Security `restricted` enforced, deleted with everything in it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{DeleteParams, PostParams};
use kube::runtime::wait::{await_condition, conditions::is_deleted};
use kube::{Api, Client, ResourceExt};

use crate::k8s::metav1::ObjectMeta;
use crate::names;

/// How long a deleted namespace may take to vanish.
const GONE_WITHIN: Duration = Duration::from_secs(180);

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
pub(super) async fn delete(client: &Client, name: &str) -> Result<()> {
    let api: Api<Namespace> = Api::all(client.clone());
    let Some(namespace) = api
        .get_opt(name)
        .await
        .with_context(|| format!("namespace {name}"))?
    else {
        return Ok(());
    };
    api.delete(name, &DeleteParams::background())
        .await
        .with_context(|| format!("deleting namespace {name}"))?;
    let uid = namespace.uid().unwrap_or_default();
    match tokio::time::timeout(GONE_WITHIN, await_condition(api, name, is_deleted(&uid))).await {
        Ok(gone) => gone
            .map(drop)
            .with_context(|| format!("waiting for namespace {name} to go")),
        Err(_) => bail!(
            "namespace {name} is still there {} s after it was deleted\nhint: kubectl get namespace {name} -o yaml",
            GONE_WITHIN.as_secs()
        ),
    }
}
