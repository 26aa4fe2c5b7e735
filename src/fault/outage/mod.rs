//! How long clients cannot write when something happens to a cluster whose members elect who leads, and whether anything that was
//! acknowledged is lost. Clients keep a session while it answers, so that a tenth of a second shows.
//!
//! `happen` makes it happen, `phases` tells where the time went. Neither judges: whoever asked does.

use std::cell::RefCell;

use anyhow::{Context, Result, bail, ensure};

use super::check::{Outcome, Verdict};
use super::ledger::{self, Ledger, Sessions};
use super::scene::{Scene, until};
use crate::cluster::Event;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::{Seen, Told, now};
use crate::topology;

mod happen;
mod phases;

use happen::Happened;
pub(crate) use happen::hand_over;
pub(crate) use phases::Phase;

/// Fewest acknowledged writes before and after that say anything.
const FEWEST: usize = 100;
/// For how many seconds clients have to have been led to the same before something happens.
const QUIET: f64 = 3.0;

/// What became of writes when something happened.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    /// The longest time, in seconds, in which no write was acknowledged by a path, from when it happened until all had healed.
    pub(crate) gap: f64,
    /// How many writes were acknowledged, before and after.
    pub(crate) acknowledged: usize,
    /// How many of these some member does not have.
    pub(crate) lost: usize,
    /// Where the time went.
    pub(crate) phases: Vec<Phase>,
    /// Who led, and who leads.
    pub(crate) moved: (String, String),
    /// What is wrong besides.
    pub(crate) problems: Vec<String>,
}

/// Why an event cannot be made to happen here; none where it can.
pub(crate) async fn reason_against(scene: &Scene<'_>, event: Event) -> Result<Option<String>> {
    happen::reason_against(scene, event).await
}

/// Makes something happen while clients write, and waits until all has healed.
///
/// # Errors
/// When clients did not write before, it did not take effect, or the cluster did not heal.
pub(crate) async fn measure(scene: &mut Scene<'_>, event: Event) -> Result<Outage> {
    happen::prepare(scene, event).await?;
    scene.refresh().await?;
    ledger::prepare(scene).await?;
    ledger::start_in(scene, Sessions::Kept).await?;
    let seen = RefCell::default();
    let went = watched(scene, event, &seen).await;
    // However it went, nothing writes when the next thing happens.
    let ledger = ledger::stop(scene).await;
    let (happened, ledger) = (went?, ledger?);
    scene.refresh().await?;
    let problems = ledger::missing(scene).await?;
    let lost = ledger::lost(scene, &ledger).await?;
    let rest = ledger.rest(&ledger::paths(scene), happened.at);
    let rest = rest.context("no write was acknowledged before, or none behind")?;
    Ok(Outage {
        gap: rest.1 - rest.0,
        acknowledged: ledger.count(),
        lost,
        phases: phases::phases(scene, &happened, &seen.into_inner(), rest).await?,
        moved: (happened.leader.pod, scene.primary.pod.clone()),
        problems,
    })
}

/// Makes it happen while who leads is watched.
async fn watched(scene: &Scene<'_>, event: Event, seen: &RefCell<Vec<Seen>>) -> Result<Happened> {
    let layout = topology::layout(scene.cluster);
    let runtime = scene.runtime();
    let services = [layout.services.write, layout.services.read];
    let services = services.map(|name| scene.around.renamed(&name));
    let tell = |one| seen.borrow_mut().push(one);
    let watch = runtime.watch_lead(&layout.leader, &services, &tell);
    tokio::select! {
        ended = watch => match ended {
            Ok(()) => bail!("the watch of who leads has ended"),
            Err(error) => Err(error.context("watching who leads")),
        },
        happened = went(scene, event, seen) => happened,
    }
}

/// Waits until clients have been led to the same for a while: what came before has an end, and is not measured with what comes now.
async fn quiet(scene: &Scene<'_>, seen: &RefCell<Vec<Seen>>) -> Result<()> {
    let began = now();
    let quiet = async {
        loop {
            let led = |one: &&Seen| matches!(one.told, Told::Led { .. });
            let last = seen.borrow().iter().rfind(led).map_or(began, |one| one.at);
            if now() - last.max(began) >= QUIET {
                return;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    let quiet = tokio::time::timeout(scene.limits.soon, quiet).await;
    quiet.context("clients are led elsewhere again and again, before anything was done")
}

async fn went(scene: &Scene<'_>, event: Event, seen: &RefCell<Vec<Seen>>) -> Result<Happened> {
    writing(scene, &Ledger::default()).await.context("before")?;
    quiet(scene, seen).await?;
    let happened = happen::happen(scene, event).await;
    let done = async {
        let happened = happened?;
        if event.moves_lead() {
            another_leads(scene, &happened.leader.pod).await?;
        }
        let since = ledger::show(scene).await?;
        writing(scene, &since).await?;
        Ok::<_, anyhow::Error>(happened)
    };
    let done = done.await;
    // What was stopped goes on, however it went.
    happen::undo(scene, event).await;
    let mut happened = done?;
    happen::healed(scene, &mut happened).await?;
    happen::took(scene, &happened).await?;
    Ok(happened)
}

/// Waits until enough is acknowledged since a moment.
async fn writing(scene: &Scene<'_>, since: &Ledger) -> Result<()> {
    let paths = ledger::paths(scene);
    let seen = until(scene.limits.writing, || async {
        let now = ledger::show(scene).await?;
        let few = paths.iter().map(|path| now.acked(path) - since.acked(path));
        let few = few.min().unwrap_or(0);
        Ok::<_, anyhow::Error>(if few >= FEWEST {
            Verdict::passed("writing")
        } else {
            Verdict::failed(format!("only {few} writes acknowledged"))
        })
    });
    let seen = seen.await?;
    ensure!(seen.outcome == Outcome::Passed, "{}", seen.seen);
    Ok(())
}

/// Waits until the record says that another leads.
async fn another_leads(scene: &Scene<'_>, before: &str) -> Result<()> {
    let record = topology::layout(scene.cluster).leader;
    let runtime = scene.runtime();
    let led = async {
        loop {
            let word = runtime.recorded(&record).await.map(|found| found.word);
            if word.is_ok_and(|word| !word.is_empty() && word != before) {
                return;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    let within = scene.limits.writing;
    let led = tokio::time::timeout(within, led).await;
    led.with_context(|| format!("{before} still leads after {} s", within.as_secs()))
}
