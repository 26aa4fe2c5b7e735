//! The lead is moved: on purpose while clients write, there and back, without loss; and after the primary is lost.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};

use super::check::{self, Check, Company, Outcome, Verdict, Wanted, fault};
use super::client::Refusal;
use super::ledger::{self, Ledger};
use super::members::{made_anew, markers};
use super::primary_pod::writing;
use super::scene::{Scene, until};
use super::{NO_STANDBY, lost_volume};
use crate::cluster::Cluster;
use crate::leader::{self, Ground, Left, Moved, Plan};
use crate::pause::BETWEEN_LOOKS;
use crate::status::{self, Commands, Facts, Member};
use crate::topology;

/// The promotion after a loss.
const PROMOTE: &str = "promote a standby after the loss";

/// Moves the lead to the last standby while clients write, and back: who makes one of these checks makes all, so that the
/// same one leads afterwards.
pub(crate) async fn there_and_back(scene: &mut Scene<'_>) -> Outcome {
    let there = scene.primary.pod.clone();
    let Some(last) = scene.standbys.last() else {
        let check = fault("hand the lead to a standby", "writes again");
        return scene.skip(check, NO_STANDBY).await;
    };
    let back = last.pod.clone();
    let moves = [(there.clone(), back.clone()), (back, there)];
    let all: Vec<String> = (moves.iter())
        .flat_map(|(from, to)| [handing(from, to), leading(to)])
        .collect();
    for (from, to) in &moves {
        let check = Check {
            // It is measured how long clients cannot write.
            company: Company::Alone,
            wanted: Wanted::With(all.clone()),
            ..fault(
                handing(from, to),
                format!(
                    "writes again within {} s by every path, no member cloned again",
                    scene.promises().handed_over.as_secs()
                ),
            )
        };
        let outcome = scene.make(check, handed_over(scene, to)).await;
        let check = leads(leading(to), all.clone());
        if outcome != Outcome::Passed || settled(scene, check, Some(to)).await != Outcome::Passed {
            return Outcome::Failed;
        }
    }
    Outcome::Passed
}

fn handing(from: &str, to: &str) -> String {
    format!("hand the lead from {from} to {to}")
}

fn leading(leader: &str) -> String {
    format!("{leader} leads")
}

async fn handed_over(scene: &Scene<'_>, to: &str) -> Result<Verdict> {
    ledger::prepare(scene).await?;
    let before = markers(scene).await?;
    ledger::start(scene).await?;
    let moved = write_and_move(scene, to).await;
    // However it went, nothing writes when the next thing breaks.
    let ledger = ledger::stop(scene).await?;
    let moved = moved?;
    let mut problems = moved.not_following.clone();
    let paths = ledger::paths(scene);
    problems.extend(ledger.too_long(&paths, scene.promises().handed_over));
    problems.extend(made_anew(&before, &markers(scene).await?));
    let rested = moved.without_primary.map_or(0.0, |time| time.as_secs_f64());
    let summary = ledger::summary(&ledger, &paths);
    Ok(Verdict::from_problems(
        &problems,
        format!(
            "{}, no primary for {rested:.1} s; {summary}",
            moved.timeline
        ),
    ))
}

async fn write_and_move(scene: &Scene<'_>, to: &str) -> Result<Moved> {
    let nothing = Ledger::default();
    let waited = until(scene.limits.soon, || writing(scene, &nothing)).await?;
    ensure!(
        waited.outcome == Outcome::Passed,
        "before the move: {}",
        waited.seen
    );
    let cluster = as_led(scene);
    let facts = look(scene, &cluster).await?;
    let plan = leader::planned(&facts, Some(to)).map_err(|reasons| anyhow!(reasons.join("; ")))?;
    let moved = leader::switchover(&ground(scene, &cluster), &plan).await?;
    let until_then = ledger::show(scene).await?;
    let waited = until(scene.limits.soon, || writing(scene, &until_then)).await?;
    ensure!(
        waited.outcome == Outcome::Passed,
        "after the move: {}",
        waited.seen
    );
    Ok(moved)
}

/// Looks at every member after a move to the one that is named, or to any.
async fn settled(scene: &mut Scene<'_>, check: Check, leader: Option<&str>) -> Outcome {
    let found = scene.refresh().await;
    let scene = &*scene;
    let look = async {
        found?;
        let mut problems = ledger::missing(scene).await?;
        let leads = &scene.primary.pod;
        if leader.is_some_and(|leader| leader != leads) {
            problems.push(format!("{leads} leads"));
        }
        problems.extend(lost_volume::slots(scene).await?);
        let facts = look(scene, &as_led(scene)).await?;
        problems.extend(timelines(&facts));
        let timeline = facts.leading_server().map_or(0, |server| server.timeline);
        let seen = format!("{leads}, on timeline {timeline}");
        Ok::<_, anyhow::Error>(Verdict::from_problems(&problems, seen))
    };
    scene.make(check, look).await
}

fn leads(name: String, with: Vec<String>) -> Check {
    let expected =
        "no acknowledged row lost, every member on its timeline, one slot in use for each standby";
    Check {
        wanted: Wanted::With(with),
        ..check::look(name, expected)
    }
}

/// After the primary's volume is lost: promotes the standby that has the most; the old primary copies it.
pub(crate) async fn after_loss(scene: &mut Scene<'_>) -> Outcome {
    let check = Check {
        wanted: Wanted::With(vec![lost_volume::OF_THE_PRIMARY.into()]),
        ..fault(
            PROMOTE,
            "clients write again, every member follows, the old primary with a copy of the new one",
        )
    };
    let outcome = scene.make(check, promoted(scene)).await;
    if outcome != Outcome::Passed {
        return outcome;
    }
    // Which one it is nobody knows before.
    let check = leads("the promoted one leads".into(), vec![PROMOTE.into()]);
    settled(scene, check, None).await
}

async fn promoted(scene: &Scene<'_>) -> Result<Verdict> {
    let cluster = as_led(scene);
    let plan = plan_after_loss(scene, &cluster).await?;
    let moved = leader::promote(&ground(scene, &cluster), &plan).await?;
    let followed = until(scene.limits.followed, || following(scene)).await?;
    if followed.outcome != Outcome::Passed {
        return Ok(followed);
    }
    // Once its probe has seen that it leads.
    let written = until(scene.limits.soon, || write(scene)).await?;
    if written.outcome != Outcome::Passed {
        return Ok(written);
    }
    Ok(Verdict::from_problems(
        &moved.not_following,
        format!("{} leads, on {}", moved.to, moved.timeline),
    ))
}

/// Whether a client's write gets to the one that leads.
async fn write(scene: &Scene<'_>) -> Result<Verdict, Refusal> {
    let service = scene.owner_at(scene.write_service());
    let create = "create table if not exists pgherd_promoted (number int)";
    scene.client.psql(&service, &[create]).await?;
    Ok(Verdict::passed("written"))
}

/// The plan of a promotion, once there is one: a container that ends as it is asked cannot be told from one that lives.
async fn plan_after_loss(scene: &Scene<'_>, cluster: &Cluster) -> Result<Plan> {
    let deadline = Instant::now() + scene.limits.soon;
    loop {
        let facts = look(scene, cluster).await?;
        match leader::unplanned(&facts, None, &Left::default()) {
            Ok(plan) => return Ok(plan),
            Err(reasons) => ensure!(Instant::now() < deadline, reasons.join("; ")),
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Whether every other member streams from the one that leads.
async fn following(scene: &Scene<'_>) -> Result<Verdict> {
    let facts = look(scene, scene.cluster).await?;
    let streams = |member: &&Member| {
        let sender = facts
            .leading_server()
            .and_then(|server| server.sender(&member.name));
        sender.is_some_and(|sender| sender.state.as_deref() == Some("streaming"))
    };
    let (following, all) = (
        facts.followers().filter(streams).count(),
        scene.standbys.len(),
    );
    Ok(if following == all {
        Verdict::passed("all follow")
    } else {
        Verdict::failed(format!("{following} of {all} members follow"))
    })
}

/// The cluster as its spec would have it now.
fn as_led(scene: &Scene<'_>) -> Cluster {
    topology::led_by(scene.cluster, &scene.primary.pod)
}

/// Members that are not on the timeline of the others.
fn timelines(facts: &Facts) -> Vec<String> {
    let on = |member: &Member| {
        (
            member.name.clone(),
            member.server().map(|server| server.timeline),
        )
    };
    let seen: Vec<(String, Option<u32>)> = facts.members.iter().map(on).collect();
    let different: BTreeSet<Option<u32>> = seen.iter().map(|(_, timeline)| *timeline).collect();
    if different.len() == 1 && !different.contains(&None) {
        return Vec::new();
    }
    let words = seen.iter().map(|(name, timeline)| match timeline {
        Some(timeline) => format!("{name} is on timeline {timeline}"),
        None => format!("{name} does not answer"),
    });
    words.collect()
}

async fn look(scene: &Scene<'_>, cluster: &Cluster) -> Result<Facts> {
    Ok(status::look(&scene.runtime(), cluster, commands(scene)).await?)
}

fn ground<'a>(scene: &'a Scene<'_>, cluster: &'a Cluster) -> Ground<'a> {
    Ground {
        runtime: scene.runtime(),
        cluster,
        commands: commands(scene),
        timeout: scene.limits.followed,
        progress: scene.progress,
    }
}

/// Errors name commands; there is no spec's file to name in them here.
fn commands(scene: &Scene<'_>) -> Commands {
    Commands {
        files: Vec::new(),
        located: scene.site.located(&scene.namespace),
    }
}
