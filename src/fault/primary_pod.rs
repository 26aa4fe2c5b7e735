//! The primary's pod is deleted while clients write: they write again soon, nothing that was acknowledged is lost, and
//! no standby is cloned again.

use std::time::Duration;

use anyhow::Result;

use super::check::{Outcome, Verdict};
use super::ledger::{self, Ledger};
use super::members::{made_anew, markers, ready_again};
use super::promise::{Next, next, without_writes};
use super::scene::{Scene, until};
use crate::topology;

/// Fewest acknowledged writes through each path, before and after, that say anything.
const FEWEST: usize = 20;

/// Deletes the pod and judges.
pub(crate) async fn deleted(scene: &Scene<'_>) -> Outcome {
    let expected = format!(
        "writes again within {} s by every path, no acknowledged row lost, no standby cloned again",
        longest(scene).as_secs()
    );
    scene
        .fault("delete the primary's pod", expected, look(scene))
        .await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    ledger::prepare(scene).await?;
    let before = markers(scene).await?;
    ledger::start(scene).await?;
    let broken = break_and_wait(scene).await;
    // However it went, nothing writes when the next thing breaks.
    let ledger = ledger::stop(scene).await?;
    let waited = broken?;
    if waited.outcome != Outcome::Passed {
        return Ok(waited);
    }
    let mut problems = ledger.too_long(&ledger::paths(scene), longest(scene));
    problems.extend(wrong_leader(scene).await?);
    problems.extend(made_anew(&before, &markers(scene).await?));
    problems.extend(ledger::missing(scene).await?);
    Ok(Verdict::from_problems(
        &problems,
        ledger::summary(&ledger, &ledger::paths(scene)),
    ))
}

/// How long at most no write is acknowledged.
fn longest(scene: &Scene<'_>) -> Duration {
    without_writes(&topology::layout(scene.cluster), &scene.promises())
}

/// What is wrong with who leads now: the member of that pod has to, or another has to.
async fn wrong_leader(scene: &Scene<'_>) -> Result<Option<String>> {
    let (next, pod) = (next(&topology::layout(scene.cluster)), &scene.primary.pod);
    let is_standby = scene.ask(&scene.primary, "select pg_is_in_recovery()");
    Ok(match (next, is_standby.await?.as_str()) {
        (Next::Same, "f") | (Next::Another, "t") => None,
        (Next::Same, _) => Some(format!("{pod} does not lead again")),
        (Next::Another, _) => Some(format!("{pod} leads again")),
    })
}

async fn break_and_wait(scene: &Scene<'_>) -> Result<Verdict> {
    let nothing = Ledger::default();
    let waited = until(scene.limits.soon, || writing(scene, &nothing)).await?;
    if waited.outcome != Outcome::Passed {
        return Ok(waited);
    }
    let life = scene.runtime().end(&scene.primary.pod).await?;
    ready_again(scene, &scene.primary.pod, &life).await?;
    let until_then = ledger::show(scene).await?;
    until(scene.limits.writing, || writing(scene, &until_then)).await
}

/// Whether enough was acknowledged by every path since a moment.
pub(super) async fn writing(scene: &Scene<'_>, since: &Ledger) -> Result<Verdict> {
    let now = ledger::show(scene).await?;
    Ok(judge_writing(&now, since, &ledger::paths(scene)))
}

fn judge_writing(now: &Ledger, since: &Ledger, paths: &[String]) -> Verdict {
    let problems: Vec<String> = paths
        .iter()
        .map(|path| (path, now.acked(path) - since.acked(path)))
        .filter(|(_, acked)| *acked < FEWEST)
        .map(|(path, acked)| format!("only {acked} writes acknowledged through {path}"))
        .collect();
    Verdict::from_problems(&problems, "writing")
}
