//! Which of a cluster's objects are there, and which Jobs have failed.

use futures::future::join_all;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Secret;

use super::{Place, denied};
use crate::apply::{self, Api, Readiness};
use crate::k8s::{Manifest, Object};
use crate::runtime::{Expected, Presence};

impl Place {
    /// Every object that has to be there, the Secrets first, and what could not be seen. No object's content is read.
    pub(in crate::runtime) async fn presence(
        &self,
        secrets: &[String],
        manifests: &[Manifest],
    ) -> (Vec<Expected>, Vec<String>) {
        let api: Api<Secret> = self.api();
        let secrets = secrets.iter().map(async |name| {
            let found = api.get_metadata_opt(name).await;
            of("Secret", name, found.map(|found| found.is_some()))
        });
        let objects = manifests.iter().map(|manifest| &manifest.object);
        let others = objects
            .filter(|object| !matches!(object, Object::Secret(_)))
            .map(async |object| {
                let api = apply::api(&self.client, object, &self.namespace);
                let found = api.get_metadata_opt(object.name()).await;
                let found = found.map(|found| found.is_some());
                of(object.kind(), object.name(), found)
            });
        let (secrets, others) = tokio::join!(join_all(secrets), join_all(others));
        let (listed, unseen): (Vec<_>, Vec<_>) = secrets.into_iter().chain(others).unzip();
        let mut unseen: Vec<String> = unseen.into_iter().flatten().collect();
        unseen.dedup();
        (listed, unseen)
    }

    /// The Jobs that have failed for good, with the reason.
    pub(in crate::runtime) async fn failed_jobs(
        &self,
        manifests: &[Manifest],
    ) -> Vec<(String, String)> {
        let jobs: Api<Job> = self.api();
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

fn expected(kind: &str, name: &str, presence: Presence) -> Expected {
    Expected {
        kind: kind.into(),
        name: name.into(),
        presence,
    }
}
