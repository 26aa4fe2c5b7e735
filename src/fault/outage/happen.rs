//! Makes events happen, sees that they took effect, and takes back what does not heal by itself.

use anyhow::{Context, Result, bail, ensure};

use super::super::check::{Outcome, Verdict};
use super::super::members::{every, ready_again, shell};
use super::super::scene::{Member, Scene, until};
use crate::cluster::Event;
use crate::kind::{self, Paused};
use crate::leader::{self, Ground};
use crate::runtime::{Life, now};
use crate::spec::Durability;
use crate::status::Commands;

/// Seconds for which a standby answers nothing where nobody has to wait for it.
const SILENT: u64 = 5;
/// The same where it is waited for: longer than a server bears it, and two looks of the member that leads.
const SILENT_FOR_LONG: u64 = 25;

/// What happened.
pub(super) struct Happened {
    /// What.
    pub(super) event: Event,
    /// When, in seconds since 1970.
    pub(super) at: f64,
    /// Who led.
    pub(super) leader: Member,
    /// Pods that were replaced, with the lives that ended.
    replaced: Vec<(String, Life)>,
    /// A container that was killed, and how often it had been started again before.
    killed: Option<(String, i32)>,
    /// A node that is stopped, for as long as this is kept.
    stopped: Option<Paused>,
}

/// Why an event cannot be made to happen here.
pub(super) async fn reason_against(scene: &Scene<'_>, event: Event) -> Result<Option<String>> {
    Ok(match event {
        Event::LeaderKilled | Event::StandbyKilled | Event::NodeFrozen
            if !scene.site.reaches_machines() =>
        {
            Some("only kind's nodes can be reached".into())
        }
        Event::LeaderKilled | Event::ServerKilled
            if scene.cluster.spec.durability == Durability::Async =>
        {
            Some("durability: async: its server is waited for".into())
        }
        Event::NodeFrozen => {
            let (client, leader) = (
                machine(scene, crate::fault::client::NAME).await?,
                machine(scene, &scene.primary.pod).await?,
            );
            let mut others = Vec::new();
            for standby in &scene.standbys {
                others.push(machine(scene, &standby.pod).await?);
            }
            let is_apart = client != leader || others.iter().any(|node| *node != client);
            let is_shared = others.contains(&leader);
            (!is_apart || is_shared)
                .then(|| "members share a node, or all share the client's".into())
        }
        _ => None,
    })
}

async fn machine(scene: &Scene<'_>, pod: &str) -> Result<String> {
    scene.runtime().machine(pod).await
}

/// Has somebody else lead where the node of whoever does is that of the client, which is to go on.
pub(super) async fn prepare(scene: &mut Scene<'_>, event: Event) -> Result<()> {
    if event != Event::NodeFrozen {
        return Ok(());
    }
    let client = machine(scene, crate::fault::client::NAME).await?;
    if machine(scene, &scene.primary.pod).await? != client {
        return Ok(());
    }
    hand_over(scene, None).await?;
    scene.refresh().await
}

/// Makes it happen.
pub(super) async fn happen(scene: &Scene<'_>, event: Event) -> Result<Happened> {
    let (runtime, leader) = (scene.runtime(), scene.primary.clone());
    let pod = leader.pod.clone();
    let within = scene.limits.recovered;
    let mut happened = Happened {
        event,
        at: now(),
        leader,
        replaced: Vec::new(),
        killed: None,
        stopped: None,
    };
    match event {
        Event::Formed => bail!("it is there already"),
        Event::Switchover => {
            hand_over(scene, None).await?;
        }
        Event::SwitchoverTo => {
            let to = scene.standbys.last().context("no standby")?;
            hand_over(scene, Some(&to.pod)).await?;
        }
        Event::LeaderDeleted => happened
            .replaced
            .push((pod.clone(), runtime.end(&pod).await?)),
        Event::AllDeleted => {
            for member in every(scene) {
                let life = runtime.end(&member.pod).await?;
                happened.replaced.push((member.pod.clone(), life));
            }
        }
        Event::LeaderKilled | Event::StandbyKilled => {
            let pod = match event {
                Event::LeaderKilled => pod,
                _ => waited_for(scene).await?,
            };
            happened.killed = Some((pod.clone(), runtime.server(&pod).await?.restarts));
            happened.at = now();
            runtime.kill(&pod, within).await?;
        }
        Event::ServerKilled => {
            let script = "read -r process <\"$PGDATA/postmaster.pid\"; kill -KILL \"$process\"";
            shell(scene, &pod, script, &[]).await?;
        }
        Event::StandbyFrozen => {
            let standby = waited_for(scene).await?;
            happened.at = now();
            runtime.freeze(&standby, scene.limits.command).await?;
            tokio::time::sleep(std::time::Duration::from_secs(silent(scene))).await;
        }
        Event::NodeFrozen => {
            let node = machine(scene, &pod).await?;
            happened.at = now();
            happened.stopped = Some(kind::pause(&node).await?);
        }
    }
    Ok(happened)
}

fn silent(scene: &Scene<'_>) -> u64 {
    match scene.cluster.spec.durability {
        Durability::Async | Durability::Quorum => SILENT,
        Durability::Sync => SILENT_FOR_LONG,
    }
}

/// A standby that commits wait for; any where they wait for none.
async fn waited_for(scene: &Scene<'_>) -> Result<String> {
    let sql = "select application_name from pg_stat_replication order by sync_state in ('sync', 'quorum') desc, 1 limit 1";
    let standby = scene.ask(&scene.primary, sql).await?;
    ensure!(!standby.is_empty(), "no standby streams");
    Ok(standby)
}

/// Hands the lead over, to a member by its name or to whichever; returns who leads then, once all follow.
pub(crate) async fn hand_over(scene: &Scene<'_>, to: Option<&str>) -> Result<String> {
    let ground = Ground {
        runtime: scene.runtime(),
        cluster: scene.cluster,
        commands: Commands {
            files: Vec::new(),
            located: scene.site.located(&scene.namespace),
        },
        timeout: scene.limits.followed,
        progress: scene.progress,
    };
    let moved = leader::hand_over(&ground, to).await?;
    let moved = moved.context("it led already")?;
    if let Some(to) = to {
        ensure!(moved.to == to, "{} leads, {to} was to", moved.to);
    }
    ensure!(
        moved.not_following.is_empty(),
        "{}",
        moved.not_following.join("; ")
    );
    Ok(moved.to)
}

/// Sees that it took effect, where no move of the lead shows it. Asked when all has healed.
pub(super) async fn took(scene: &Scene<'_>, happened: &Happened) -> Result<()> {
    if happened.event == Event::ServerKilled {
        let pod = &happened.leader.pod;
        let sql = format!(
            "select extract(epoch from pg_postmaster_start_time()) > {}",
            happened.at
        );
        let again = until(scene.limits.soon, || async {
            let answer = scene.ask(&happened.leader, &sql).await?;
            Ok::<_, anyhow::Error>(match answer.as_str() {
                "t" => Verdict::passed("started again"),
                _ => Verdict::failed("it runs since before"),
            })
        });
        let again = again.await?;
        let is_again = again.outcome == Outcome::Passed;
        ensure!(is_again, "the server of {pod} was killed: {}", again.seen);
    }
    if let Some((pod, before)) = &happened.killed {
        let restarts = scene.runtime().server(pod).await?.restarts;
        ensure!(
            restarts > *before,
            "{pod} was killed, and not started again"
        );
    }
    Ok(())
}

/// Lets go on what was stopped. Where nothing was, nothing is done.
pub(super) async fn undo(scene: &Scene<'_>, event: Event) {
    if event == Event::StandbyFrozen {
        for standby in &scene.standbys {
            // One that was never frozen goes on, too.
            let within = scene.limits.command;
            let _ = scene.runtime().thaw(&standby.pod, within).await;
        }
    }
}

/// Waits until every member is ready again; a node that was stopped goes on first.
pub(super) async fn healed(scene: &Scene<'_>, happened: &mut Happened) -> Result<()> {
    drop(happened.stopped.take());
    for (pod, life) in &happened.replaced {
        ready_again(scene, pod, life).await?;
    }
    scene.installer.wait(scene.cluster).await
}
