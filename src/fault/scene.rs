//! A cluster that was applied, as the checks see it: its members, its client pod, and what it is looked at with.

use std::fmt::Display;
use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::LocalBoxFuture;

use super::check::{self, Check, Outcome, Recorder, Verdict, answered, unless};
use super::client::{ClientPod, Encryption, Refusal, Target};
use super::install::Installer;
use super::leading::{self, Place};
use super::limits::Limits;
use super::site::Site;
use crate::apply::Progress;
use crate::cluster::{Cluster, Promises};
use crate::k8s::Object;
use crate::names;
use crate::pause::BETWEEN_LOOKS;
use crate::rotate::Rotation;
use crate::runtime::{Output, Runtime};
use crate::secrets::certificate::{self, Surroundings};
use crate::topology;

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// A server and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its pod.
    pub(crate) pod: String,
    /// Its pod's address, as the API shows it.
    pub(crate) address: String,
}

/// What checks look at.
pub(crate) struct Scene<'a> {
    /// What was applied.
    pub(crate) cluster: &'a Cluster,
    /// Where it is.
    pub(crate) site: Site<'a>,
    /// The namespace it is in.
    pub(crate) namespace: String,
    /// What names depend on: the namespace, and what kustomize put around those of the spec.
    pub(crate) around: Surroundings,
    /// The pod from which it is seen.
    pub(crate) client: ClientPod,
    /// The server that leads.
    pub(crate) primary: Member,
    /// The servers that follow.
    pub(crate) standbys: Vec<Member>,
    /// How long everything may take.
    pub(crate) limits: Limits,
    /// How objects get there.
    pub(crate) installer: Installer<'a>,
    /// What the checks come after, as the beginning of their names; empty at first.
    pub(crate) phase: &'static str,
    /// Where to say how far things are.
    pub(crate) progress: &'a Progress,
    /// Who makes the checks.
    pub(crate) recorder: &'a dyn Recorder,
}

/// The members by the names that the spec gives them, where nobody is asked.
pub(crate) fn expected_members(cluster: &Cluster) -> (Member, Vec<Member>) {
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
    pub(crate) fn host(&self, member: &Member) -> String {
        let service = self.around.renamed(&self.cluster.members_service());
        format!("{}.{service}", member.pod)
    }

    /// Where its members run.
    pub(crate) fn runtime(&self) -> Runtime {
        self.site.runtime(&self.namespace)
    }

    /// The number of the user whose the servers are.
    pub(crate) fn user(&self) -> i64 {
        match self.site {
            Site::Kubernetes(_) => self.cluster.spec.security.run_as_user,
            Site::Processes(place) => place.user(),
        }
    }

    /// What `pgherd rotate` is done on, there.
    pub(crate) fn rotation<'b>(&'b self, runtime: &'b Runtime) -> Rotation<'b> {
        Rotation {
            runtime,
            cluster: self.cluster,
            namespace: &self.namespace,
            progress: self.progress,
            within: self.limits.rotated,
        }
    }

    /// The Service for writing, by the name that the spec gives it.
    pub(crate) fn write_service(&self) -> String {
        topology::layout(self.cluster).services.write
    }

    /// The Service for reading, by the name that the spec gives it.
    pub(crate) fn read_service(&self) -> String {
        topology::layout(self.cluster).services.read
    }

    /// What its topology says that members do when something breaks.
    pub(crate) fn promises(&self) -> Promises {
        topology::promises(self.cluster)
    }

    /// Whether Jobs copy the primary's data for the standbys.
    pub(crate) fn has_jobs(&self) -> bool {
        let mut objects = topology::objects(self.cluster, None).into_iter();
        objects.any(|manifest| matches!(manifest.object, Object::Job(_)))
    }

    /// The names that the cluster's certificate has.
    pub(crate) fn certificate_names(&self) -> Vec<String> {
        let services = topology::layout(self.cluster).services;
        certificate::server_names(self.cluster, &services, &self.around)
    }

    /// A session as the database's owner.
    pub(crate) fn owner_at(&self, host: impl Into<String>) -> Target {
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
    pub(crate) fn superuser_at(&self, member: &Member) -> Target {
        Target {
            user: names::SUPERUSER.into(),
            ..self.owner_at(self.host(member))
        }
    }

    /// A statement as the superuser at a member's own DNS name.
    pub(crate) async fn ask(&self, member: &Member, sql: &str) -> Result<String, Refusal> {
        self.client.psql(&self.superuser_at(member), &[sql]).await
    }

    /// Runs a command in a container of a pod.
    pub(crate) async fn run_in(
        &self,
        pod: &str,
        container: &str,
        command: &[&str],
    ) -> Result<Output> {
        let within = self.limits.command;
        self.runtime()
            .run_in(pod, container, command, "", within)
            .await
    }

    /// Installs a cluster, this one or one that differs, and waits until it is ready; returns how many objects it has.
    pub(crate) async fn apply(&self, cluster: &Cluster) -> Result<usize> {
        self.installer.install(cluster).await
    }

    /// Asks who leads now and where the members are: a pod that was replaced has another address.
    pub(crate) async fn refresh(&mut self) -> Result<()> {
        if self.recorder.is_rehearsal() {
            return Ok(());
        }
        let place = Place {
            runtime: &self.runtime(),
            cluster: self.cluster,
            client: &self.client,
        };
        let pods = topology::layout(self.cluster).pods();
        (self.primary, self.standbys) = leading::members(&place, &pods, &self.limits).await?;
        Ok(())
    }

    /// Makes one check and keeps its row. A check that has no answer has failed.
    pub(crate) fn check<'b, E: Display + 'b>(
        &'b self,
        name: impl Into<String>,
        expected: impl Into<String>,
        look: impl Future<Output = Result<Verdict, E>> + 'b,
    ) -> LocalBoxFuture<'b, Outcome> {
        self.make(check::look(name, expected), look)
    }

    /// Makes a check of what only Kubernetes has; elsewhere its row says so.
    pub(crate) fn check_in_kubernetes<'b, E: Display + 'b>(
        &'b self,
        name: impl Into<String>,
        expected: impl Into<String>,
        look: impl Future<Output = Result<Verdict, E>> + 'b,
    ) -> impl Future<Output = Outcome> + 'b {
        let reason = self.site.without_kubernetes();
        self.make_unless(reason, check::look(name, expected), look)
    }

    /// Breaks something and judges the recovery; like [`Scene::check`], with more time.
    pub(crate) fn fault<'b, E: Display + 'b>(
        &'b self,
        name: impl Into<String>,
        expected: impl Into<String>,
        look: impl Future<Output = Result<Verdict, E>> + 'b,
    ) -> LocalBoxFuture<'b, Outcome> {
        self.make(check::fault(name, expected), look)
    }

    /// Makes a check that says more of itself than its name.
    pub(crate) fn make<'b, E: Display + 'b>(
        &'b self,
        check: Check,
        look: impl Future<Output = Result<Verdict, E>> + 'b,
    ) -> LocalBoxFuture<'b, Outcome> {
        self.recorder.record(self.phase, check, answered(look))
    }

    /// Makes a check unless there is a reason not to, which its row says then.
    pub(crate) fn make_unless<'b, E: Display + 'b>(
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
        self.make(unless(reason, check), look)
    }

    /// Says why something is not tried.
    pub(crate) async fn skip(&self, check: Check, why: &str) -> Outcome {
        let skipped = async { Ok::<_, anyhow::Error>(Verdict::skipped(why)) };
        self.make(check, skipped).await
    }
}

/// Looks until a look passes or the time is over; then says what was seen last. For SQL, which cannot be watched.
pub(crate) async fn until<E, F>(within: Duration, mut look: impl FnMut() -> F) -> Result<Verdict, E>
where
    E: Display,
    F: Future<Output = Result<Verdict, E>>,
{
    // Behind a pointer, so that this loop and what it holds are compiled once and not for every look.
    looked(within, &mut move || Box::pin(look())).await
}

async fn looked<'a, E: Display>(
    within: Duration,
    look: &mut (dyn FnMut() -> LocalBoxFuture<'a, Result<Verdict, E>> + 'a),
) -> Result<Verdict, E> {
    let started = Instant::now();
    loop {
        let began = Instant::now();
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
        // As long as the look took: one that is a program in a pod would keep what it waits for from its work. Not longer
        // than it takes to notice: some looks wait themselves.
        let pause = began.elapsed().clamp(BETWEEN_LOOKS, LONGEST_PAUSE);
        tokio::time::sleep(pause).await;
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
