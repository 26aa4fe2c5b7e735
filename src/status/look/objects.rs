//! Which of the cluster's objects are there, and which Jobs have failed.

use futures::future::join_all;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;

use super::{Place, denied, expected};
use crate::apply::{self, Readiness};
use crate::cluster::Cluster;
use crate::k8s::{Manifest, Object};
use crate::status::facts::{Expected, Presence};

/// Every object that has to be there, the Secrets first, and what could not be seen. No object's content is read.
pub(super) async fn presence(
    place: &Place<'_>,
    cluster: &Cluster,
    manifests: &[Manifest],
) -> (Vec<Expected>, Vec<String>) {
    let secrets: Api<Secret> = place.api();
    let mut names = vec![cluster.credentials_secret()];
    if cluster.is_encrypted() {
        names.push(cluster.tls_secret());
    }
    let mounted = names.iter().map(async |name| {
        let found = secrets.get_metadata_opt(name).await;
        of("Secret", name, found.map(|found| found.is_some()))
    });
    let objects = manifests.iter().map(|manifest| &manifest.object);
    let others = objects
        .filter(|object| !matches!(object, Object::Secret(_)))
        .map(async |object| {
            let api = apply::api(place.client, object, place.namespace);
            let found = api.get_metadata_opt(object.name()).await;
            let found = found.map(|found| found.is_some());
            of(object.kind(), object.name(), found)
        });
    let (mounted, others) = tokio::join!(join_all(mounted), join_all(others));
    let (listed, unseen): (Vec<_>, Vec<_>) = mounted.into_iter().chain(others).unzip();
    let mut unseen: Vec<String> = unseen.into_iter().flatten().collect();
    unseen.dedup();
    (listed, unseen)
}

fn of(kind: &str, name: &str, found: kube::Result<bool>) -> (Expected, Option<String>) {
    match found {
        Ok(true) => (expected(kind, name, Presence::There), None),
        Ok(false) => (expected(kind, name, Presence::Missing), None),
        Err(error) => (
            expected(kind, name, Presence::Unknown),
            Some(denied(&format!("{kind}/{name}"))(error)),
        ),
    }
}

/// The Jobs that have failed for good, with the reason. One that cannot be seen is among the objects.
pub(super) async fn failed_jobs(
    place: &Place<'_>,
    manifests: &[Manifest],
) -> Vec<(String, String)> {
    let jobs: Api<Job> = place.api();
    let names = manifests
        .iter()
        .filter(|manifest| matches!(manifest.object, Object::Job(_)))
        .map(|manifest| manifest.object.name());
    let looked = join_all(names.map(async |name| (name, jobs.get_opt(name).await))).await;
    let failed = looked.into_iter().filter_map(|(name, job)| {
        let job = job.ok().flatten()?;
        match apply::job(&job) {
            Readiness::Failed(words) => Some((name.to_owned(), words)),
            Readiness::Ready(_) | Readiness::Waiting(_) => None,
        }
    });
    failed.collect()
}
