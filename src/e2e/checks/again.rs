//! Applying the same spec again changes nothing: no object, no pod, no Job.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Client, ResourceExt};

use crate::apply::{Api, api};
use crate::fault::check::Verdict;
use crate::fault::scene::Scene;
use crate::fault::site::Site;
use crate::k8s::Manifest;
use crate::names;

/// What applying again must leave as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::e2e) struct Snapshot {
    /// Uid and version of what is asked for, by kind and name.
    objects: BTreeMap<String, String>,
    /// Uid and restarts, by pod.
    pods: BTreeMap<String, String>,
    /// Uid and failed pods, by Job.
    jobs: BTreeMap<String, String>,
}

/// Takes a snapshot of a cluster's objects, pods and Jobs.
pub(in crate::e2e) async fn snapshot(
    scene: &Scene<'_>,
    manifests: &[Manifest],
) -> Result<Snapshot> {
    match scene.site {
        Site::Kubernetes(connection) => {
            let (client, name) = (&connection.client, scene.cluster.name());
            in_kubernetes(client, name, &scene.namespace, manifests).await
        }
        Site::Processes(place) => Ok(Snapshot {
            objects: place.versions(manifests)?,
            pods: place.lives()?,
            jobs: BTreeMap::new(),
        }),
    }
}

async fn in_kubernetes(
    client: &Client,
    cluster: &str,
    namespace: &str,
    manifests: &[Manifest],
) -> Result<Snapshot> {
    let mut shot = Snapshot::default();
    for Manifest { object, .. } in manifests {
        let label = format!("{}/{}", object.kind(), object.name());
        let found = api(client, object, namespace)
            .get(object.name())
            .await
            .with_context(|| label.clone())?;
        // Kinds without a generation have no status either: every new version of theirs is a change.
        let version = match found.metadata.generation {
            Some(generation) => format!("generation {generation}"),
            None => format!("version {}", found.resource_version().unwrap_or_default()),
        };
        shot.objects.insert(
            label,
            format!("{} {version}", found.uid().unwrap_or_default()),
        );
    }
    let ours = ListParams::default().labels(&format!("{}={cluster}", names::INSTANCE_LABEL));
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    for pod in pods.list(&ours).await.context("listing pods")? {
        shot.pods.insert(
            pod.name_any(),
            format!(
                "{} restarts {}",
                pod.uid().unwrap_or_default(),
                restarts(&pod)
            ),
        );
    }
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    for job in jobs.list(&ours).await.context("listing Jobs")? {
        let failed = job
            .status
            .as_ref()
            .and_then(|status| status.failed)
            .unwrap_or(0);
        shot.jobs.insert(
            job.name_any(),
            format!("{} failed {failed}", job.uid().unwrap_or_default()),
        );
    }
    Ok(shot)
}

/// How often a pod's containers were restarted.
pub(in crate::e2e) fn restarts(pod: &Pod) -> i32 {
    let status = pod.status.iter();
    let containers = status.flat_map(|status| {
        status
            .init_container_statuses
            .iter()
            .flatten()
            .chain(status.container_statuses.iter().flatten())
    });
    containers.map(|container| container.restart_count).sum()
}

/// Judges two snapshots with applying between them.
pub(in crate::e2e) fn applied_again(before: &Snapshot, after: &Snapshot) -> Verdict {
    let mut problems = Vec::new();
    compare("object", &before.objects, &after.objects, &mut problems);
    compare("pod", &before.pods, &after.pods, &mut problems);
    compare("Job", &before.jobs, &after.jobs, &mut problems);
    if before.objects.is_empty() || before.pods.is_empty() {
        problems.push("there was nothing to compare".into());
    }
    let Snapshot {
        objects,
        pods,
        jobs,
    } = after;
    Verdict::from_problems(
        &problems,
        format!(
            "{} objects, {} pods, {} Jobs",
            objects.len(),
            pods.len(),
            jobs.len()
        ),
    )
}

/// Says what is gone, other or new.
pub(in crate::e2e) fn compare(
    what: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    problems: &mut Vec<String>,
) {
    for (name, old) in before {
        match after.get(name) {
            None => problems.push(format!("{what} {name} is gone")),
            Some(new) if new != old => {
                problems.push(format!("{what} {name} was {old} and is {new}"));
            }
            Some(_) => {}
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        problems.push(format!("{what} {name} is new"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    fn shot(object: &str, pod: &str, jobs: &[(&str, &str)]) -> Snapshot {
        let map = |name: &str, text: &str| BTreeMap::from([(name.to_owned(), text.to_owned())]);
        let jobs = jobs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        Snapshot {
            objects: map("StatefulSet/s", object),
            pods: map("s-0", pod),
            jobs,
        }
    }

    #[test]
    fn every_difference_is_seen() {
        let before = shot("u generation 1", "u restarts 0", &[("j", "u failed 0")]);
        assert_eq!(applied_again(&before, &before).outcome, Outcome::Passed);
        for after in [
            shot("u generation 2", "u restarts 0", &[("j", "u failed 0")]),
            shot("u generation 1", "u restarts 1", &[("j", "u failed 0")]),
            shot("u generation 1", "v restarts 0", &[("j", "u failed 0")]),
            shot("u generation 1", "u restarts 0", &[("j", "u failed 1")]),
            shot("u generation 1", "u restarts 0", &[]),
            shot(
                "u generation 1",
                "u restarts 0",
                &[("j", "u failed 0"), ("k", "v failed 0")],
            ),
        ] {
            assert_eq!(
                applied_again(&before, &after).outcome,
                Outcome::Failed,
                "{after:?}"
            );
        }
        assert_eq!(
            applied_again(&Snapshot::default(), &Snapshot::default()).outcome,
            Outcome::Failed
        );
    }
}
