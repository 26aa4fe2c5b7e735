//! The order in which faults are tried, and what is looked at behind them.
//!
//! One follows another only when the one before has healed: two at once would show something else. The last one loses
//! the primary's data for good.

use anyhow::Result;

use super::checks::{self, leaks, metrics};
use super::only::Part;
use crate::fault::check::{Check, Outcome, Verdict, Wanted, look};
use crate::fault::scene::Scene;
use crate::fault::{
    certificate, clone, crash, frozen, ledger, lost_volume, moved_lead, objects, other_scripts,
    other_version, passwords, primary_pod, promoted_by_hand, restart_order, second_pod,
    shared_memory, slot, taken_over,
};
use crate::secrets::passwords::Passwords;
use crate::topology;

/// Breaks one thing after the other. Where one does not heal, the others are not tried, and a row says so.
pub(super) async fn run(scene: &mut Scene<'_>, part: &Part) {
    let ready = match part {
        // The first fault leaves rows that the others look for. It may not be among those that are made.
        Part::Chosen(_) => ledger::written(scene).await,
        Part::Whole | Part::Rehearsal(_) => Ok(()),
    };
    if let Err(error) = ready {
        let failed = async { Err::<Verdict, _>(error) };
        let check = always("write rows that faults must not lose", "acknowledged");
        scene.make(check, failed).await;
        return;
    }
    let healed = if topology::layout(scene.cluster).is_elected() {
        of_elected(scene).await
    } else {
        each(scene).await
    };
    if healed.is_none() {
        let check = always("the remaining faults", "tried");
        scene.skip(check, "the one before did not heal").await;
    }
}

/// A check that is made whatever was asked for: it says what has gone wrong.
fn always(name: &str, expected: &str) -> Check {
    Check {
        wanted: Wanted::Always,
        ..look(name, expected)
    }
}

/// What is changed under members that elect who leads, while clients write.
async fn of_elected(scene: &mut Scene<'_>) -> Option<()> {
    healed(scene, objects::pruned(scene).await).await?;
    healed(scene, other_scripts::under_members(scene).await).await?;
    healed(scene, certificate::renewed(scene).await).await?;
    let besides = async |new: &Passwords| with_passwords(scene, new).await;
    let rotated = passwords::rotated(scene, besides).await;
    healed(scene, rotated).await
}

async fn each(scene: &mut Scene<'_>) -> Option<()> {
    healed(scene, primary_pod::deleted(scene).await).await?;
    let moved = moved_lead::there_and_back(scene).await;
    healed(scene, moved).await?;
    healed(scene, frozen::standbys(scene).await).await?;
    healed(scene, certificate::renewed(scene).await).await?;
    let besides = async |new: &Passwords| with_passwords(scene, new).await;
    let rotated = passwords::rotated(scene, besides).await;
    healed(scene, rotated).await?;
    healed(scene, second_pod::on_a_volume(scene).await).await?;
    healed(scene, promoted_by_hand::beside_the_primary(scene).await).await?;
    healed(scene, shared_memory::joined(scene).await).await?;
    healed(scene, crash::killed(scene).await).await?;
    healed(scene, other_version::refused(scene).await).await?;
    healed(scene, restart_order::of_apply(scene).await).await?;
    healed(scene, objects::deleted_and_applied(scene).await).await?;
    healed(scene, objects::pruned(scene).await).await?;
    healed(scene, taken_over::by_pgherd(scene).await).await?;
    for volume in scene.cluster.member_volumes() {
        healed(scene, lost_volume::of_a_standby(scene, volume).await).await?;
    }
    healed(scene, clone::cut_off(scene).await).await?;
    healed(scene, slot::outrun_while_running(scene).await).await?;
    healed(scene, slot::outrun(scene).await).await?;
    scene.phase = "after the faults: ";
    checks::run(scene).await;
    scene.phase = "";
    if lost_volume::of_the_primary_alone(scene).await == Outcome::Failed
        || lost_volume::of_the_primary(scene).await == Outcome::Failed
    {
        return None;
    }
    moved_lead::after_loss(scene).await;
    Some(())
}

/// What is wrong while the cluster has these passwords, beside what the fault itself looks at.
async fn with_passwords(scene: &Scene<'_>, new: &Passwords) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    if scene.cluster.metrics().is_some() && scene.site.servers_alone().is_none() {
        let metrics = metrics::answer(scene).await?;
        if metrics.outcome != Outcome::Passed {
            problems.push(metrics.seen);
        }
    }
    let leaks = leaks::seen(scene, new).await?;
    if leaks.outcome != Outcome::Passed {
        problems.push(leaks.seen);
    }
    Ok(problems)
}

/// Nothing where a fault has not healed. Otherwise looks where the members are now.
async fn healed(scene: &mut Scene<'_>, outcome: Outcome) -> Option<()> {
    if outcome == Outcome::Failed {
        return None;
    }
    let found = scene.refresh().await;
    if let Err(error) = found {
        let lost = async { Err::<Verdict, _>(error) };
        let check = always("find the members", "each has a pod and an address");
        scene.make(check, lost).await;
        return None;
    }
    Some(())
}
