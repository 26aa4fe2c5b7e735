//! A second pod is forced on a member's volume, on the same node, which Kubernetes allows: it never opens the data.

use anyhow::Result;

use super::check::{Outcome, Verdict, fault};
use super::scene::{Member, Scene, until};
use super::{NO_STANDBY, shown_elsewhere};
use crate::runtime::{Run, Second};

/// Its number, which no member has.
const ORDINAL: &str = "99";

/// Puts a pod beside a standby, on its volume.
pub(crate) async fn on_a_volume(scene: &Scene<'_>) -> Outcome {
    let Some(standby) = scene.standbys.first() else {
        let check = fault("a standby: a second pod on its volume", "refused");
        return scene.skip(check, NO_STANDBY).await;
    };
    let check = fault(
        format!("{}: a second pod on its volume", standby.pod),
        "the second says why it does not start; the first goes on as if nothing were",
    );
    scene
        .make_unless(shown_elsewhere(scene), check, refused(scene, standby))
        .await
}

async fn refused(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let started = "select pg_postmaster_start_time()";
    let before = scene.ask(standby, started).await?;
    let runtime = scene.runtime();
    let name = runtime
        .second(&standby.pod, ORDINAL, Second::Server)
        .await?;
    let ended = until(scene.limits.refused, || ended(scene, standby, &name)).await;
    // However it went, it is not in the way of what comes next.
    runtime.remove(&name).await?;
    let ended = ended?;
    if ended.outcome != Outcome::Passed {
        return Ok(ended);
    }
    let mut problems = Vec::new();
    if scene.ask(standby, started).await? != before {
        problems.push("the first server was started again".into());
    }
    let receiver = scene
        .ask(standby, "select status from pg_stat_wal_receiver")
        .await?;
    if receiver != "streaming" {
        problems.push(format!("the first server's WAL receiver: {receiver}"));
    }
    Ok(Verdict::from_problems(&problems, ended.seen))
}

/// Whether it has ended, and with which words. One that the runtime could not start, as happens on a busy node, is made
/// again: it has refused nothing.
async fn ended(scene: &Scene<'_>, standby: &Member, name: &str) -> Result<Verdict> {
    let runtime = scene.runtime();
    match runtime.run_of(name).await? {
        Run::Going(phase) => {
            return Ok(Verdict::failed(format!("the second pod is {phase}")));
        }
        Run::NotStarted(why) => {
            runtime.remove(name).await?;
            runtime
                .second(&standby.pod, ORDINAL, Second::Server)
                .await?;
            let words = format!("the second pod was not started, and is made again: {why}");
            return Ok(Verdict::failed(words));
        }
        Run::Failed => {}
    }
    let words = runtime.log(name).await?;
    let last = words.lines().last().unwrap_or("nothing").to_owned();
    let refusal = scene.promises().second_server;
    Ok(match last.split_once(refusal) {
        Some((_, rest)) => Verdict::passed(format!("{refusal}{rest}")),
        None => Verdict::failed(format!("it ended, and said: {last}")),
    })
}
