//! A planned move of the lead: the old primary is stopped in order, the new one promoted once it has every record.
//!
//! 1. The facts name the new primary, and every member has them: the old one can no longer start as the primary.
//! 2. The other standbys stream from the new primary, which is still a standby itself.
//! 3. Both write a checkpoint, so that the shutdown is short.
//! 4. The Services lead to the new primary, the old one is stopped, and the new one is promoted when its WAL ends with
//!    the checkpoint of that shutdown: the last record that was ever written on the old timeline.
//! 5. The old primary starts again as a standby, if the new one has all that it has.
//!
//! Until 4 everything can be taken back, and is on an error or Ctrl-C. What is cut off in 4 or 5 is gone on with by the
//! same command: as long as the spec names the old primary, it does what is left.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use futures::future::join_all;
use tokio::signal::unix::{SignalKind, signal};

use super::finish::finish;
use super::plan::{Begun, Plan};
use super::{Ground, Moved};
use crate::apply::Error;
use crate::runtime::Failed;

/// What promote.sh prints before it asks the server.
const ASKED: &str = "asking for the promotion";
/// How long a statement or a checkpoint may take.
const CHECKPOINT_WITHIN: Duration = Duration::from_secs(300);
/// What a script may take beyond its own deadline.
pub(super) const BEYOND: Duration = Duration::from_secs(75);

/// Moves the lead by plan.
///
/// # Errors
/// With what was seen last, and what became of the cluster: as it was before, or to be gone on with.
pub async fn switchover(ground: &Ground<'_>, plan: &Plan) -> Result<Moved> {
    if plan.begun == Begun::Promoted {
        return finish(ground, plan).await;
    }
    let prepared = tokio::select! {
        prepared = prepare(ground, plan) => prepared,
        interrupted = interrupted() => Err(interrupted),
    };
    let end = match prepared {
        Ok(end) => end,
        // Somebody else is at it: nothing was changed here, and nothing is to be taken back.
        Err(error) if matches!(error.downcast_ref(), Some(Error::Unsafe { .. })) => {
            return Err(error);
        }
        Err(error) => return Err(taken_back(ground, plan, error).await),
    };
    hand_over(ground, plan, &end).await
}

/// Everything that may be done while the old primary goes on; returns where its WAL was when it was done.
async fn prepare(ground: &Ground<'_>, plan: &Plan) -> Result<String> {
    let line = ground.progress.line("switchover");
    line.update(&format!("naming {} as the primary", plan.to));
    if plan.told != plan.from && plan.told != plan.to {
        ground.require_not_ordered(&plan.told).await?;
    }
    ground.name_leader(&plan.told, &plan.to).await?;
    let stopped_at = match plan.begun {
        Begun::Stopped => Some(last_checkpoint(ground, &plan.from).await?),
        _ => None,
    };
    let mut told = vec![plan.from.clone(), plan.to.clone()];
    told.extend(plan.followers.iter().cloned());
    ground.until_told(&told, &plan.to).await?;
    line.update(&format!("having the others follow {}", plan.to));
    let seconds = ground.timeout.as_secs().to_string();
    let followed = plan.followers.iter().map(async |pod| {
        let words = ["follow.sh", &seconds];
        ground
            .runtime
            .script(pod, &words, ground.timeout + BEYOND)
            .await
    });
    for outcome in join_all(followed).await {
        outcome?;
    }
    if let Some(end) = stopped_at {
        line.finish("the old primary is stopped already");
        return Ok(end);
    }
    line.update("writing checkpoints");
    ground
        .runtime
        .sql(&plan.from, "checkpoint", CHECKPOINT_WITHIN)
        .await?;
    let end = ground
        .runtime
        .sql(&plan.from, "select pg_current_wal_lsn()", BEYOND)
        .await?;
    // A restartpoint needs the checkpoint to be replayed; where it is not yet, the promotion is only a little longer.
    ground
        .runtime
        .sql(&plan.to, "checkpoint", CHECKPOINT_WITHIN)
        .await?;
    line.finish(&format!("{} is ready to take the lead", plan.to));
    Ok(end)
}

/// Where the checkpoint is with which a primary was stopped that is not running any more.
async fn last_checkpoint(ground: &Ground<'_>, pod: &str) -> Result<String> {
    let output = ground
        .runtime
        .run(pod, &["bash", "-c", "LC_ALL=C pg_controldata"], BEYOND)
        .await?;
    let value = |name: &str| {
        let mut lines = output.stdout.lines();
        lines.find_map(|line| {
            Some(
                line.strip_prefix(name)?
                    .strip_prefix(':')?
                    .trim()
                    .to_owned(),
            )
        })
    };
    let state = value("Database cluster state").unwrap_or_default();
    // None at all, or a standby's: `in archive recovery`, `shut down in recovery`.
    if state.is_empty() || state.contains("recovery") && state != "in crash recovery" {
        // Nothing is to be taken back: named again, it could not lead.
        return Err(Error::Unsafe {
            doing: "switchover".into(),
            reasons: vec![format!(
                "{pod} has no primary's data any more (its data says: {state}); `{}` gives the lead to a standby",
                ground.commands.pgherd("promote")
            )],
        }
        .into());
    }
    anyhow::ensure!(
        state == "shut down",
        "{pod} was not stopped in order (its data says: {state}); where it is lost, `pgherd promote` gives the lead away"
    );
    value("Latest checkpoint location")
        .with_context(|| format!("{pod} does not tell its last checkpoint"))
}

async fn hand_over(ground: &Ground<'_>, plan: &Plan, end: &str) -> Result<Moved> {
    let line = ground.progress.line("switchover");
    line.update(&format!("stopping {}, promoting {}", plan.from, plan.to));
    let started = Instant::now();
    let seconds = ground.timeout.as_secs().to_string();
    let words = ["after", end, &seconds];
    let promotion = ground.promotion(&plan.to, &words, 2 * ground.timeout + BEYOND);
    let stop = async {
        if plan.begun == Begun::No {
            ground
                .runtime
                .script(&plan.from, &["hand-over.sh"], BEYOND)
                .await?;
        }
        anyhow::Ok(())
    };
    let (timeline, stopped, pointed) = tokio::join!(
        async { (promotion.await, started.elapsed()) },
        stop,
        ground.point_services(&plan.to)
    );
    let (timeline, took) = timeline;
    let timeline = match (timeline, stopped) {
        (Ok(timeline), _) => timeline,
        // Only where the script itself says that it asked for nothing, and ended, it may be taken back: a promotion that
        // is on its way would end beside the old primary.
        (Err(error), stopped) if asked_for_nothing(&error) => {
            let error = stopped.err().unwrap_or(error);
            return Err(taken_back(ground, plan, error).await);
        }
        (Err(error), _) => return Err(unknown(ground, &error)),
    };
    pointed.map_err(|error| unknown(ground, &error))?;
    line.update(&format!(
        "{} leads, on {timeline}; waiting for the others",
        plan.to
    ));
    let mut members = plan.followers.clone();
    members.push(plan.from.clone());
    let (mut not_following, ()) = tokio::join!(
        ground.until_followed(&plan.to, &members),
        ground.end_stopped(&plan.from)
    );
    ground.end_sessions(&plan.from).await;
    not_following.extend(
        plan.away
            .iter()
            .map(|pod| format!("{pod} is away; it follows when it is back")),
    );
    line.finish(&format!("{} leads, on {timeline}", plan.to));
    Ok(Moved {
        to: plan.to.clone(),
        timeline,
        without_primary: (plan.begun == Begun::No).then_some(took),
        not_following,
    })
}

fn asked_for_nothing(error: &anyhow::Error) -> bool {
    let failed = error.downcast_ref::<Failed>();
    failed.is_some_and(|failed| !failed.stdout.contains(ASKED))
}

/// Names the old primary again, unless the new one was told to lead by now. It leads on, or starts again as the primary.
async fn taken_back(ground: &Ground<'_>, plan: &Plan, error: anyhow::Error) -> anyhow::Error {
    let line = ground.progress.line("switchover");
    line.update(&format!("taking it back: {} leads", plan.from));
    let back = async {
        ground.name_again(&plan.from, &plan.to).await?;
        ground.point_services(&plan.from).await?;
        let mut told = vec![plan.from.clone(), plan.to.clone()];
        told.extend(plan.followers.iter().cloned());
        ground.until_told(&told, &plan.from).await?;
        ground.end_sessions(&plan.to).await;
        anyhow::Ok(())
    };
    match back.await {
        Ok(()) => {
            line.finish(&format!("taken back: {} leads", plan.from));
            Error::Broken {
                doing: format!("the lead was not moved, and {} keeps it", plan.from),
                reason: format!("{error:#}"),
            }
            .into()
        }
        Err(back) => unknown(
            ground,
            &anyhow!("{error:#}; and it could not be taken back: {back:#}"),
        ),
    }
}

fn unknown(ground: &Ground<'_>, error: &anyhow::Error) -> anyhow::Error {
    Error::Broken {
        doing: format!(
            "the switchover was cut off; `{}` goes on with it, `{}` says how things are",
            ground.commands.pgherd("switchover"),
            ground.commands.pgherd("status")
        ),
        reason: format!("{error:#}"),
    }
    .into()
}

/// Ends when the user asks for the end.
async fn interrupted() -> anyhow::Error {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = terminated => anyhow!("it was told to end"),
        () = interrupt => anyhow!("it was interrupted"),
    }
}
