//! Standbys fall silent while clients write: commits wait as the spec says, no longer and no less. A process that is
//! stopped answers nothing and closes no connection, as a node does that hangs.

use anyhow::{Context, Result};

use super::check::{Outcome, Verdict, fault};
use super::ledger::{self, Ledger};
use super::scene::{Member, Scene, until};
use crate::spec::Durability;

/// How long, in seconds, a silence is looked at: longer than `wal_sender_timeout`.
const LOOK: f64 = 20.0;
/// Fewest writes that show that they go on.
const FEWEST: usize = 20;
const NAME: &str = "standbys fall silent";

/// Freezes the first standby, then all of them, and lets them go again.
pub(crate) async fn standbys(scene: &Scene<'_>) -> Outcome {
    let one = match scene.cluster.spec.durability {
        Durability::Async => {
            let why = "durability: async: commits wait for no standby";
            return scene
                .skip(fault(NAME, "commits wait as the spec says"), why)
                .await;
        }
        // Who is waited for is everybody there is.
        Durability::Sync | Durability::Quorum if scene.standbys.len() == 1 => {
            "the only one silent: no commit is acknowledged"
        }
        Durability::Quorum => "one silent: no commit waits for it",
        Durability::Sync => {
            "the one that is waited for silent: commits wait, and go on within wal_sender_timeout and 5 s"
        }
    };
    let expected = format!("{one}; all silent: none is acknowledged; one back: they go on");
    scene.fault(NAME, expected, look(scene)).await
}

/// How long, in seconds, commits may wait when the first standby falls silent, and how long they have to, or else nothing
/// was shown.
struct Bounds {
    least: f64,
    most: f64,
}

async fn bounds(scene: &Scene<'_>) -> Result<Bounds> {
    let sql = "select setting::float8 / 1000 from pg_settings where name = 'wal_sender_timeout'";
    let timeout = scene.ask(&scene.primary, sql).await?;
    let timeout: f64 = timeout
        .parse()
        .with_context(|| format!("seconds: {timeout}"))?;
    // Who waits for the silent one does so until the primary gives it up. The primary waits for an answer to what it asked
    // last, which is half of the time ago at most: a commit that waits for less waits for something else, such as a turn
    // on a busy machine.
    let waits = timeout / 3.0;
    Ok(match scene.cluster.spec.durability {
        Durability::Sync => Bounds {
            least: waits,
            most: timeout + 5.0,
        },
        // Any other standby will do.
        Durability::Quorum | Durability::Async => Bounds {
            least: 0.0,
            most: waits,
        },
    })
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let bounds = bounds(scene).await?;
    ledger::prepare(scene).await?;
    ledger::start(scene).await?;
    let seen = silence(scene, &bounds).await;
    // However it went, nothing stays frozen and nothing writes when the next thing breaks.
    for standby in &scene.standbys {
        let _ = thaw(scene, standby).await;
    }
    ledger::stop(scene).await?;
    let (mut problems, said) = seen?;
    problems.extend(ledger::missing(scene).await?);
    Ok(Verdict::from_problems(&problems, said))
}

/// What was wrong, and what was seen.
async fn silence(scene: &Scene<'_>, bounds: &Bounds) -> Result<(Vec<String>, String)> {
    goes_on(scene, &Ledger::default()).await?;
    let (first, others) = scene.standbys.split_at(1);
    let before = ledger::show(scene).await?;
    freeze(scene, &first[0]).await?;
    let one = after(scene, &before, LOOK.max(bounds.most) + 2.0).await?;
    // On a busy machine writes take their time without any silence, too.
    let (waited, usual) = (
        one.gap_since(before.last()),
        before.gap_since(before.first()),
    );
    let mut problems = Vec::new();
    if !others.is_empty() && waited > bounds.most + usual {
        problems.push(format!(
            "with one silent, commits waited {waited:.1} s, before {usual:.1} s"
        ));
    }
    if waited < bounds.least {
        problems.push(format!(
            "with the one silent that commits wait for, they waited {waited:.1} s only: nothing was shown"
        ));
    }
    for standby in others {
        freeze(scene, standby).await?;
    }
    let all = ledger::show(scene).await?;
    let then = after(scene, &all, LOOK).await?;
    let acked = then.count() - all.count();
    if acked > 0 {
        problems.push(format!(
            "with all silent, {acked} commits were acknowledged"
        ));
    }
    thaw(scene, &first[0]).await?;
    goes_on(scene, &then).await?;
    let said = format!(
        "one silent: {waited:.1} s, before {usual:.1} s; all silent: {acked} acknowledged; then they went on"
    );
    Ok((problems, said))
}

pub(super) async fn freeze(scene: &Scene<'_>, standby: &Member) -> Result<()> {
    let within = scene.limits.command;
    scene.runtime().freeze(&standby.pod, within).await
}

pub(super) async fn thaw(scene: &Scene<'_>, standby: &Member) -> Result<()> {
    let within = scene.limits.command;
    scene.runtime().thaw(&standby.pod, within).await
}

/// What was tried until so many seconds after a moment.
async fn after(scene: &Scene<'_>, since: &Ledger, seconds: f64) -> Result<Ledger> {
    let seen = until(scene.limits.silence_seen, || async {
        let now = ledger::show(scene).await?;
        let passed = now.last() - since.last();
        Ok::<_, anyhow::Error>(if passed >= seconds {
            Verdict::passed("seen")
        } else {
            Verdict::failed(format!("writers tried for {passed:.0} s only"))
        })
    });
    let seen = seen.await?;
    anyhow::ensure!(seen.outcome == Outcome::Passed, "{}", seen.seen);
    ledger::show(scene).await
}

/// Waits until enough is acknowledged since a moment.
async fn goes_on(scene: &Scene<'_>, since: &Ledger) -> Result<()> {
    let seen = until(scene.limits.soon, || async {
        let acked = ledger::show(scene).await?.count() - since.count();
        Ok::<_, anyhow::Error>(if acked >= FEWEST {
            Verdict::passed("writing")
        } else {
            Verdict::failed(format!("only {acked} writes acknowledged"))
        })
    });
    let seen = seen.await?;
    anyhow::ensure!(seen.outcome == Outcome::Passed, "{}", seen.seen);
    Ok(())
}
