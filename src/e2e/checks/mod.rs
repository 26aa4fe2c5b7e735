//! The checks of a cluster that was applied. Each looks, then a function over what was seen says whether it is right,
//! so that every judgement can be shown to fail.

mod additions;
mod again;
mod bootstrap;
mod durability;
mod encryption;
mod hardening;
pub(super) mod leaks;
pub(super) mod metrics;
mod outside;
mod pooler;
mod replication;
mod room;
mod senders;
mod services;
mod spread;
mod view;

pub(super) use again::{applied_again, compare, restarts, snapshot};

use crate::fault::scene::Scene;
use crate::spec::ExposeType;

/// The table that the checks write to.
const TABLE: &str = "pgherd_e2e";
/// Rows that are written to it: `1 foo`, `2 bar`, and 10,000 random ones.
const ROWS: u32 = 10_002;

/// What only the first start shows.
pub(super) async fn of_the_first_start(scene: &Scene<'_>) {
    if scene.has_jobs() {
        bootstrap::jobs_copied(scene).await;
    }
}

/// What clients and standbys see of names, where kustomize has changed them.
pub(super) async fn of_names(scene: &Scene<'_>) {
    encryption::holds(scene).await;
    senders::each_standby_is_sent_to(scene).await;
}

/// What holds at any time. Leaves no table behind.
pub(super) async fn run(scene: &Scene<'_>) {
    hardening::holds(scene).await;
    additions::are_there(scene).await;
    if scene.cluster.is_encrypted() {
        encryption::holds(scene).await;
    }
    replication::rows_arrive(scene).await;
    senders::each_standby_is_sent_to(scene).await;
    durability::holds(scene).await;
    room::is_left(scene).await;
    services::lead_where_they_say(scene).await;
    if scene.cluster.spec.expose.kind != ExposeType::None {
        outside::reachable(scene).await;
    }
    if scene.cluster.pgpool().is_some() {
        pooler::splits(scene).await;
    }
    if scene.cluster.metrics().is_some() {
        metrics::hold(scene).await;
    }
    replication::drop_arrives(scene).await;
    // Last, when what the checks themselves did has reached the logs.
    leaks::none(scene).await;
}
