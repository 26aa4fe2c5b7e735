//! Faults: each breaks something that runs, shows that it broke, and judges the recovery.
//!
//! One follows another only when the one before has healed: two at once would show something else. The last one loses
//! the primary's data for good.

use super::checks;
use super::report::{Outcome, Verdict};
use super::scene::Scene;
use crate::spec::Bootstrap;

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

/// Breaks one thing after the other. Where one does not heal, the others are not tried, and a row says so.
pub(super) async fn run(scene: &mut Scene<'_>) {
    if each(scene).await.is_none() {
        let why = async { Ok::<_, anyhow::Error>(Verdict::skipped("the one before did not heal")) };
        scene.check("the remaining faults", "tried", why).await;
    }
}

async fn each(scene: &mut Scene<'_>) -> Option<()> {
    healed(scene, primary_pod::deleted(scene).await).await?;
    let moved = moved_lead::there_and_back(scene).await;
    healed(scene, moved).await?;
    healed(scene, frozen::standbys(scene).await).await?;
    if scene.cluster.brings_certificate() {
        healed(scene, certificate::renewed(scene).await).await?;
    }
    healed(scene, passwords::rotated(scene).await).await?;
    if is_for_servers(scene) {
        of_servers(scene).await?;
    }
    healed(scene, objects::deleted_and_applied(scene).await).await?;
    if scene.installer.chart().is_none() {
        healed(scene, objects::pruned(scene).await).await?;
        healed(scene, taken_over::by_pgherd(scene).await).await?;
    }
    for volume in scene.cluster.member_volumes() {
        healed(scene, lost_volume::of_a_standby(scene, volume).await).await?;
    }
    healed(scene, clone::cut_off(scene).await).await?;
    healed(scene, slot::outrun_while_running(scene).await).await?;
    healed(scene, slot::outrun(scene).await).await?;
    scene.phase = "after the faults: ";
    checks::run(scene).await;
    scene.phase = "";
    // Only who applies with pgherd has it written down that there is data.
    if scene.installer.chart().is_none()
        && lost_volume::of_the_primary_alone(scene).await == Outcome::Failed
    {
        return None;
    }
    if lost_volume::of_the_primary(scene).await == Outcome::Failed {
        return None;
    }
    moved_lead::after_loss(scene).await;
    Some(())
}

/// Whether faults are tried that are of servers alone: they are the same however objects came and whoever copied data,
/// so one spec shows them.
fn is_for_servers(scene: &Scene<'_>) -> bool {
    scene.installer.chart().is_none() && scene.cluster.spec.bootstrap == Bootstrap::Init
}

async fn of_servers(scene: &mut Scene<'_>) -> Option<()> {
    healed(scene, second_pod::on_a_volume(scene).await).await?;
    healed(scene, promoted_by_hand::beside_the_primary(scene).await).await?;
    healed(scene, shared_memory::joined(scene).await).await?;
    healed(scene, crash::killed(scene).await).await?;
    healed(scene, other_version::refused(scene).await).await?;
    healed(scene, restart_order::of_apply(scene).await).await
}

/// Nothing where a fault has not healed. Otherwise looks where the members are now.
async fn healed(scene: &mut Scene<'_>, outcome: Outcome) -> Option<()> {
    if outcome == Outcome::Failed {
        return None;
    }
    let found = scene.refresh().await;
    if let Err(error) = found {
        let lost = async { Err::<Verdict, _>(error) };
        scene
            .check("find the members", "each has a pod and an address", lost)
            .await;
        return None;
    }
    Some(())
}
