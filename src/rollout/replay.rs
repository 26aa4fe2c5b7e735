//! Replay between two parts of a rollout: standbys read in the WAL which settings their primary has.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::ask;
use crate::cluster::Cluster;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::Runtime;
use crate::topology;

/// Waits until every standby has replayed what the primary has written so far.
///
/// # Errors
/// When one has not within the time, with those that lack it.
pub async fn until_replayed(runtime: &Runtime, cluster: &Cluster, within: Duration) -> Result<()> {
    let deadline = Instant::now() + within;
    let layout = topology::layout(cluster);
    let written = ask(runtime, cluster, "select pg_current_wal_lsn()").await?;
    let sql =
        format!("select application_name from pg_stat_replication where replay_lsn >= '{written}'");
    loop {
        let seen = ask(runtime, cluster, &sql).await?;
        let have: BTreeSet<&str> = seen.lines().collect();
        let mut lacking = layout.standbys_by_spec();
        lacking.retain(|pod| !have.contains(pod.as_str()));
        if lacking.is_empty() {
            return Ok(());
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "after {} s {} has not replayed what {} wrote; the standbys were not restarted, and applying again goes on",
            within.as_secs(),
            lacking.join(" and "),
            layout.leader.by_spec
        );
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
