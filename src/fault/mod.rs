//! Faults: each breaks something that runs, shows that it broke, and observes the recovery; and the scene that they, and
//! whoever else looks at a cluster, see it by.
//!
//! Knows neither who makes checks nor who keeps their rows: `e2e/` does.

use scene::Scene;

pub(crate) mod caught_up;
pub(crate) mod certificate;
pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod clone;
pub(crate) mod crash;
pub(crate) mod frozen;
pub(crate) mod install;
pub(crate) mod leading;
pub(crate) mod ledger;
pub(crate) mod limits;
pub(crate) mod lost_volume;
pub(crate) mod members;
pub(crate) mod moved_lead;
pub(crate) mod objects;
pub(crate) mod other_scripts;
pub(crate) mod other_version;
pub(crate) mod outage;
pub(crate) mod passwords;
pub(crate) mod primary_pod;
mod promise;
pub(crate) mod promoted_by_hand;
pub(crate) mod restart_order;
pub(crate) mod scene;
pub(crate) mod second_pod;
pub(crate) mod shared_memory;
pub(crate) mod site;
pub(crate) mod slot;
pub(crate) mod taken_over;
mod told;

/// Why a fault of a standby is not tried.
const NO_STANDBY: &str = "no standby follows the primary";

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
