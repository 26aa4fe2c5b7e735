//! The primary's postmaster is killed while clients write, long after its last checkpoint: it comes back by itself, and
//! nobody kills it while it recovers.

use anyhow::{Context, Result};

use super::check::{Check, Company, Outcome, Verdict, fault};
use super::clone::{drop_ballast, load_ballast};
use super::ledger::{self, Ledger};
use super::lost_volume::slots;
use super::members::{made_anew, markers, shell};
use super::primary_pod::writing;
use super::scene::{Scene, until};
use super::shown_elsewhere;

/// WAL that is to be replayed, in MB.
const REDO: u64 = 1024;
/// What is written for that, in MB: of each, a little less goes into the WAL.
const BALLAST: u32 = 1150;
/// MB that have to be free: on kind, three members share a disk, each with these rows and their WAL.
const FREE: u64 = 8 * 1024;
/// Slots that hold more than a segment and a half, or that nobody reads.
const BEHIND: &str = "select coalesce(string_agg(slot_name || ' is at ' || coalesce(restart_lsn::text, 'no place'), ', '), '') \
    from pg_replication_slots \
    where not active or pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) > 24 * 1024 * 1024";
/// Exit code of what SIGKILL has ended.
const KILLED: i32 = 137;

/// Kills the postmaster. No process can do that from inside its container, where it is process 1: only on kind, whose node
/// does it, and whose disk has a gigabyte more to write for it.
pub(crate) async fn killed(scene: &Scene<'_>) -> Outcome {
    let check = Check {
        company: Company::Alone,
        ..fault(
            "kill the postmaster, 1 GB behind its last checkpoint",
            "its container starts again once, no probe kills it while it recovers, no acknowledged row lost",
        )
    };
    let off_kind = (!scene.site.reaches_machines()).then_some("only kind's nodes can be reached");
    let reason = shown_elsewhere(scene).or(off_kind);
    scene.make_unless(reason, check, look(scene)).await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let free = free(scene).await?;
    if free < FREE {
        return Ok(Verdict::skipped(format!(
            "{free} MB are free on its volume, {FREE} are needed"
        )));
    }
    let before = markers(scene).await?;
    let life = scene.runtime().life(&scene.primary.pod).await?;
    ledger::prepare(scene).await?;
    let breaking = async {
        defer_checkpoints(scene).await?;
        ledger::start(scene).await?;
        kill_and_wait(scene).await
    };
    let broken = tokio::time::timeout(scene.limits.kill, breaking).await;
    let calmed = calm(scene).await;
    let (mut problems, seen) =
        broken.with_context(|| format!("no end after {} s", scene.limits.kill.as_secs()))??;
    problems.extend(scene.runtime().kills(&life).await?);
    let whole = async {
        calmed?;
        let mut lost = made_anew(&before, &markers(scene).await?);
        lost.extend(slots(scene).await?);
        lost.extend(ledger::missing(scene).await?);
        Ok::<_, anyhow::Error>(lost)
    };
    match whole.await {
        Ok(lost) => problems.extend(lost),
        // It comes behind what explains it.
        Err(error) => problems.push(format!("{error:#}")),
    }
    Ok(Verdict::from_problems(&problems, seen))
}

/// However it went, nothing writes when the next thing breaks, and checkpoints come as before.
async fn calm(scene: &Scene<'_>) -> Result<()> {
    let stopped = ledger::stop(scene).await;
    // Before slots may keep as little as before: after a crash they are as old as the last checkpoint.
    let followed = until(scene.limits.caught_up, || followed(scene)).await;
    restore_checkpoints(scene).await?;
    drop_ballast(scene).await?;
    stopped?;
    let followed = followed?;
    anyhow::ensure!(followed.outcome == Outcome::Passed, "{}", followed.seen);
    Ok(())
}

/// What was wrong, and what was seen.
async fn kill_and_wait(scene: &Scene<'_>) -> Result<(Vec<String>, String)> {
    let (pod, runtime) = (&scene.primary.pod, scene.runtime());
    let count = runtime.server(pod).await?.restarts;
    load_ballast(scene, BALLAST).await?;
    let nothing = Ledger::default();
    let waited = until(scene.limits.soon, || writing(scene, &nothing)).await?;
    anyhow::ensure!(waited.outcome == Outcome::Passed, "{}", waited.seen);
    let redo = redo(scene).await?;
    let mut problems = Vec::new();
    if redo < REDO {
        problems.push(format!("{REDO} MB were to be replayed"));
    }
    let until_then = ledger::show(scene).await?;
    let code = runtime.kill(pod, scene.limits.recovered).await?;
    let waited = until(scene.limits.recovered, || writing(scene, &until_then)).await?;
    if waited.outcome != Outcome::Passed {
        problems.push(waited.seen);
    }
    let gap = ledger::show(scene).await?.gap_since(until_then.last());
    let server = runtime.server(pod).await?;
    let again = server.restarts - count;
    if again != 1 {
        problems.push(format!("its container was started again {again} times"));
    }
    if code != KILLED {
        problems.push(format!("its container ended with {code}"));
    }
    let words = runtime.log(pod).await?;
    let took = elapsed(&words);
    if took.is_none() {
        problems.push("its log does not tell of a recovery".into());
    }
    let seen = format!(
        "{redo} MB replayed in {} s, {gap:.1} s without an acknowledged write",
        took.unwrap_or("?")
    );
    Ok((problems, seen))
}

/// Checkpoints come by time or by the amount of WAL; neither comes soon. Slots may keep what is written until then.
async fn defer_checkpoints(scene: &Scene<'_>) -> Result<()> {
    for sql in [
        "alter system set checkpoint_timeout = '1h'",
        "alter system set max_wal_size = '16GB'",
        "alter system set max_slot_wal_keep_size = '4GB'",
        "select pg_reload_conf()",
    ] {
        scene.ask(&scene.primary, sql).await?;
    }
    Ok(())
}

async fn restore_checkpoints(scene: &Scene<'_>) -> Result<()> {
    for sql in [
        "alter system reset checkpoint_timeout",
        "alter system reset max_wal_size",
        "alter system reset max_slot_wal_keep_size",
        "select pg_reload_conf()",
        "checkpoint",
    ] {
        scene.ask(&scene.primary, sql).await?;
    }
    Ok(())
}

/// Whether every standby reads from its slot, and has what the primary has.
async fn followed(scene: &Scene<'_>) -> Result<Verdict> {
    let behind = scene.ask(&scene.primary, BEHIND).await?;
    Ok(if behind.is_empty() {
        Verdict::passed("the standbys follow")
    } else {
        Verdict::failed(behind)
    })
}

/// MB that are free where the primary's data is.
async fn free(scene: &Scene<'_>) -> Result<u64> {
    let script = "df --block-size=1M --output=avail \"$PGDATA\" | tail -n 1";
    let free = shell(scene, &scene.primary.pod, script, &[]).await?;
    let free = free.trim();
    free.parse().with_context(|| format!("a size: {free}"))
}

/// MB of WAL behind the last checkpoint.
async fn redo(scene: &Scene<'_>) -> Result<u64> {
    let sql = "select (pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) / 1024 / 1024)::bigint from pg_control_checkpoint()";
    let size = scene.ask(&scene.primary, sql).await?;
    size.parse().with_context(|| format!("a size: {size}"))
}

/// How many seconds recovery took, by the server's words: `redo done at 0/1 system usage: CPU: ..., elapsed: 1.23 s`.
fn elapsed(log: &str) -> Option<&str> {
    let line = log.lines().find(|line| line.contains("redo done at "))?;
    line.split_once("elapsed: ")?.1.strip_suffix(" s")
}

#[cfg(test)]
mod tests {
    use super::elapsed;

    #[test]
    fn the_time_of_a_recovery_is_read_from_the_servers_words() {
        let log = "LOG:  redo starts at 0/1\nLOG:  redo done at 0/2 system usage: CPU: user: 0.1 s, system: 0.0 s, elapsed: 1.25 s\n";
        assert_eq!(elapsed(log), Some("1.25"));
        assert_eq!(elapsed("LOG:  redo is not required\n"), None);
    }
}
