//! A volume is lost with everything on it. A standby copies the primary again by itself; an empty primary refuses to
//! begin anew while standbys hold the data.

use std::time::Instant;

use anyhow::{Context, Result};

use super::check::{Outcome, Verdict, fault};
use super::members::{delete_volume, gone, marker, ready_again, said};
use super::scene::{Member, Scene, until};
use super::{NO_STANDBY, ledger};
use crate::cluster::StandbyCopy;
use crate::names;
use crate::topology;

/// The fault that leaves nobody who leads.
pub(super) const OF_THE_PRIMARY: &str = "delete the primary's volume and pod";

/// Loses one of the first standby's volumes.
pub(crate) async fn of_a_standby(scene: &Scene<'_>, volume: &str) -> Outcome {
    let Some(standby) = scene.standbys.first() else {
        let name = format!("a standby: delete the {volume} volume and the pod");
        return scene.skip(fault(name, "streams again"), NO_STANDBY).await;
    };
    let expected = format!(
        "streams again within {} s besides the copy, through the same slot, every row there",
        scene.promises().copy.besides.as_secs()
    );
    let name = format!("{}: delete the {volume} volume and the pod", standby.pod);
    scene
        .fault(name, expected, look_at_standby(scene, standby, volume))
        .await
}

async fn look_at_standby(scene: &Scene<'_>, standby: &Member, volume: &str) -> Result<Verdict> {
    let before = marker(scene, &standby.pod).await?;
    let started = Instant::now();
    let life = delete_volume(scene, volume, &standby.pod).await?;
    ready_again(scene, &standby.pod, &life).await?;
    let took = started.elapsed().as_secs_f64();
    let copy = scene.promises().copy;
    let copying = copying(&scene.runtime().log(&standby.pod).await?, &copy)?;
    let mut problems = Vec::new();
    if marker(scene, &standby.pod).await? == before {
        problems.push("its data is that of before: nothing was lost".into());
    }
    if took > copying + copy.besides.as_secs_f64() {
        problems.push("it took too long".into());
    }
    problems.extend(slots(scene).await?);
    problems.extend(ledger::missing(scene).await?);
    Ok(Verdict::from_problems(
        &problems,
        format!("streaming after {took:.0} s, {copying:.0} s of it copying"),
    ))
}

/// The seconds between the two lines of a log that frame a copy. Lines begin with a time such as `2026-01-31T10:20:30Z`.
fn copying(log: &str, copy: &StandbyCopy) -> Result<f64> {
    let seconds = |words: &str| {
        let line = log.lines().find(|line| line.contains(words))?;
        let time = line.split_once('T')?.1.split_once('Z')?.0;
        time.split(':').try_fold(0.0, |sum, part| {
            Some(sum * 60.0 + part.parse::<f64>().ok()?)
        })
    };
    let (from, to) = seconds(copy.begins)
        .zip(seconds(copy.ends))
        .context("the log does not say that a copy was made")?;
    Ok((to - from).rem_euclid(86_400.0))
}

/// What is wrong with the slots: there is one for each standby, in use.
pub(super) async fn slots(scene: &Scene<'_>) -> Result<Vec<String>> {
    let sql = "select slot_name, active, wal_status from pg_replication_slots order by 1";
    let seen = scene.ask(&scene.primary, sql).await?;
    Ok(judge_slots(&seen, scene.standbys.len()))
}

fn judge_slots(seen: &str, standbys: usize) -> Vec<String> {
    let mut problems: Vec<String> = seen
        .lines()
        .filter(|line| !line.contains("|t|") || line.ends_with("|lost"))
        .map(|line| format!("slot {line}"))
        .collect();
    let count = seen.lines().count();
    if count != standbys {
        problems.push(format!("{count} slots for {standbys} standbys"));
    }
    problems
}

/// Loses the primary's volume while nobody runs who has the data, where `pgherd apply` has written that there is some.
pub(crate) async fn of_the_primary_alone(scene: &Scene<'_>) -> Outcome {
    let expected = "it refuses to begin anew, by the facts of the cluster; every standby comes back with every row";
    let check = fault(
        "delete the primary's volume and pod while no standby runs",
        expected,
    );
    let reason = scene
        .installer
        .chart()
        .map(|_| "pgherd apply alone writes down that there is data");
    scene.make_unless(reason, check, look_alone(scene)).await
}

async fn look_alone(scene: &Scene<'_>) -> Result<Verdict> {
    let layout = topology::layout(scene.cluster);
    let leads = layout.set_of(&scene.primary.pod);
    if leads.is_none_or(|set| set.replicas > 1) {
        return Ok(Verdict::skipped("the one that leads is among the standbys"));
    }
    let mut lives = Vec::new();
    for standby in &scene.standbys {
        lives.push((&standby.pod, scene.runtime().life(&standby.pod).await?));
    }
    scale_standbys(scene, 0).await?;
    for (pod, life) in &lives {
        gone(scene, pod, life).await?;
    }
    let vacancy = scene.promises().vacancy;
    delete_volume(scene, names::DATA_VOLUME, &scene.primary.pod).await?;
    let refused = until(scene.limits.refused, || {
        said(scene, &scene.primary.pod, vacancy.refusal)
    })
    .await;
    // They come back whatever was seen.
    scale_standbys(scene, lives.len()).await?;
    let refused = refused?;
    if refused.outcome != Outcome::Passed {
        return Ok(refused);
    }
    let mut problems = Vec::new();
    if !refused.seen.contains(vacancy.by_facts) {
        problems.push("it does not say that the cluster has data".into());
    }
    let back = until(scene.limits.refused, || rows_kept(scene)).await?;
    if back.outcome != Outcome::Passed {
        problems.push(back.seen);
    }
    Ok(Verdict::from_problems(&problems, refused.seen))
}

async fn scale_standbys(scene: &Scene<'_>, count: usize) -> Result<()> {
    let standbys = scene.standbys.first().map_or("", |standby| &standby.pod);
    let layout = topology::layout(scene.cluster);
    let set = layout.set_of(standbys).context("no standby")?;
    scene.runtime().keep(&set.name, count).await
}

/// Whether every standby has every row.
async fn rows_kept(scene: &Scene<'_>) -> Result<Verdict> {
    let ledger = ledger::show(scene).await?;
    let mut problems = Vec::new();
    for standby in &scene.standbys {
        let kept = ledger.on(scene, standby).await?;
        if kept.outcome != Outcome::Passed {
            problems.push(format!("{}: {}", standby.pod, kept.seen));
        }
    }
    Ok(Verdict::from_problems(&problems, "every row"))
}

/// Loses the primary's volume.
pub(crate) async fn of_the_primary(scene: &Scene<'_>) -> Outcome {
    scene
        .fault(
            OF_THE_PRIMARY,
            "it refuses to begin anew and says why; every standby keeps every row",
            look_at_primary(scene),
        )
        .await
}

async fn look_at_primary(scene: &Scene<'_>) -> Result<Verdict> {
    let vacancy = scene.promises().vacancy;
    delete_volume(scene, names::DATA_VOLUME, &scene.primary.pod).await?;
    let refused = until(scene.limits.refused, || {
        said(scene, &scene.primary.pod, vacancy.refusal)
    })
    .await?;
    if refused.outcome != Outcome::Passed {
        return Ok(refused);
    }
    let mut problems = Vec::new();
    if !refused.seen.contains(vacancy.by_member) {
        problems.push("it does not name a standby that has data".into());
    }
    let kept = rows_kept(scene).await?;
    if kept.outcome != Outcome::Passed {
        problems.push(kept.seen);
    }
    if scene.ask(&scene.primary, "select 1").await.is_ok() {
        problems.push("something answers under the primary's name".into());
    }
    Ok(Verdict::from_problems(&problems, refused.seen))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_time_of_a_copy_is_read_from_the_log() {
        let copy = StandbyCopy {
            begins: "copying from",
            ends: "clone complete",
            besides: Duration::ZERO,
        };
        let log = "2026-01-31T23:59:50Z pgherd: copying from p-0 (system 1)\nx\n\
                   2026-02-01T00:00:05Z pgherd: clone complete: 20M copied by s-0\n";
        assert!((copying(log, &copy).expect("a time") - 15.0).abs() < 1e-9);
        assert!(copying("2026-01-31T23:59:50Z pgherd: copying from p-0", &copy).is_err());
    }

    #[test]
    fn a_slot_too_few_too_many_idle_or_lost_is_seen() {
        assert!(judge_slots("a|t|reserved\nb|t|extended", 2).is_empty());
        for seen in [
            "",
            "a|t|reserved",
            "a|t|reserved\nb|f|reserved",
            "a|t|reserved\nb|t|lost",
            "a|t|reserved\nb|t|reserved\nc|t|reserved",
        ] {
            assert!(!judge_slots(seen, 2).is_empty(), "{seen}");
        }
    }
}
