//! Shorter sequences that are broken as a longer one is. Acts come at slightly other moments each time: a sequence counts as
//! broken only where it is in two runs of five.

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _};

use super::act::Step;
use super::formed::Formed;
use super::history::History;
use super::one::{Kepts, Sequence};
use super::results::{Outcome, Verdict};
use super::{Options, Traced, one, trace};
use crate::apply::Progress;

/// In how many runs of how many it has to be broken.
const BROKEN: usize = 2;
const RUNS: usize = 5;

/// Leaves out one act after the other, for as long as what is left is broken, and writes what is left as the trace NAME-shorter.
///
/// # Errors
/// When the sequence itself is not broken often enough, a place cannot be made, or the trace cannot be written.
pub(super) async fn shorten(
    formed: &Formed,
    name: &str,
    steps: &[Step],
    options: &Options,
    kepts: &Kepts,
    progress: &Progress,
) -> Result<Outcome> {
    let line = progress.line(name);
    let mut left = Sequence {
        seed: None,
        replay: Some(format!("{name}-shorter")),
        steps: steps.to_vec(),
    };
    line.update(&format!("{} acts, {RUNS} runs", left.steps.len()));
    let first = broken(formed, &left, options, kepts).await?;
    let mut outcome = first.with_context(|| {
        format!(
            "{name} is broken in less than {BROKEN} runs of {RUNS}: nothing shorter would count"
        )
    })?;
    // From the last on: what comes after the fault goes first.
    for number in (0..steps.len()).rev() {
        let mut without = left.steps.clone();
        without.remove(number);
        let count = without.len();
        line.update(&format!("{count} acts, without act {}", number + 1));
        let shorter = Sequence {
            seed: None,
            replay: left.replay.clone(),
            steps: without,
        };
        if let Some(seen) = broken(formed, &shorter, options, kepts).await? {
            (left, outcome) = (shorter, seen);
        }
    }
    let (traces, history) = (&options.traces, History::default());
    trace::write(traces, &outcome, &left, Vec::new(), &history, &[])?;
    line.finish(&format!(
        "broken with {} of {} acts; its trace is in {}",
        left.steps.len(),
        steps.len(),
        traces.display()
    ));
    Ok(outcome)
}

/// The outcome of a run that was broken, where enough of them are.
async fn broken(
    formed: &Formed,
    sequence: &Sequence,
    options: &Options,
    kepts: &Kepts,
) -> Result<Option<Outcome>> {
    let silent = Options {
        traced: Traced::None,
        ..options.clone()
    };
    let silent = &silent;
    let runs = (0..RUNS).map(|_| async move {
        let played = one::played(formed, sequence, silent, kepts);
        Box::pin(played).await
    });
    // All of them to their end: one that is dropped would leave its servers running.
    let runs = futures::stream::iter(runs).buffer_unordered(options.jobs);
    let outcomes: Vec<Outcome> = runs.try_collect().await?;
    let mut broken: Vec<Outcome> = (outcomes.into_iter())
        .filter(|outcome| outcome.verdict == Verdict::Broken)
        .collect();
    Ok((broken.len() >= BROKEN).then(|| broken.swap_remove(0)))
}
