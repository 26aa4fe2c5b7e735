//! Standbys are away until their slots have lost the WAL they need: when they come back they copy the primary again,
//! beside what they have, and no slot is left over.

use std::time::Duration;

use anyhow::{Context, Result};
use kube::runtime::wait::{await_condition, conditions::is_deleted};

use super::ledger;
use super::lost_volume::slots;
use super::members::{Markers, markers, pod_uid, pods};
use crate::e2e::report::{Outcome, Verdict};
use crate::e2e::scene::{Scene, until};

/// Most MB that a slot may keep for this to be tried: more would fill the disk of a small machine.
const MOST: u64 = 512;
/// How long standbys may take to end.
const GONE_WITHIN: Duration = Duration::from_secs(120);
/// How long the primary may take to give the slots up.
const LOST_WITHIN: Duration = Duration::from_secs(120);

/// Takes all standbys away, writes more than slots keep, and brings the standbys back.
pub(super) async fn outrun(scene: &Scene<'_>) -> Outcome {
    if scene.standbys.is_empty() {
        return Outcome::Skipped;
    }
    scene
        .fault(
            "members: 1, more WAL than slots keep, members as before",
            "every standby copied anew and streaming, one slot for each",
            look(scene),
        )
        .await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let sql = "select setting::bigint from pg_settings where name = 'max_slot_wal_keep_size'";
    let bound = scene.ask(&scene.primary, sql).await?;
    let bound: u64 = bound.parse().with_context(|| format!("a bound: {bound}"))?;
    if bound > MOST {
        let why = format!("slots keep {bound} MB: too much to be written here");
        return Ok(Verdict::skipped(why));
    }
    let before = markers(scene).await?;
    take_standbys_away(scene).await?;
    let lost = until(LOST_WITHIN, || slots_lost(scene)).await?;
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
    let mut uids = Vec::new();
    for standby in &scene.standbys {
        uids.push((&standby.pod, pod_uid(scene, &standby.pod).await?));
    }
    let mut alone = scene.cluster.clone();
    alone.spec.members = 1;
    scene.apply(&alone).await?;
    for (pod, uid) in uids {
        let gone = await_condition(pods(scene), pod, is_deleted(&uid));
        tokio::time::timeout(GONE_WITHIN, gone)
            .await
            .with_context(|| format!("{pod} is still there after {} s", GONE_WITHIN.as_secs()))?
            .with_context(|| format!("waiting for {pod} to go"))?;
    }
    Ok(())
}

/// Ends eight segments of WAL, then looks whether the slots have been given up.
async fn slots_lost(scene: &Scene<'_>) -> Result<Verdict> {
    let write = "select pg_logical_emit_message(false, 'pgherd', 'e2e'), pg_switch_wal() from generate_series(1, 8)";
    scene.ask(&scene.primary, write).await?;
    scene.ask(&scene.primary, "checkpoint").await?;
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
