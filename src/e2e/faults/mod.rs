//! Faults: each breaks something that runs, shows that it broke, and judges the recovery.
//!
//! One follows another only when the one before has healed: two at once would show something else. The last one loses
//! the primary's data for good.

use super::checks;
use super::report::{Outcome, Verdict};
use super::scene::Scene;

mod certificate;
mod clone;
mod frozen;
mod ledger;
mod lost_volume;
mod members;
mod moved_lead;
mod objects;
mod passwords;
mod primary_pod;
mod second_pod;
mod slot;

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
    healed(scene, second_pod::on_a_volume(scene).await).await?;
    healed(scene, objects::deleted_and_applied(scene).await).await?;
    if scene.installer.chart().is_none() {
        healed(scene, objects::pruned(scene).await).await?;
        healed(scene, objects::taken_over(scene).await).await?;
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
    if lost_volume::of_the_primary(scene).await == Outcome::Failed {
        return None;
    }
    moved_lead::after_loss(scene).await;
    Some(())
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
