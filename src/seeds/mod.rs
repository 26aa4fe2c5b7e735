//! Random faults: from a seed a sequence of acts, done to a cluster of processes while clients write to it and read from it.
//! What they were acknowledged has to be there afterwards, in every member, and never may two servers have taken writes.
//!
//! `plan` chooses the acts, `play` does them, `history` judges. A cluster is formed once for each spec; every sequence begins
//! with a copy of it, in a folder of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::apply::Progress;
use crate::cluster::Cluster;
use crate::signals::signals;

mod act;
mod clients;
mod copies;
mod dice;
mod formed;
mod heal;
mod history;
mod leaks;
mod moves;
mod one;
mod perform;
mod plan;
mod planted;
mod play;
mod promise;
mod report;
mod results;
mod shorten;
mod stage;
mod trace;

use formed::Formed;
use one::{Kepts, Sequence};
pub use planted::{Planted, read as read_planted};
pub use play::Done;
pub use report::table;
pub(crate) use results::build;
pub use results::{Outcome, Verdict, read};
pub use trace::{Trace, read as read_trace};

/// What is played.
#[derive(Clone, Debug)]
pub enum Choice {
    /// These seeds.
    Seeds(Vec<u64>),
    /// The steps of traces, by their names.
    Replay(Vec<(String, Trace)>),
    /// Traces that are broken, by their names, and what is shorter and broken, too.
    Shorten(Vec<(String, Trace)>),
}

/// How it is played.
#[derive(Clone, Debug)]
pub struct Options {
    /// What.
    pub choice: Choice,
    /// How many sequences are played side by side.
    pub jobs: usize,
    /// The file of results, which is read and extended.
    pub results: Option<PathBuf>,
    /// A fault that is in every member's scripts; then the first sequence that is broken ends it all.
    pub planted: Option<Planted>,
    /// Folder for traces.
    pub traces: PathBuf,
    /// Of which sequences traces are kept.
    pub traced: Traced,
}

/// Of which sequences traces are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traced {
    /// None.
    None,
    /// Those that did not hold.
    Broken,
    /// Every one.
    All,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Run {
    /// What was played now, in the order in which it ended.
    pub outcomes: Vec<Outcome>,
    /// What the file of results has already of what was asked for.
    pub known: Vec<Outcome>,
    /// Whether the user ended it.
    pub is_interrupted: bool,
}

/// Plays sequences on each cluster.
///
/// # Errors
/// When a cluster does not form, or a result cannot be written.
pub async fn run(clusters: &[Cluster], options: &Options, progress: &Progress) -> Result<Run> {
    let (mut run, kepts, mut signals) = (Run::default(), Kepts::default(), signals());
    let ended = tokio::select! {
        biased;
        () = signals.any() => None,
        done = every(clusters, options, progress, &kepts, &mut run) => Some(done),
    };
    run.is_interrupted = ended.is_none();
    kepts.end().await?;
    ended.transpose()?;
    Ok(run)
}

async fn every(
    clusters: &[Cluster],
    options: &Options,
    progress: &Progress,
    kepts: &Kepts,
    run: &mut Run,
) -> Result<()> {
    if let Some(file) = &options.results {
        results::require_writable(file).context("the file of results")?;
    }
    let known = options.results.as_deref().map(read).transpose()?;
    let known = known.unwrap_or_default();
    for cluster in clusters {
        let build = build(cluster);
        let held = |one: &&Outcome| one.build == build && one.verdict == Verdict::Held;
        let known: BTreeMap<u64, &Outcome> = (known.iter().filter(held))
            .filter_map(|one| Some((one.seed?, one)))
            .collect();
        let sequences = sequences(&options.choice, cluster, &known, run);
        if sequences.is_empty() {
            continue;
        }
        let formed = formed::form(cluster, progress, kepts).await?;
        if let Some(planted) = &options.planted {
            planted.plant(formed.folder.path())?;
        }
        if let Choice::Shorten(_) = options.choice {
            for Sequence { replay, steps, .. } in &sequences {
                let name = replay.as_deref().unwrap_or_default();
                let shorter = shorten::shorten(&formed, name, steps, options, kepts, progress);
                run.outcomes.push(shorter.await?);
            }
            continue;
        }
        played(&formed, sequences, options, progress, kepts, run).await?;
        if is_found(options, run) {
            break;
        }
    }
    Ok(())
}

fn sequences(
    choice: &Choice,
    cluster: &Cluster,
    known: &BTreeMap<u64, &Outcome>,
    run: &mut Run,
) -> Vec<Sequence> {
    match choice {
        Choice::Replay(traces) | Choice::Shorten(traces) => {
            let each = traces.iter().map(|(name, trace)| Sequence {
                seed: None,
                replay: Some(name.clone()),
                steps: trace.steps.clone(),
            });
            each.collect()
        }
        Choice::Seeds(seeds) => {
            let durability = cluster.spec.durability;
            let mut left = Vec::new();
            for &seed in seeds {
                match known.get(&seed) {
                    Some(outcome) => run.known.push((*outcome).clone()),
                    None => left.push(Sequence {
                        seed: Some(seed),
                        replay: None,
                        steps: plan::steps(seed, durability),
                    }),
                }
            }
            left
        }
    }
}

async fn played(
    formed: &Formed,
    sequences: Vec<Sequence>,
    options: &Options,
    progress: &Progress,
    kepts: &Kepts,
    run: &mut Run,
) -> Result<()> {
    use futures::StreamExt as _;
    let each = sequences.into_iter().map(|sequence| async move {
        Box::pin(one::played(formed, &sequence, options, kepts)).await
    });
    let mut each = std::pin::pin!(futures::stream::iter(each).buffer_unordered(options.jobs));
    while let Some(outcome) = each.next().await {
        let outcome = outcome?;
        say(&outcome, progress, &options.traces);
        if let (Some(file), Some(_)) = (&options.results, outcome.seed) {
            results::add(file, &outcome).context("the file of results")?;
        }
        run.outcomes.push(outcome);
        if is_found(options, run) {
            break;
        }
    }
    Ok(())
}

/// Whether a planted fault was found by the last sequence.
fn is_found(options: &Options, run: &Run) -> bool {
    let last = run.outcomes.last();
    options.planted.is_some() && last.is_some_and(|last| last.verdict == Verdict::Broken)
}

/// Tells how a sequence ended.
fn say(outcome: &Outcome, progress: &Progress, traces: &Path) {
    let took = outcome.acts.iter().filter(|act| act.took).count();
    let verdict = match outcome.verdict {
        Verdict::Held => "held".to_owned(),
        Verdict::Broken => format!("BROKEN: {}", outcome.why.join("; ")),
        Verdict::Unknown => format!("nothing shown: {}", outcome.why.join("; ")),
    };
    let trace = match outcome.verdict {
        Verdict::Held => String::new(),
        _ => format!("; its trace is in {}", traces.display()),
    };
    progress.say(
        &report::name(outcome),
        &format!(
            "{verdict}; {took} of {} acts, {} rows, {:.1} s{trace}",
            outcome.acts.len(),
            outcome.acknowledged,
            outcome.seconds
        ),
    );
}
