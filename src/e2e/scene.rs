//! A cluster that was applied, as the checks see it: its members, its client pod, and what it is looked at with.

use std::fmt::Display;
use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::LocalBoxFuture;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client};

use super::client::{ClientPod, Encryption, Refusal, Target};
use super::install::Installer;
use super::leading::{self, Place};
use super::limits::Limits;
use super::report::{Outcome, Verdict};
use super::stage::{self, Check, Stage};
use crate::apply::Progress;
use crate::cluster::Cluster;
use crate::k8s::Object;
use crate::names;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::kubernetes::exec;
use crate::runtime::{Output, Runtime, in_namespace};
use crate::secrets::certificate::{self, Surroundings};
use crate::topology;

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
    /// How long everything may take.
    pub(super) limits: Limits,
    /// How objects get there.
    pub(super) installer: Installer<'a>,
    /// What the checks come after, as the beginning of their names; empty at first.
    pub(super) phase: &'static str,
    /// Where to say how far things are.
    pub(super) progress: &'a Progress,
    /// Where it is looked at.
    pub(super) stage: Stage<'a>,
}

/// What was applied, and how it is reached.
pub(super) struct Applied<'a> {
    /// The cluster.
    pub(super) cluster: &'a Cluster,
    /// What names depend on.
    pub(super) around: Surroundings,
    /// The pod from which it is seen.
    pub(super) client: ClientPod,
    /// The server that leads, and those that follow.
    pub(super) members: (Member, Vec<Member>),
    /// How objects get there.
    pub(super) installer: Installer<'a>,
}

/// What was applied, as the checks see it.
pub(super) fn scene<'a>(stage: Stage<'a>, applied: Applied<'a>) -> Scene<'a> {
    let (primary, standbys) = applied.members;
    Scene {
        cluster: applied.cluster,
        kube: stage.connection.client.clone(),
        namespace: stage.namespace.into(),
        around: applied.around,
        client: applied.client,
        primary,
        standbys,
        limits: stage.options.limits,
        installer: applied.installer,
        phase: "",
        progress: stage.progress,
        stage,
    }
}

/// The members by the names that the spec gives them, where nobody is asked.
pub(super) fn expected_members(cluster: &Cluster) -> (Member, Vec<Member>) {
    let layout = topology::layout(cluster);
    let followers = layout.standbys_by_spec();
    let expected = |pod: String| Member {
        pod,
        address: String::new(),
    };
    (
        expected(layout.leader.by_spec),
        followers.into_iter().map(expected).collect(),
    )
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

    /// Whether Jobs copy the primary's data for the standbys.
    pub(super) fn has_jobs(&self) -> bool {
        let mut objects = topology::objects(self.cluster, None).into_iter();
        objects.any(|manifest| matches!(manifest.object, Object::Job(_)))
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

    /// Runs a command in a container of a pod.
    pub(super) async fn run_in(
        &self,
        pod: &str,
        container: &str,
        command: &[&str],
    ) -> Result<Output> {
        let pods: Api<Pod> = Api::namespaced(self.kube.clone(), &self.namespace);
        exec::run_in(&pods, pod, container, command, self.limits.command).await
    }

    /// Installs a cluster, this one or one that differs, and waits until it is ready; returns how many objects it has.
    pub(super) async fn apply(&self, cluster: &Cluster) -> Result<usize> {
        self.installer.install(cluster).await
    }

    /// Asks who leads now and where the members are: a pod that was replaced has another address.
    pub(super) async fn refresh(&mut self) -> Result<()> {
        if self.stage.is_rehearsal() {
            return Ok(());
        }
        let place = Place {
            kube: &self.kube,
            namespace: &self.namespace,
            cluster: self.cluster,
            client: &self.client,
        };
        let pods = topology::layout(self.cluster).pods();
        (self.primary, self.standbys) = leading::members(&place, &pods, &self.limits).await?;
        Ok(())
    }

    /// Makes one check and keeps its row. A check that has no answer has failed.
    pub(super) fn check<'b, E: Display + 'b>(
        &'b self,
        name: impl Into<String>,
        expected: impl Into<String>,
        look: impl Future<Output = Result<Verdict, E>> + 'b,
    ) -> LocalBoxFuture<'b, Outcome> {
        self.make(stage::look(name, expected), look)
    }

    /// Breaks something and judges the recovery; like [`Scene::check`], with more time.
    pub(super) fn fault<'b, E: Display + 'b>(
        &'b self,
        name: impl Into<String>,
        expected: impl Into<String>,
        look: impl Future<Output = Result<Verdict, E>> + 'b,
    ) -> LocalBoxFuture<'b, Outcome> {
        self.make(stage::fault(name, expected), look)
    }

    /// Makes a check that says more of itself than its name.
    pub(super) fn make<'b, E: Display + 'b>(
        &'b self,
        check: Check,
        look: impl Future<Output = Result<Verdict, E>> + 'b,
    ) -> LocalBoxFuture<'b, Outcome> {
        self.stage.make(self.phase, check, look)
    }

    /// Makes a check unless there is a reason not to, which its row says then.
    pub(super) fn make_unless<'b, E: Display + 'b>(
        &'b self,
        reason: Option<&'static str>,
        check: Check,
        look: impl Future<Output = Result<Verdict, E>> + 'b,
    ) -> impl Future<Output = Outcome> + 'b {
        let look = async move {
            match reason {
                Some(why) => Ok(Verdict::skipped(why)),
                None => look.await,
            }
        };
        self.make(check, look)
    }

    /// Says why something is not tried.
    pub(super) async fn skip(&self, check: Check, why: &str) -> Outcome {
        let skipped = async { Ok::<_, anyhow::Error>(Verdict::skipped(why)) };
        self.make(check, skipped).await
    }
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
