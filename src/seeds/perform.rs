//! Does what a step says, and shows that it took effect. What cannot be done, as to a member that does not run, is no error:
//! it had no effect, and the trace says why.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::act::{Act, Who};
use super::clients::TABLE;
use super::stage::Stage;
use crate::names;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::processes::{Cut, Place};
use crate::topology;

/// How long a member may take to be there, where something is to be done to it.
const THERE_WITHIN: Duration = Duration::from_secs(3);
/// How long an effect may take to show.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);
/// How long a volume may take to be gone.
const LOST_WITHIN: Duration = Duration::from_secs(30);
/// How many segments of 16 MB are written: more than the specs' `wal_keep_size` has.
const SEGMENTS: u64 = 4;
/// Processes of a server that crash it, one by one.
const CRASHING: &str = "checkpointer";

/// Does something that is done at once; what showed that it took effect.
pub(super) async fn injure(stage: &Stage<'_>, act: &Act) -> Result<String> {
    match act {
        Act::Kill(who) => {
            let pod = there(stage, *who).await?;
            let code = stage.runtime.kill(&pod, SHOWN_WITHIN).await?;
            ensure!(code == 137, "{pod} ended with code {code}");
            Ok(format!("{pod} ended with code {code}"))
        }
        Act::Stop(who) => {
            let pod = there(stage, *who).await?;
            stage.runtime.end(&pod).await?;
            stage.runtime.unready(&pod, SHOWN_WITHIN).await?;
            Ok(format!("{pod} ends"))
        }
        Act::Crash(who) => {
            let pod = there(stage, *who).await?;
            stage.place.crash(&pod, CRASHING).await?;
            Ok(format!("{pod} lost its {CRASHING}"))
        }
        Act::Freeze(who) => {
            let pod = there(stage, *who).await?;
            stage.frozen.borrow_mut().push(pod.clone());
            let count = stage.place.freeze_all(&pod).await?;
            Ok(format!("{count} processes of {pod} stand still"))
        }
        Act::Thaw => thaw(stage),
        Act::Cut { from, to, how } => {
            let (from, to) = (stage.pod(*from).await?, stage.pod(*to).await?);
            let (place, before) = (stage.place, stage.place.touched(&from, &to)?);
            place.cut(&from, &to, Some(*how))?;
            touched(before, || place.touched(&from, &to)).await?;
            Ok(format!("{} from {from} to {to}", words(*how)))
        }
        Act::CutStandbys(how) => cut_standbys(stage, *how).await,
        Act::CutClients(how) => {
            let service = topology::layout(&stage.cluster()).services.write;
            let (place, before) = (stage.place, stage.place.touched_clients(&service)?);
            place.cut_clients(&service, Some(*how))?;
            touched(before, || place.touched_clients(&service)).await?;
            Ok(format!("{} from clients to {service}", words(*how)))
        }
        Act::Mend => {
            stage.place.mend_ways()?;
            Ok("every way is mended".into())
        }
        Act::Slow(who) => slow(stage, *who).await,
        Act::Hurry => {
            let slowed = stage.slowed.borrow_mut().take();
            let slowed = slowed.context("nothing was slow")?;
            Ok(format!(
                "held up {} times",
                slowed.count.load(Ordering::Relaxed)
            ))
        }
        Act::Wal => write_wal(stage).await,
        Act::LoseVolume(who) => lose_volume(stage, *who).await,
        Act::NoStandbyNames => no_standby_names(stage).await,
        Act::DeleteRow => delete_row(stage).await,
        Act::SecondPrimary => {
            let pod = stage.pod(Who::Standby(0)).await?;
            let promoted = stage.sql(&pod, "select pg_promote(true, 10)").await?;
            Ok(format!("{pod} promoted: {promoted}"))
        }
        Act::Switchover(_) | Act::Promote(_) | Act::Members(..) | Act::Durability(..) => {
            bail!("a command is no injury")
        }
    }
}

/// A replay that is held up until this is dropped.
pub(super) struct Slowed {
    count: Arc<AtomicU64>,
    holding: tokio::task::JoinHandle<()>,
}

impl Drop for Slowed {
    fn drop(&mut self) {
        self.holding.abort();
    }
}

/// Lets everything go on that is frozen; what showed that it was.
pub(super) fn thaw(stage: &Stage<'_>) -> Result<String> {
    let frozen = std::mem::take(&mut *stage.frozen.borrow_mut());
    let mut thawed = Vec::new();
    for pod in frozen {
        // One that was killed meanwhile has no process that could go on.
        if let Ok(count @ 1..) = stage.place.thaw_all(&pod) {
            thawed.push(format!("{count} processes of {pod}"));
        }
    }
    ensure!(!thawed.is_empty(), "nothing was frozen");
    Ok(format!("{} go on", thawed.join(", ")))
}

/// The pod of someone who runs; waits a moment for that.
async fn there(stage: &Stage<'_>, who: Who) -> Result<String> {
    let pod = stage.pod(who).await?;
    let deadline = Instant::now() + THERE_WITHIN;
    while stage
        .runtime
        .server(&pod)
        .await
        .ok()
        .and_then(|server| server.since)
        .is_none()
    {
        ensure!(Instant::now() < deadline, "{pod} does not run");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok(pod)
}

/// Waits until a cut has had an effect.
async fn touched(before: u64, look: impl Fn() -> Result<u64>) -> Result<()> {
    let deadline = Instant::now() + SHOWN_WITHIN;
    while look()? <= before {
        ensure!(Instant::now() < deadline, "nothing came along there");
        tokio::time::sleep(BETWEEN_LOOKS / 5).await;
    }
    Ok(())
}

async fn cut_standbys(stage: &Stage<'_>, how: Cut) -> Result<String> {
    let (place, primary) = (stage.place, stage.pod(Who::Primary).await?);
    let mut standbys = stage.pods();
    standbys.retain(|pod| *pod != primary);
    cut_ways(place, &standbys, &primary, how).await?;
    Ok(format!("{} from every standby to {primary}", words(how)))
}

/// Cuts the ways from some to one, and waits until that has had an effect.
async fn cut_ways(place: &Place, from: &[String], to: &str, how: Cut) -> Result<()> {
    let effects = || {
        let each = from.iter().map(|pod| place.touched(pod, to));
        each.sum::<Result<u64>>()
    };
    let before = effects()?;
    for pod in from {
        place.cut(pod, to, Some(how))?;
    }
    touched(before, effects).await
}

fn words(how: Cut) -> String {
    match how {
        Cut::Reset => "reset".into(),
        Cut::Drop => "nothing gets through".into(),
        Cut::HalfOpen => "half open".into(),
        Cut::Delay(milliseconds) => format!("{milliseconds} ms later"),
    }
}

async fn slow(stage: &Stage<'_>, who: Who) -> Result<String> {
    let pod = there(stage, who).await?;
    let count = Arc::new(AtomicU64::new(0));
    let (place, name, counted) = (stage.place.clone(), pod.clone(), count.clone());
    let holding = tokio::spawn(async move { place.slow_replay(&name, &counted).await });
    let seen = count.clone();
    *stage.slowed.borrow_mut() = Some(Slowed { count, holding });
    touched(1, || Ok(seen.load(Ordering::Relaxed))).await?;
    Ok(format!("{pod} replays one moment in 25"))
}

/// Ends some segments, each with little in it, and has the server remove what nobody needs.
async fn write_wal(stage: &Stage<'_>) -> Result<String> {
    let pod = there(stage, Who::Primary).await?;
    let sql = "select pg_current_wal_lsn() - '0/0'";
    let before = stage.sql(&pod, sql).await?;
    for _ in 0..SEGMENTS {
        let message = "select pg_logical_emit_message(false, 'pgherd', ''), pg_switch_wal()";
        stage.sql(&pod, message).await?;
    }
    stage.sql(&pod, "checkpoint").await?;
    let after = stage.sql(&pod, sql).await?;
    let bytes = after.parse::<u64>()?.saturating_sub(before.parse()?);
    ensure!(
        bytes >= (SEGMENTS - 1) << 24,
        "WAL went on by {bytes} bytes"
    );
    Ok(format!("{pod} wrote {} MB of WAL", bytes >> 20))
}

/// Loses a volume where every member has all: two copies that are lost at once are no promise.
async fn lose_volume(stage: &Stage<'_>, who: Who) -> Result<String> {
    let pod = there(stage, who).await?;
    let deadline = Instant::now() + THERE_WITHIN;
    while !stage.all_follow().await.unwrap_or(false) {
        ensure!(
            Instant::now() < deadline,
            "not every standby has all that the primary has"
        );
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    let before = stage.runtime.volume(&pod, names::DATA_VOLUME).await?;
    let (place, volume) = (stage.place, names::DATA_VOLUME);
    // What it has sent and nobody has received is in its kernel, and goes with the machine.
    let mut others = stage.pods();
    others.retain(|other| *other != pod);
    if stage.pod(Who::Primary).await? == pod {
        cut_ways(place, &others, &pod, Cut::Reset).await?;
    }
    stage.lost.borrow_mut().push(pod.clone());
    place.lose_volume_at_once(&pod, volume, LOST_WITHIN).await?;
    for other in &others {
        place.cut(other, &pod, None)?;
    }
    let after = stage.runtime.volume(&pod, names::DATA_VOLUME).await.ok();
    ensure!(after.as_ref() != Some(&before), "{pod} has the same volume");
    Ok(format!("{pod} lost its volume"))
}

async fn no_standby_names(stage: &Stage<'_>) -> Result<String> {
    let pod = stage.pod(Who::Primary).await?;
    stage
        .sql(&pod, "alter system set synchronous_standby_names = ''")
        .await?;
    stage.sql(&pod, "select pg_reload_conf()").await?;
    Ok(format!("{pod} waits for no standby"))
}

async fn delete_row(stage: &Stage<'_>) -> Result<String> {
    let pod = stage.pod(Who::Primary).await?;
    let sql = format!(
        "with one as (select * from {TABLE} where writer = 'service-1' order by number limit 1) \
         delete from {TABLE} using one where {TABLE}.writer = one.writer and {TABLE}.number = one.number \
         returning one.number"
    );
    let number = stage.ask(&pod, &sql).await?;
    ensure!(!number.is_empty(), "there is no row");
    Ok(format!("row service-1/{number} is deleted"))
}
