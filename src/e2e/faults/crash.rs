//! The primary's postmaster is killed while clients write, long after its last checkpoint: it comes back by itself, and
//! nobody kills it while it recovers.

use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::ListParams;

use super::clone::{drop_ballast, load_ballast};
use super::ledger::{self, Ledger};
use super::lost_volume::slots;
use super::members::{Container, log, made_anew, markers, pod_uid, pods, restarts, server};
use super::primary_pod::writing;
use super::slot::bound;
use crate::e2e::report::{Outcome, Verdict};
use crate::e2e::scene::{SOON, Scene, until};
use crate::kind;

/// Most WAL to be replayed, in MB.
const MOST: u64 = 1024;
/// How long the server may take to end, recover and take writes.
const BACK_WITHIN: Duration = Duration::from_secs(240);
/// Part of what was to be written, in percent, that has to be behind the last checkpoint when the kill comes.
const LEAST_PERCENT: u64 = 80;
/// Exit code of what SIGKILL has ended.
const KILLED: i32 = 137;

/// Kills the postmaster. No process can do that from inside its container, where it is process 1: only on kind.
pub(super) async fn killed(scene: &Scene<'_>) -> Outcome {
    scene
        .fault(
            "kill the postmaster, far from its last checkpoint",
            "its container starts again once, no probe kills it while it recovers, no acknowledged row lost",
            look(scene),
        )
        .await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    if !scene.installer.is_on_kind() {
        return Ok(Verdict::skipped("only kind's nodes can be reached"));
    }
    // Slots are as old as the last checkpoint after a crash: what they may keep has to reach beyond the writers' rows.
    let megabytes = (bound(scene).await? / 2).min(MOST);
    let before = markers(scene).await?;
    let uid = pod_uid(scene, &scene.primary.pod).await?;
    ledger::prepare(scene).await?;
    defer_checkpoints(scene).await?;
    ledger::start(scene).await?;
    let broken = kill_and_wait(scene, megabytes).await;
    // However it went, nothing writes when the next thing breaks, and checkpoints come as before.
    ledger::stop(scene).await?;
    restore_checkpoints(scene).await?;
    drop_ballast(scene).await?;
    let (mut problems, seen) = broken?;
    problems.extend(kills(scene, &uid).await?);
    problems.extend(made_anew(&before, &markers(scene).await?));
    problems.extend(slots(scene).await?);
    problems.extend(ledger::missing(scene).await?);
    Ok(Verdict::from_problems(&problems, seen))
}

/// What was wrong, and what was seen.
async fn kill_and_wait(scene: &Scene<'_>, megabytes: u64) -> Result<(Vec<String>, String)> {
    let pod = &scene.primary.pod;
    let count = restarts(scene, pod).await?;
    load_ballast(scene, u32::try_from(megabytes)?).await?;
    let nothing = Ledger::default();
    let waited = until(SOON, || writing(scene, &nothing)).await?;
    anyhow::ensure!(waited.outcome == Outcome::Passed, "{}", waited.seen);
    let redo = redo(scene).await?;
    let mut problems = Vec::new();
    if redo * 100 < megabytes * LEAST_PERCENT {
        problems.push("that is too little to show anything".to_owned());
    }
    let until_then = ledger::show(scene).await?;
    let (node, container) = place(scene).await?;
    kind::kill(&node, &container).await?;
    let waited = until(BACK_WITHIN, || writing(scene, &until_then)).await?;
    if waited.outcome != Outcome::Passed {
        problems.push(waited.seen);
    }
    let gap = ledger::show(scene).await?.gap_since(until_then.last());
    let again = restarts(scene, pod).await? - count;
    if again != 1 {
        problems.push(format!("its container was started again {again} times"));
    }
    let code = last_exit(scene).await?;
    if code != Some(KILLED) {
        problems.push(format!("its container ended with {code:?}"));
    }
    let words = log(scene, pod, Container::Current).await?;
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

/// Checkpoints come by time or by the amount of WAL; neither comes soon.
async fn defer_checkpoints(scene: &Scene<'_>) -> Result<()> {
    for sql in [
        "alter system set checkpoint_timeout = '1h'",
        "alter system set max_wal_size = '16GB'",
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
        "select pg_reload_conf()",
        "checkpoint",
    ] {
        scene.ask(&scene.primary, sql).await?;
    }
    Ok(())
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

/// The node of the primary's pod, and the id of its server's container.
async fn place(scene: &Scene<'_>) -> Result<(String, String)> {
    let pod = primary(scene).await?;
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let id = server(&pod).and_then(|status| status.container_id.clone());
    let id = id.and_then(|id| Some(id.split_once("://")?.1.to_owned()));
    node.zip(id)
        .with_context(|| format!("pod {} does not run", scene.primary.pod))
}

/// How the server's container ended that ran before.
async fn last_exit(scene: &Scene<'_>) -> Result<Option<i32>> {
    let pod = primary(scene).await?;
    let ended = server(&pod).and_then(|status| status.last_state.as_ref()?.terminated.as_ref());
    Ok(ended.map(|ended| ended.exit_code))
}

async fn primary(scene: &Scene<'_>) -> Result<Pod> {
    let name = &scene.primary.pod;
    let found = pods(scene).get(name).await;
    found.with_context(|| format!("pod {name}"))
}

/// What the kubelet says that it has killed in this very pod.
async fn kills(scene: &Scene<'_>, uid: &str) -> Result<Vec<String>> {
    let events: Api<Event> = Api::namespaced(scene.kube.clone(), &scene.namespace);
    let about = format!("involvedObject.uid={uid},reason=Killing");
    let found = events.list(&ListParams::default().fields(&about)).await;
    let found = found.context("listing events")?.items.into_iter();
    Ok(found.filter_map(|event| event.message).collect())
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
