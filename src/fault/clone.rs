//! A standby's copy of the primary's data is killed in the middle: the next start makes a whole one.

use anyhow::{Context, Result, bail, ensure};

use super::check::{Outcome, Verdict, fault};
use super::members::{delete_volume, marker, ready_again, said, shell};
use super::scene::{Member, Scene, until};
use super::{NO_STANDBY, ledger};
use crate::names;
use crate::runtime::Life;

/// Size of what is copied besides an empty cluster, in MB: enough for a copy that can be met in its middle.
const BALLAST: u32 = 400;
/// Percents of the copy between which the kill has to fall.
const MIDDLE: std::ops::RangeInclusive<u64> = 20..=80;
/// Percent at which it is aimed: it is never met earlier, and on a fast disk later.
const AIM: u64 = 25;
const SCRIPT: &str = include_str!("files/cut-clone.sh");
/// What a standby says that is about to copy.
const WAITS: &str = "waiting for the primary";

/// Kills the copy of the last standby.
pub(crate) async fn cut_off(scene: &Scene<'_>) -> Outcome {
    let Some(standby) = scene.standbys.last() else {
        let check = fault("a standby: kill its copy in the middle", "cut, then whole");
        return scene.skip(check, NO_STANDBY).await;
    };
    let name = format!("{}: kill its copy in the middle", standby.pod);
    let expected = "cut between 20 and 80 %, no half-filled data directory, whole and streaming after the next start";
    scene.fault(name, expected, look(scene, standby)).await
}

async fn look(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    load_ballast(scene, BALLAST).await?;
    let whole = data_size(scene).await?;
    // Whoever cuts the copy is there before it begins: nobody is let in to copy until then.
    let_in(scene, "nologin").await?;
    let met = lose_and_meet(scene, standby, whole).await;
    let_in(scene, "login").await?;
    let (life, met) = met?;
    if met.outcome != Outcome::Passed {
        return Ok(met);
    }
    let cut = judge_cut(&met.seen, whole)?;
    if cut.outcome != Outcome::Passed {
        return Ok(cut);
    }
    ready_again(scene, &standby.pod, &life).await?;
    let mut problems = Vec::new();
    let runtime = scene.runtime();
    if runtime.server(&standby.pod).await?.restarts == 0 {
        problems.push("its container was not started again: nothing was killed".into());
    }
    // Said again by what the script saw: a busy kubelet forgets a container as soon as the next one runs.
    let log = runtime.previous_log(&standby.pod).await;
    if log.is_ok_and(|log| log.contains(scene.promises().copy.ends)) {
        problems.push("the copy was complete before it was killed".into());
    }
    let marker = marker(scene, &standby.pod).await.context("the marker")?;
    problems.extend(super::lost_volume::slots(scene).await?);
    problems.extend(ledger::missing(scene).await?);
    drop_ballast(scene).await?;
    let copied_by = marker.lines().next().unwrap_or_default();
    Ok(Verdict::from_problems(
        &problems,
        format!("{}, then {copied_by}", cut.seen),
    ))
}

/// Loses the standby's volume, and meets the copy that it makes anew. Returns the life that ended, and what the script says.
async fn lose_and_meet(scene: &Scene<'_>, standby: &Member, whole: u64) -> Result<(Life, Verdict)> {
    let life = delete_volume(scene, names::DATA_VOLUME, &standby.pod).await?;
    let threshold = (whole * AIM / 100).to_string();
    let (within, pod) = (scene.limits.copy_begun, &standby.pod);
    let letting_in = async {
        let watched = until(within, || is_watched(scene, pod)).await?;
        ensure!(watched.outcome == Outcome::Passed, "{}", watched.seen);
        let_in(scene, "login").await
    };
    let (let_in, met) = tokio::join!(letting_in, until(within, || cut(scene, pod, &threshold)));
    let_in?;
    Ok((life, met?))
}

/// Whether the replication role may begin sessions; those that are there stay.
async fn let_in(scene: &Scene<'_>, login: &str) -> Result<()> {
    let sql = format!("alter role {} {login}", names::REPLICATOR);
    scene.ask(&scene.primary, &sql).await?;
    Ok(())
}

/// Whether the standby would copy now, and the script has been waiting for that for less than half of its time.
async fn is_watched(scene: &Scene<'_>, pod: &str) -> Result<Verdict> {
    let waits = said(scene, pod, WAITS).await?;
    if waits.outcome != Outcome::Passed {
        return Ok(waits);
    }
    let script = "[ -n \"$(find \"${TMPDIR:-/tmp}/pgherd-cut\" -mmin -0.2)\" ]";
    let there = shell(scene, pod, script, &[]).await;
    Ok(match there {
        Ok(_) => Verdict::passed("it waits"),
        Err(error) => Verdict::failed(format!("nobody waits for the copy: {error:#}")),
    })
}

/// One try to meet the copy; what the script says when it did. A standby that does not run yet is an error, which is
/// tried again.
async fn cut(scene: &Scene<'_>, pod: &str, threshold: &str) -> Result<Verdict> {
    let command = ["bash", "-c", SCRIPT, "cut-clone.sh", threshold];
    let output = scene
        .run_in(pod, names::POSTGRES_CONTAINER, &command)
        .await?;
    // The script ends with the container, so its exit code says nothing.
    Ok(if output.stdout.contains("cut ") {
        Verdict::passed(output.stdout)
    } else {
        Verdict::failed(format!("{}{}", output.stdout, output.stderr.trim()))
    })
}

fn judge_cut(answer: &str, whole: u64) -> Result<Verdict> {
    let Some(size) = answer.lines().find_map(|line| line.strip_prefix("cut ")) else {
        bail!("unexpected answer: {answer}");
    };
    let percent = size.trim().parse::<u64>()? * 100 / whole.max(1);
    let mut problems = Vec::new();
    if answer.contains("half-filled") {
        problems.push("the data directory was there before the copy was complete".into());
    }
    if !MIDDLE.contains(&percent) {
        problems.push("not in the middle".into());
    }
    Ok(Verdict::from_problems(
        &problems,
        format!("killed at {percent} % of {} MB", whole / 1024),
    ))
}

/// What a copy will hold, in kB: the data directory without its WAL.
async fn data_size(scene: &Scene<'_>) -> Result<u64> {
    let script = "du -sk --exclude=pg_wal \"$PGDATA\" | cut -f1";
    let size = shell(scene, &scene.primary.pod, script, &[]).await?;
    size.trim()
        .parse()
        .with_context(|| format!("a size: {size}"))
}

/// Fills a table, with so many MB, by rows that are too short to be compressed.
pub(super) async fn load_ballast(scene: &Scene<'_>, megabytes: u32) -> Result<()> {
    let service = scene.owner_at(scene.write_service());
    let step = 50;
    let create = "create table if not exists pgherd_ballast (text text)";
    scene.client.psql(&service, &[create]).await?;
    for _ in 0..megabytes.div_ceil(step) {
        let fill = format!(
            "insert into pgherd_ballast select repeat(md5(random()::text), 60) from generate_series(1, {})",
            step * 512
        );
        scene.client.psql(&service, &[&fill]).await?;
    }
    Ok(())
}

pub(super) async fn drop_ballast(scene: &Scene<'_>) -> Result<()> {
    let service = scene.owner_at(scene.write_service());
    scene
        .client
        .psql(&service, &["drop table pgherd_ballast"])
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_outside_the_middle_or_beside_a_data_directory_is_seen() {
        let outcome = |answer: &str| judge_cut(answer, 1000).map(|verdict| verdict.outcome);
        assert_eq!(outcome("cut 400\n").expect("a verdict"), Outcome::Passed);
        assert_eq!(outcome("cut 190\n").expect("a verdict"), Outcome::Failed);
        assert_eq!(outcome("cut 810\n").expect("a verdict"), Outcome::Failed);
        assert_eq!(
            outcome("half-filled\ncut 400\n").expect("a verdict"),
            Outcome::Failed
        );
        assert!(outcome("").is_err());
    }
}
