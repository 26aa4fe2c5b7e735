//! Standbys are away until their slots have lost the WAL they need: when they come back they copy the primary again,
//! beside what they have, and no slot is left over.

use std::time::Instant;

use anyhow::{Context, Result};

use super::check::{Outcome, Verdict, fault};
use super::frozen::{freeze, thaw};
use super::lost_volume::slots;
use super::members::{Markers, gone, marker, markers};
use super::scene::{Member, Scene, until};
use super::told::told;
use super::{NO_STANDBY, ledger};
use crate::cluster;
use crate::status::Id;

/// Most MB that a slot may keep for this to be tried: more would fill the disk of a small machine.
const MOST: u64 = 512;

/// The WAL on a server's disk, and whether it is within what slots and checkpoints may keep; 10 segments are on their way.
const WAL_ON_DISK: &str = "select pg_size_pretty(sum(size)), \
    sum(size) <= (select sum(setting::bigint) + 160 from pg_settings \
    where name in ('max_slot_wal_keep_size', 'max_wal_size', 'wal_keep_size')) * 1024 * 1024 from pg_ls_waldir()";

/// Takes all standbys away, writes more than slots keep, and brings the standbys back.
pub(crate) async fn outrun(scene: &Scene<'_>) -> Outcome {
    let check = fault(
        "members: 1, more WAL than slots keep, members as before",
        "every standby copied anew and streaming, one slot for each",
    );
    if scene.standbys.is_empty() {
        return scene.skip(check, NO_STANDBY).await;
    }
    scene.make(check, look(scene)).await
}

/// Keeps a standby that runs from receiving until its slot has lost what it needs: it starts again, and copies.
pub(crate) async fn outrun_while_running(scene: &Scene<'_>) -> Outcome {
    let Some(standby) = scene.standbys.last() else {
        let check = fault(
            "a standby: receives nothing until its slot is lost",
            "copies by itself",
        );
        return scene.skip(check, NO_STANDBY).await;
    };
    scene
        .fault(
            format!("{}: receives nothing until its slot is lost", standby.pod),
            "the primary goes on, its WAL within its bounds, and status tells it; the standby starts again and copies by itself",
            look_at_running(scene, standby),
        )
        .await
}

async fn look_at_running(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let bound = bound(scene).await?;
    if bound > MOST {
        return Ok(too_much(bound));
    }
    let before = marker(scene, &standby.pod).await?;
    let started = "select pg_postmaster_start_time()";
    let up_since = scene.ask(&scene.primary, started).await?;
    freeze(scene, standby).await?;
    let slot = cluster::slot(&standby.pod);
    let lost = until(scene.limits.slots_lost, || slot_lost(scene, &slot)).await;
    let kept = scene.ask(&scene.primary, WAL_ON_DISK).await;
    let told = told(scene, &Id::SlotLost.text(), &standby.pod, &slot).await;
    // It goes on whatever was seen.
    thaw(scene, standby).await?;
    let lost = lost?;
    if lost.outcome != Outcome::Passed {
        return Ok(lost);
    }
    let resumed = Instant::now();
    let copied = until(scene.limits.copied, || copied_anew(scene, standby, &before)).await?;
    let took = resumed.elapsed().as_secs();
    if copied.outcome != Outcome::Passed {
        return Ok(copied);
    }
    let kept = kept?;
    let mut problems: Vec<String> = (!kept.ends_with("|t"))
        .then(|| format!("WAL on the primary's disk, and whether it is within its bounds: {kept}"))
        .into_iter()
        .collect();
    let told = told?;
    if told.outcome != Outcome::Passed {
        problems.push(told.seen.clone());
    }
    if scene.ask(&scene.primary, started).await? != up_since {
        problems.push("the primary was started again".into());
    }
    problems.extend(slots(scene).await?);
    problems.extend(ledger::missing(scene).await?);
    let seen = format!(
        "status: {}, after {bound} MB; streaming a new copy {took} s later",
        told.seen
    );
    Ok(Verdict::from_problems(&problems, seen))
}

/// Writes, and looks whether one slot has been given up.
async fn slot_lost(scene: &Scene<'_>, slot: &str) -> Result<Verdict> {
    write(scene).await?;
    let sql = format!("select wal_status from pg_replication_slots where slot_name = '{slot}'");
    let seen = scene.ask(&scene.primary, &sql).await?;
    Ok(if seen == "lost" {
        Verdict::passed(seen)
    } else {
        Verdict::failed(format!("the slot {slot} is {seen}"))
    })
}

/// Whether a standby has other data than before, and streams.
async fn copied_anew(scene: &Scene<'_>, standby: &Member, before: &str) -> Result<Verdict> {
    if marker(scene, &standby.pod).await? == before {
        return Ok(Verdict::failed(format!(
            "{} still has the data of before",
            standby.pod
        )));
    }
    let seen = scene
        .ask(standby, "select status from pg_stat_wal_receiver")
        .await?;
    Ok(if seen == "streaming" {
        Verdict::passed(seen)
    } else {
        Verdict::failed(format!("the WAL receiver of {} is {seen}", standby.pod))
    })
}

/// MB that slots of standbys that are away may keep.
async fn bound(scene: &Scene<'_>) -> Result<u64> {
    let sql = "select setting::bigint from pg_settings where name = 'max_slot_wal_keep_size'";
    let bound = scene.ask(&scene.primary, sql).await?;
    bound.parse().with_context(|| format!("a bound: {bound}"))
}

fn too_much(bound: u64) -> Verdict {
    Verdict::skipped(format!(
        "slots keep {bound} MB: too much to be written here"
    ))
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let bound = bound(scene).await?;
    if bound > MOST {
        return Ok(too_much(bound));
    }
    let before = markers(scene).await?;
    take_standbys_away(scene).await?;
    let lost = until(scene.limits.slots_lost, || slots_lost(scene)).await?;
    // The standbys come back whatever was seen.
    scene.apply(scene.cluster).await?;
    if lost.outcome != Outcome::Passed {
        return Ok(lost);
    }
    let mut problems = not_copied(&before, &markers(scene).await?, &scene.primary.pod);
    problems.extend(slots(scene).await?);
    problems.extend(ledger::missing(scene).await?);
    Ok(Verdict::from_problems(
        &problems,
        format!("{} after {bound} MB, copied anew", lost.seen),
    ))
}

async fn take_standbys_away(scene: &Scene<'_>) -> Result<()> {
    let mut lives = Vec::new();
    for standby in &scene.standbys {
        lives.push((&standby.pod, scene.runtime().life(&standby.pod).await?));
    }
    let mut alone = scene.cluster.clone();
    alone.spec.members = 1;
    scene.apply(&alone).await?;
    for (pod, life) in lives {
        gone(scene, pod, &life).await?;
    }
    Ok(())
}

/// Ends eight segments of WAL. No commit waits for a standby.
async fn write(scene: &Scene<'_>) -> Result<()> {
    let write = "select pg_logical_emit_message(false, 'pgherd', 'e2e'), pg_switch_wal() from generate_series(1, 8)";
    scene.ask(&scene.primary, write).await?;
    scene.ask(&scene.primary, "checkpoint").await?;
    Ok(())
}

/// Writes, and looks whether the slots have been given up.
async fn slots_lost(scene: &Scene<'_>) -> Result<Verdict> {
    write(scene).await?;
    let sql =
        "select count(*) filter (where wal_status = 'lost'), count(*) from pg_replication_slots";
    let seen = scene.ask(&scene.primary, sql).await?;
    let count = scene.standbys.len();
    Ok(if seen == format!("{count}|{count}") {
        Verdict::passed(format!("{count} slots lost"))
    } else {
        Verdict::failed(format!("slots lost, of all: {seen}"))
    })
}

/// Who has the data of before among the standbys, and other data as the primary.
fn not_copied(before: &Markers, after: &Markers, primary: &str) -> Vec<String> {
    before
        .iter()
        .filter(|(pod, marker)| (after.get(*pod) == Some(*marker)) != (*pod == primary))
        .map(|(pod, _)| {
            if pod == primary {
                format!("the data of {pod} is not what it was")
            } else {
                format!("{pod} was not copied anew")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standby_with_old_data_and_a_primary_with_new_data_are_seen() {
        let shot = |primary: &str, standby: &str| {
            Markers::from([
                ("p-0".into(), primary.into()),
                ("s-0".into(), standby.into()),
            ])
        };
        let before = shot("a", "b");
        assert!(not_copied(&before, &shot("a", "c"), "p-0").is_empty());
        assert_eq!(not_copied(&before, &before, "p-0").len(), 1);
        assert_eq!(not_copied(&before, &shot("x", "b"), "p-0").len(), 2);
    }
}
