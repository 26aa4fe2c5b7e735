//! The checks of a cluster that was applied. Each looks, then a function over what was seen says whether it is right,
//! so that every judgement can be shown to fail.

mod again;
mod bootstrap;
mod outside;
mod pooler;
mod replication;
mod services;
mod spread;

pub(super) use again::{applied_again, snapshot};

use super::scene::Scene;
use crate::spec::{Bootstrap, ExposeType};

/// The table that the checks write to.
const TABLE: &str = "pgherd_e2e";

/// Every check that does not apply anything, in an order that leaves no table behind.
pub(super) async fn run(scene: &Scene<'_>) {
    replication::rows_arrive(scene).await;
    replication::members_stream(scene).await;
    services::lead_where_they_say(scene).await;
    if scene.cluster.spec.expose.kind != ExposeType::None {
        outside::reachable(scene).await;
    }
    if scene.cluster.pgpool().is_some() {
        pooler::splits(scene).await;
    }
    if scene.cluster.spec.bootstrap == Bootstrap::Job {
        bootstrap::jobs_copied(scene).await;
    }
    replication::drop_arrives(scene).await;
}
