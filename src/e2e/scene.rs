//! A cluster that was applied, as the checks see it: its members, its client pod, and the rows that checks leave.

use std::fmt::Display;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client};

use super::client::{ClientPod, Encryption, Refusal, Target};
use super::install::Installer;
use super::report::{Outcome, Row, Verdict};
use crate::apply::Progress;
use crate::certificate::{self, Surroundings};
use crate::cluster::Cluster;
use crate::names;
use crate::runtime::{Runtime, in_namespace};
use crate::topology;

/// How long something that takes its time, such as replication, may take.
pub(super) const SOON: Duration = Duration::from_secs(60);
/// Pause between two looks at SQL, which cannot be watched.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// How long one check may take, all its looks together.
const CHECK_WITHIN: Duration = Duration::from_secs(180);
/// How long a check may take that waits for a recovery, all its looks together.
const RECOVERY_WITHIN: Duration = Duration::from_secs(600);

/// A server and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its pod.
    pub(super) pod: String,
    /// Its pod's address, as the API shows it.
    pub(super) address: String,
}

/// What checks look at.
pub(super) struct Scene<'a> {
    /// What was applied.
    pub(super) cluster: &'a Cluster,
    /// The API.
    pub(super) kube: Client,
    /// The namespace it is in.
    pub(super) namespace: String,
    /// What names depend on: the namespace, and what kustomize put around those of the spec.
    pub(super) around: Surroundings,
    /// The pod from which it is seen.
    pub(super) client: ClientPod,
    /// The server that leads.
    pub(super) primary: Member,
    /// The servers that follow.
    pub(super) standbys: Vec<Member>,
    /// How objects get there.
    pub(super) installer: Installer<'a>,
    /// What the checks come after, as the beginning of their names; empty at first.
    pub(super) phase: &'static str,
    /// Where to say how far things are.
    pub(super) progress: &'a Progress,
    /// What was checked; shared, so that it outlives an interruption.
    pub(super) rows: &'a Mutex<Vec<Row>>,
}

/// The primary's pod and the standbys' pods.
pub(super) fn member_pods(cluster: &Cluster) -> (String, Vec<String>) {
    let layout = topology::layout(cluster);
    let standbys = layout.standbys_by_spec();
    (layout.leader.by_spec, standbys)
}

/// The server that leads and those that follow, by the names that the spec gives them.
pub(super) async fn members(
    kube: &Client,
    cluster: &Cluster,
    namespace: &str,
) -> Result<(Member, Vec<Member>)> {
    let (leader, followers) = member_pods(cluster);
    placed(kube, namespace, leader, followers).await
}

/// The server that leads and those that follow, by their pods.
async fn placed(
    kube: &Client,
    namespace: &str,
    leader: String,
    followers: Vec<String>,
) -> Result<(Member, Vec<Member>)> {
    let mut standbys = Vec::new();
    for pod in followers {
        standbys.push(member(kube, namespace, pod).await?);
    }
    Ok((member(kube, namespace, leader).await?, standbys))
}

/// A member's pod and address.
pub(super) async fn member(kube: &Client, namespace: &str, pod: String) -> Result<Member> {
    let pods: Api<Pod> = Api::namespaced(kube.clone(), namespace);
    let found = pods.get(&pod).await.with_context(|| format!("pod {pod}"))?;
    let address = found
        .status
        .and_then(|status| status.pod_ip)
        .with_context(|| format!("pod {pod} has no address"))?;
    Ok(Member { pod, address })
}

impl Scene<'_> {
    /// The member's own DNS name.
    pub(super) fn host(&self, member: &Member) -> String {
        let service = self.around.renamed(&self.cluster.members_service());
        format!("{}.{service}", member.pod)
    }

    /// Where its members run.
    pub(super) fn runtime(&self) -> Runtime {
        in_namespace(&self.kube, &self.namespace)
    }

    /// The Service for writing, by the name that the spec gives it.
    pub(super) fn write_service(&self) -> String {
        topology::layout(self.cluster).services.write
    }

    /// The Service for reading, by the name that the spec gives it.
    pub(super) fn read_service(&self) -> String {
        topology::layout(self.cluster).services.read
    }

    /// The names that the cluster's certificate has.
    pub(super) fn certificate_names(&self) -> Vec<String> {
        let services = topology::layout(self.cluster).services;
        certificate::server_names(self.cluster, &services, &self.around)
    }

    /// A session as the database's owner.
    pub(super) fn owner_at(&self, host: impl Into<String>) -> Target {
        let postgres = &self.cluster.spec.postgres;
        Target {
            host: host.into(),
            port: names::POSTGRES_PORT,
            user: postgres.owner.clone(),
            database: postgres.database.clone(),
            encryption: Encryption::Specified,
        }
    }

    /// A session as the superuser, at a member's own DNS name.
    pub(super) fn superuser_at(&self, member: &Member) -> Target {
        Target {
            user: names::SUPERUSER.into(),
            ..self.owner_at(self.host(member))
        }
    }

    /// A statement as the superuser at a member's own DNS name.
    pub(super) async fn ask(&self, member: &Member, sql: &str) -> Result<String, Refusal> {
        self.client.psql(&self.superuser_at(member), &[sql]).await
    }

    /// Installs a cluster, this one or one that differs, and waits until it is ready; returns how many objects it has.
    pub(super) async fn apply(&self, cluster: &Cluster) -> Result<usize> {
        self.installer.install(cluster).await
    }

    /// Looks where the members are now: a pod that was replaced has another address.
    pub(super) async fn refresh(&mut self) -> Result<()> {
        for one in std::iter::once(&mut self.primary).chain(&mut self.standbys) {
            *one = member(&self.kube, &self.namespace, one.pod.clone()).await?;
        }
        Ok(())
    }

    /// Looks where the members are, of which another leads now.
    pub(super) async fn led_by(&mut self, leader: &str) -> Result<()> {
        let others = topology::layout(self.cluster).others_than(leader);
        (self.primary, self.standbys) =
            placed(&self.kube, &self.namespace, leader.to_owned(), others).await?;
        Ok(())
    }

    /// Makes one check and keeps its row. A check that has no answer has failed.
    pub(super) fn check<E: Display>(
        &self,
        name: impl Into<String>,
        expected: impl Into<String>,
        look: impl Future<Output = Result<Verdict, E>>,
    ) -> impl Future<Output = Outcome> {
        self.check_within(CHECK_WITHIN, name, expected, look)
    }

    /// Breaks something and judges the recovery; like [`Scene::check`], with more time.
    pub(super) fn fault<E: Display>(
        &self,
        name: impl Into<String>,
        expected: impl Into<String>,
        look: impl Future<Output = Result<Verdict, E>>,
    ) -> impl Future<Output = Outcome> {
        self.check_within(RECOVERY_WITHIN, name, expected, look)
    }

    fn check_within<E: Display>(
        &self,
        within: Duration,
        name: impl Into<String>,
        expected: impl Into<String>,
        look: impl Future<Output = Result<Verdict, E>>,
    ) -> impl Future<Output = Outcome> {
        // Looks hold whole API objects; on the heap they do not make every caller's future as large.
        let look = Box::pin(tokio::time::timeout(within, look));
        let name = format!("{}{}", self.phase, name.into());
        let expected = expected.into();
        let bounded = async move {
            match look.await {
                Ok(Ok(verdict)) => verdict,
                Ok(Err(error)) => Verdict::failed(format!("{error:#}")),
                Err(_) => Verdict::failed(format!("no answer after {} s", within.as_secs())),
            }
        };
        record(
            self.cluster.name(),
            name,
            expected,
            bounded,
            self.progress,
            self.rows,
        )
    }
}

/// Waits for a verdict and keeps its row.
pub(super) async fn record(
    scenario: &str,
    name: String,
    expected: String,
    look: impl Future<Output = Verdict>,
    progress: &Progress,
    rows: &Mutex<Vec<Row>>,
) -> Outcome {
    let started = Instant::now();
    let Verdict { outcome, seen } = look.await;
    let mark = match outcome {
        Outcome::Passed => "ok",
        Outcome::Failed => "FAILED",
        Outcome::Skipped => "skipped",
    };
    progress.say(&name, &format!("{mark}, {seen}"));
    let row = Row {
        scenario: scenario.into(),
        name,
        expected,
        seen,
        seconds: started.elapsed().as_secs_f64(),
        outcome,
    };
    rows.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(row);
    outcome
}

/// Looks until a look passes or the time is over; then says what was seen last. For SQL, which cannot be watched.
pub(super) async fn until<E, F>(within: Duration, mut look: impl FnMut() -> F) -> Result<Verdict, E>
where
    E: Display,
    F: Future<Output = Result<Verdict, E>>,
{
    let started = Instant::now();
    loop {
        let seen = look().await;
        if let Ok(Verdict {
            outcome: Outcome::Passed,
            ..
        }) = seen
        {
            return seen;
        }
        if started.elapsed() > within {
            let words = match seen {
                Ok(verdict) => verdict.seen,
                Err(error) => error.to_string(),
            };
            return Ok(Verdict::failed(format!(
                "after {} s: {words}",
                started.elapsed().as_secs()
            )));
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_look_that_never_passes_fails_with_what_was_seen_last() {
        let look = || async { Err::<Verdict, _>("nobody answers") };
        let seen = until(Duration::ZERO, look).await.expect("a verdict");
        assert_eq!(seen.outcome, Outcome::Failed);
        assert!(seen.seen.contains("nobody answers"), "{}", seen.seen);
    }
}
