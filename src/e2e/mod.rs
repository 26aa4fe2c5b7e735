//! Shows on a Kubernetes cluster that what specs promise holds: applies each in a namespace of its own, checks, reports.
//!
//! Leaves nothing behind: every namespace, and a kind cluster that it made, is deleted at the end, whatever ended it.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

use crate::apply::{Progress, Route};
use crate::cluster::Cluster;
pub use crate::fault::install::Means;
pub use crate::fault::limits::Limits;
use crate::kind;
pub use crate::runtime::processes::Install;
use crate::signals::{Signals, signals};

mod checks;
mod choice;
pub mod drill;
mod dump;
mod faults;
mod found;
mod gate;
mod ground;
mod images;
mod instead;
mod kustomize;
mod namespace;
mod only;
mod release;
pub mod report;
mod scenario;
mod schedule;
mod secrets;
mod stage;
mod stay;
mod upgrade;

pub use choice::without_kind;
use drill::Drill;
use ground::Ground;
pub use instead::{Differences, of_version};
use report::{Report, Row};
use scenario::Scenario;
pub use stay::{Source, Stay};

/// Whether what was made stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Afterwards {
    /// Namespaces, and the kind cluster if this run made it, are deleted.
    #[default]
    CleanUp,
    /// Namespaces are deleted; the kind cluster stays, for the runs that come.
    KeepCluster,
    /// Everything stays as it is; processes for as long as somebody keeps them.
    Keep,
}

/// How much is done with each spec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// What needs no harm: rows, Services, applying again.
    #[default]
    Checks,
    /// Then the faults too. The last one loses the primary's data for good. Behind all specs, a cluster that kustomize renames.
    Faults,
    /// Nothing but what a drill has happen.
    Events,
}

/// Where clusters are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// In a Kubernetes cluster.
    Kubernetes,
    /// As processes of this machine.
    Processes,
}

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where clusters are made.
    pub on: On,
    /// Which cluster; without a context, the kind cluster `pgherd`, made where there is none.
    pub route: Route,
    /// Image of the kind cluster's nodes; by default the newest on this machine, else kind's own choice.
    pub node_image: Option<String>,
    /// Whether what was made stays.
    pub afterwards: Afterwards,
    /// How objects get into the cluster.
    pub means: Means,
    /// How much is done.
    pub extent: Extent,
    /// Folder for the report's files and for what is gathered on failure.
    pub report: Option<PathBuf>,
    /// How long everything may take.
    pub limits: Limits,
    /// Text that the name of a check has to have to be made, with what it needs; without it, all are made.
    pub only: Option<String>,
    /// How many clusters are looked at side by side.
    pub jobs: NonZeroUsize,
    /// What may be installed on a machine without PostgreSQL.
    pub install: Install,
    /// What happens, with [`Extent::Events`].
    pub drill: Drill,
    /// Which kind cluster is used where none is named.
    pub shape: kind::Shape,
    /// What is not as the specs say.
    pub differences: Differences,
}

/// What came out of a run.
pub struct Run {
    /// Every check that was made.
    pub report: Report,
    /// What ended the run early, if anything did.
    pub end: Option<Early>,
    /// The clusters of processes that stay; none where there are none.
    pub stay: Option<Stay>,
}

/// Why a run ended before its last check.
#[derive(Debug)]
pub enum Early {
    /// A signal asked for it.
    Interrupted,
    /// The environment is not fit for it.
    Unfit(anyhow::Error),
}

/// Which clusters are looked at, and which checks of each are made.
#[derive(Debug)]
pub struct Plan(Vec<Scenario>);

/// Chooses what is made.
///
/// # Errors
/// When no check has a name with the text that is asked for; the error has the names that there are.
pub async fn plan(clusters: &[Cluster], options: &Options) -> Result<Plan> {
    Ok(Plan(scenario::chosen(clusters, options).await?))
}

impl Plan {
    /// The same clusters so many times, one round after the other, each followed by one whose objects are of another origin, where
    /// there is one.
    #[must_use]
    pub fn rounds(self, count: u8, beside: Option<&(Cluster, Means)>) -> Plan {
        let each = |_| {
            let own = self.0.iter().map(|one| (one.cluster(), one.means()));
            let all = own.chain(beside.map(|(cluster, means)| (cluster, means)));
            all.map(|(cluster, means)| scenario::of(cluster, means))
                .collect::<Vec<_>>()
        };
        Plan((0..count).flat_map(each).collect())
    }
}

/// Runs a plan, with as many clusters side by side as asked for. Whatever happens, what it made is deleted before it
/// returns.
///
/// # Errors
/// When the report cannot be written, or what was made cannot be deleted.
pub async fn run(plan: &Plan, options: &Options, progress: &Progress) -> Result<Run> {
    let rows: Vec<Mutex<Vec<Row>>> = plan.0.iter().map(|_| Mutex::default()).collect();
    let mut ground = Ground::new(&options.limits);
    let mut signals = signals();
    let end = tokio::select! {
        biased;
        () = signals.any() => Some(Early::Interrupted),
        done = scenario::all(&plan.0, options, progress, &mut ground, &rows) => done.err().map(Early::Unfit),
    };
    if matches!(end, Some(Early::Interrupted)) {
        progress.say("interrupted", "cleaning up");
    }
    let housed = match (options.afterwards, &end) {
        (Afterwards::Keep, None) => ground.take_housed(),
        _ => Vec::new(),
    };
    let cleaned = match options.afterwards {
        Afterwards::CleanUp => ground.clean(progress).await,
        Afterwards::KeepCluster => ground.keep_cluster(progress).await,
        Afterwards::Keep => ground.keep(progress).await,
    };
    let rows = gathered(&rows);
    let cut_off = end.as_ref().map(|early| match early {
        Early::Interrupted => "interrupted".to_owned(),
        Early::Unfit(error) => format!("{error:#}")
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
    });
    let differences = options.differences.clone();
    let report = Report {
        rows,
        cut_off,
        differences,
    };
    if let Some(folder) = &options.report {
        write(folder, "report.json", &report.json())?;
        write(folder, "junit.xml", &report.junit())?;
    }
    cleaned?;
    let stay = (!housed.is_empty()).then(|| stay::stay(housed, signals));
    Ok(Run { report, end, stay })
}

/// The rows of all clusters in the order of the clusters, whoever was done first.
fn gathered(rows: &[Mutex<Vec<Row>>]) -> Vec<Row> {
    let each = rows.iter().map(|rows| std::mem::take(&mut *locked(rows)));
    each.flatten().collect()
}

/// What a lock holds, also where its holder has panicked: rows and lists are whole at any time.
fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a file of the report.
fn write(folder: &std::path::Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)
        .with_context(|| format!("{}: cannot be made", parent.display()))?;
    std::fs::write(&path, text).with_context(|| format!("{}: cannot be written", path.display()))
}
