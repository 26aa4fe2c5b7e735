//! With `bootstrap: job`, it was the Jobs that made the copies: their logs and the copies' markers say the same.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{ListParams, LogParams};

use crate::apply::{Api, Readiness, job};
use crate::fault::check::Verdict;
use crate::fault::scene::Scene;
use crate::names;

/// What is seen of one Job.
#[derive(Clone, Debug, Default)]
struct Work {
    job: String,
    complete: bool,
    /// Pods whose log says that they made a copy.
    copied_by: Vec<String>,
}

/// What is seen of one standby's copy.
#[derive(Clone, Debug)]
struct Marker {
    standby: String,
    cloned_by: String,
}

/// Whether each standby's data was copied by a Job of its own.
pub(super) async fn jobs_copied(scene: &Scene<'_>) {
    let count = scene.standbys.len();
    let expected =
        format!("{count} Jobs complete, each copied, each standby's marker names one of them");
    let look = async {
        let works = works(scene).await?;
        let markers = markers(scene).await?;
        Ok::<_, anyhow::Error>(judge(&works, &markers, count))
    };
    scene
        .check_in_kubernetes("the sync Jobs made the copies", expected, look)
        .await;
}

async fn works(scene: &Scene<'_>) -> Result<Vec<Work>> {
    let jobs: Api<Job> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let selector = selector(scene, names::SYNC);
    let found = jobs
        .list(&ListParams::default().labels(&selector))
        .await
        .context("listing Jobs")?;
    let mut works = Vec::new();
    for one in found.items {
        let complete = matches!(job(&one), Readiness::Ready(_));
        let name = one.name_any();
        works.push(Work {
            complete,
            copied_by: copied_by(scene, &name).await?,
            job: name,
        });
    }
    Ok(works)
}

async fn copied_by(scene: &Scene<'_>, job: &str) -> Result<Vec<String>> {
    let pods: Api<Pod> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let selector = format!("batch.kubernetes.io/job-name={job}");
    let mut names = Vec::new();
    for pod in pods
        .list(&ListParams::default().labels(&selector))
        .await
        .context("listing a Job's pods")?
    {
        let name = pod.name_any();
        let log = pods
            .streams()
            .logs(&name, &LogParams::default())
            .await
            .with_context(|| format!("the log of pod {name}"))?;
        if log.contains(scene.promises().copy.ends) {
            names.push(name);
        }
    }
    Ok(names)
}

async fn markers(scene: &Scene<'_>) -> Result<Vec<Marker>> {
    let path = format!("{}/data/pgherd.complete", names::DATA_MOUNT);
    let mut markers = Vec::new();
    for standby in &scene.standbys {
        let output = scene
            .run_in(&standby.pod, names::POSTGRES_CONTAINER, &["cat", &path])
            .await?;
        ensure!(output.success, "{}: {}", standby.pod, output.stderr.trim());
        let cloned_by = output
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("cloned_by="))
            .unwrap_or_default();
        markers.push(Marker {
            standby: standby.pod.clone(),
            cloned_by: cloned_by.into(),
        });
    }
    Ok(markers)
}

fn selector(scene: &Scene<'_>, component: &str) -> String {
    let labels = scene.cluster.selector(component);
    labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join(",")
}

fn judge(works: &[Work], markers: &[Marker], standbys: usize) -> Verdict {
    let mut problems = Vec::new();
    if works.len() != standbys || markers.len() != standbys {
        problems.push(format!(
            "{} Jobs and {} markers for {standbys} standbys",
            works.len(),
            markers.len()
        ));
    }
    for work in works {
        if !work.complete {
            problems.push(format!("Job {} is not complete", work.job));
        }
        if work.copied_by.len() != 1 {
            problems.push(format!(
                "the log of Job {} says {} times that it copied",
                work.job,
                work.copied_by.len()
            ));
        }
    }
    let copiers: BTreeSet<&str> = works
        .iter()
        .flat_map(|work| &work.copied_by)
        .map(String::as_str)
        .collect();
    let named: BTreeSet<&str> = markers
        .iter()
        .map(|marker| marker.cloned_by.as_str())
        .collect();
    for marker in markers
        .iter()
        .filter(|marker| !copiers.contains(marker.cloned_by.as_str()))
    {
        problems.push(format!(
            "{} was cloned by `{}`, no Job's pod",
            marker.standby, marker.cloned_by
        ));
    }
    if named.len() != markers.len() {
        problems.push("two standbys name the same pod".into());
    }
    let seen: Vec<String> = markers
        .iter()
        .map(|marker| format!("{} by {}", marker.standby, marker.cloned_by))
        .collect();
    Verdict::from_problems(&problems, seen.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    fn work(job: &str, copied_by: &[&str]) -> Work {
        Work {
            job: job.into(),
            complete: true,
            copied_by: copied_by.iter().map(|&pod| pod.to_owned()).collect(),
        }
    }

    fn marker(standby: &str, cloned_by: &str) -> Marker {
        Marker {
            standby: standby.into(),
            cloned_by: cloned_by.into(),
        }
    }

    #[test]
    fn a_copy_that_no_job_made_is_seen() {
        let works = [work("j0", &["j0-a"]), work("j1", &["j1-a"])];
        let good = [marker("s-0", "j0-a"), marker("s-1", "j1-a")];
        assert_eq!(judge(&works, &good, 2).outcome, Outcome::Passed);
        let by_itself = [marker("s-0", "j0-a"), marker("s-1", "s-1")];
        assert_eq!(judge(&works, &by_itself, 2).outcome, Outcome::Failed);
        assert_eq!(
            judge(&works, &[marker("s-0", "j0-a"), marker("s-1", "j0-a")], 2).outcome,
            Outcome::Failed
        );
        assert_eq!(
            judge(&works, &[marker("s-0", "j0-a"), marker("s-1", "")], 2).outcome,
            Outcome::Failed
        );
        assert_eq!(judge(&[], &[], 2).outcome, Outcome::Failed);
    }

    #[test]
    fn a_job_that_copied_nothing_or_did_not_end_is_seen() {
        let good = [marker("s-0", "j0-a")];
        assert_eq!(judge(&[work("j0", &[])], &good, 1).outcome, Outcome::Failed);
        let running = Work {
            complete: false,
            ..work("j0", &["j0-a"])
        };
        assert_eq!(judge(&[running], &good, 1).outcome, Outcome::Failed);
    }
}
