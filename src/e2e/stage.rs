//! Where one cluster is looked at, and how a check becomes a row there. Knows nothing of what is checked.

use std::fmt::Display;
use std::future::Future;
use std::sync::Mutex;
use std::time::Instant;

use futures::future::LocalBoxFuture;

use super::gate::Gate;
use super::only::{Part, Planned};
use super::{Means, Options, locked};
use crate::apply::Progress;
use crate::cluster::Cluster;
use crate::fault::check::{Check, Kind, Outcome, Recorder, Row, Verdict, Wanted, answered};
use crate::fault::client::ClientPod;
use crate::fault::install::Installer;
use crate::fault::scene::{Member, Scene};
use crate::fault::site::Site;
use crate::secrets::certificate::Surroundings;

/// Where one cluster is looked at.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    /// Name of the cluster.
    pub(super) name: &'a str,
    /// Where it is.
    pub(super) site: Site<'a>,
    /// The namespace it is in.
    pub(super) namespace: &'a str,
    /// How to run.
    pub(super) options: &'a Options,
    /// How objects get there.
    pub(super) means: &'a Means,
    /// Where to say how far things are.
    pub(super) progress: &'a Progress,
    /// Which checks are made.
    pub(super) part: &'a Part,
    /// What checks of all clusters pass.
    pub(super) gate: &'a Gate,
    /// What was checked; shared, so that it outlives an interruption.
    pub(super) rows: &'a Mutex<Vec<Row>>,
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

impl Recorder for Stage<'_> {
    fn record<'a>(
        &'a self,
        phase: &'static str,
        check: Check,
        look: LocalBoxFuture<'a, Verdict>,
    ) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(self.made(phase, check, look))
    }

    fn is_rehearsal(&self) -> bool {
        matches!(self.part, Part::Rehearsal(_))
    }
}

impl Stage<'_> {
    /// Makes a check and keeps its row; one that has no answer has failed. One that is not asked for is not made, leaves no
    /// row, and is no reason for others not to be made.
    pub(super) fn make<'b, E: Display + 'b>(
        &'b self,
        phase: &'static str,
        check: Check,
        look: impl Future<Output = Result<Verdict, E>> + 'b,
    ) -> LocalBoxFuture<'b, Outcome> {
        self.record(phase, check, answered(look))
    }

    /// What was applied here, as checks see it.
    pub(super) fn scene<'b>(&'b self, applied: Applied<'b>) -> Scene<'b> {
        let (primary, standbys) = applied.members;
        Scene {
            cluster: applied.cluster,
            site: self.site,
            namespace: self.namespace.into(),
            around: applied.around,
            client: applied.client,
            primary,
            standbys,
            limits: self.options.limits,
            installer: applied.installer,
            phase: "",
            progress: self.progress,
            recorder: self,
        }
    }

    async fn made(
        &self,
        phase: &'static str,
        check: Check,
        look: LocalBoxFuture<'_, Verdict>,
    ) -> Outcome {
        let name = format!("{phase}{}", check.name);
        match self.part {
            Part::Whole => {}
            Part::Chosen(names) if names.contains(&name) || check.wanted == Wanted::Always => {}
            Part::Chosen(_) => return Outcome::Passed,
            Part::Rehearsal(planned) => {
                locked(planned).push(Planned {
                    name: check.name,
                    phase,
                    kind: check.kind,
                    wanted: check.wanted,
                });
                return Outcome::Passed;
            }
        }
        let timed = async {
            let started = Instant::now();
            let verdict = self.bounded(check.kind, look).await;
            (verdict, started.elapsed().as_secs_f64())
        };
        let passed = self.gate.pass(check.company, timed).await;
        let (verdict, seconds) = passed.unwrap_or_else(|error| {
            let problem = format!("no lock to keep others away: {error}");
            (Verdict::failed(problem), 0.0)
        });
        self.keep(name, check.expected, verdict, seconds)
    }

    async fn bounded(&self, kind: Kind, look: LocalBoxFuture<'_, Verdict>) -> Verdict {
        let within = match kind {
            Kind::SetUp => return look.await,
            Kind::Look => self.options.limits.check,
            Kind::Fault => self.options.limits.recovery,
        };
        match tokio::time::timeout(within, look).await {
            Ok(verdict) => verdict,
            Err(_) => Verdict::failed(format!("no answer after {} s", within.as_secs())),
        }
    }

    fn keep(&self, name: String, expected: String, verdict: Verdict, seconds: f64) -> Outcome {
        let Verdict { outcome, seen } = verdict;
        let mark = match outcome {
            Outcome::Passed => "ok",
            Outcome::Failed => "FAILED",
            Outcome::Skipped => "skipped",
        };
        self.progress.say(&name, &format!("{mark}, {seen}"));
        locked(self.rows).push(Row {
            scenario: self.name.into(),
            name,
            expected,
            seen,
            seconds,
            outcome,
        });
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::{BTreeMap, BTreeSet};
    use std::num::NonZeroUsize;

    use super::*;
    use crate::apply::{self, Route};
    use crate::e2e::drill::Drill;
    use crate::e2e::gate::gate;
    use crate::e2e::{Afterwards, Extent, Install, Limits, Means, On, gathered};
    use crate::fault::check::{look, set_up};
    use crate::kind;

    fn options() -> Options {
        Options {
            on: On::Kubernetes,
            route: Route::default(),
            node_image: None,
            afterwards: Afterwards::CleanUp,
            means: Means::Apply,
            extent: Extent::Checks,
            report: None,
            limits: Limits::new(300, 1.0),
            only: None,
            jobs: NonZeroUsize::MIN,
            install: Install::Nothing,
            drill: Drill::default(),
            shape: kind::ONE_NODE,
            differences: BTreeMap::new(),
        }
    }

    /// Makes checks of two clusters, those of the second first; the rows of the report, and how many looked.
    async fn made(part: Part) -> (Vec<String>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let (gate, options) = (gate(folder.path(), "kind-test"), options());
        let (connection, progress) = (apply::nowhere().unwrap(), Progress::on_stderr());
        let rows = [Mutex::default(), Mutex::default()];
        let looked = Cell::new(0);
        for (name, rows) in [("second", &rows[1]), ("first", &rows[0])] {
            let stage = Stage {
                name,
                site: Site::Kubernetes(&connection),
                namespace: name,
                options: &options,
                means: &options.means,
                progress: &progress,
                part: &part,
                gate: &gate,
                rows,
            };
            let seen = || async {
                looked.set(looked.get() + 1);
                Ok::<_, String>(Verdict::passed("seen"))
            };
            stage.make("", set_up("apply", "ready"), seen()).await;
            stage.make("", look("rows", "there"), seen()).await;
            let outcome = stage.make("later: ", look("rows", "there"), seen()).await;
            assert_eq!(outcome, Outcome::Passed);
        }
        let rows = gathered(&rows).into_iter();
        let names = rows.map(|row| format!("{} {}", row.scenario, row.name));
        (names.collect(), looked.get())
    }

    #[tokio::test]
    async fn rows_are_in_the_order_of_the_clusters() {
        let (names, looked) = made(Part::Whole).await;
        let checks = ["apply", "rows", "later: rows"];
        let each = ["first", "second"].map(|name| checks.map(|check| format!("{name} {check}")));
        assert_eq!(names, each.concat());
        assert_eq!(looked, 6);
    }

    #[tokio::test]
    async fn what_is_not_asked_for_is_not_looked_at_and_leaves_no_row() {
        let chosen = BTreeSet::from(["later: rows".to_owned()]);
        let (names, looked) = made(Part::Chosen(chosen)).await;
        assert_eq!(names[..2], ["first apply", "first later: rows"]);
        assert_eq!((names.len(), looked), (4, 4));
        let (names, looked) = made(Part::Rehearsal(Mutex::default())).await;
        assert_eq!((names.len(), looked), (0, 0));
    }
}
