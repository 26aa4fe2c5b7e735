//! Faults: each breaks something that runs, shows that it broke, and judges the recovery.
//!
//! One follows another only when the one before has healed: two at once would show something else. The last one loses
//! the primary's data for good.

use super::checks;
use super::only::{Part, Wanted};
use super::report::{Outcome, Verdict};
use super::scene::Scene;
use super::stage::{Check, look};

mod certificate;
mod clone;
mod crash;
mod frozen;
mod ledger;
mod lost_volume;
mod members;
mod moved_lead;
mod objects;
mod other_version;
mod passwords;
mod primary_pod;
mod promoted_by_hand;
mod restart_order;
mod second_pod;
mod shared_memory;
mod slot;
mod taken_over;
mod told;

/// Why a fault of a standby is not tried.
const NO_STANDBY: &str = "no standby follows the primary";

/// Breaks one thing after the other. Where one does not heal, the others are not tried, and a row says so.
pub(super) async fn run(scene: &mut Scene<'_>) {
    let ready = match scene.stage.part {
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
    if each(scene).await.is_none() {
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

async fn each(scene: &mut Scene<'_>) -> Option<()> {
    healed(scene, primary_pod::deleted(scene).await).await?;
    let moved = moved_lead::there_and_back(scene).await;
    healed(scene, moved).await?;
    healed(scene, frozen::standbys(scene).await).await?;
    healed(scene, certificate::renewed(scene).await).await?;
    healed(scene, passwords::rotated(scene).await).await?;
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

/// Why faults are not tried that are of servers alone: one spec shows them.
fn shown_elsewhere(scene: &Scene<'_>) -> Option<&'static str> {
    let is_shown = scene.installer.chart().is_some() || scene.has_jobs();
    is_shown.then_some(
        "the same however objects came and whoever copied data: tried with bootstrap: init, applied by pgherd",
    )
}

/// Why faults are not tried that are of pgherd's own applying.
fn of_helm(scene: &Scene<'_>) -> Option<&'static str> {
    let chart = scene.installer.chart();
    chart.map(|_| "objects are Helm's, and pgherd applies none")
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
