//! What is changed in a cluster when the lead moves: where Services lead, which pods end, and who follows. Who leads by the facts
//! is `record`'s. Decides nothing.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Ground;
use crate::pause::BETWEEN_LOOKS;
use crate::topology;

/// How long a command may take that does no work.
pub(super) const QUICK: Duration = Duration::from_secs(15);

impl Ground<'_> {
    /// Runs the script that promotes a member; returns the timeline that it is on then, in its own words.
    pub(super) async fn promotion(
        &self,
        pod: &str,
        arguments: &[&str],
        within: Duration,
    ) -> Result<String> {
        let words = [&["promote.sh"], arguments].concat();
        let said = self.runtime.script(pod, &words, within).await?;
        Ok(said.lines().last().unwrap_or_default().to_owned())
    }

    /// How far a standby's data goes, in bytes of WAL.
    pub(super) async fn reached(&self, pod: &str) -> Result<i64> {
        let statement =
            "select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn";
        let bytes = self.runtime.sql(pod, statement, QUICK).await?;
        bytes
            .parse()
            .with_context(|| format!("{pod} does not tell how far it is: {bytes}"))
    }

    /// Has the Services lead where they lead when `leader` leads.
    pub(super) async fn point_services(&self, leader: &str) -> Result<()> {
        let routes = topology::routes(self.cluster, leader);
        self.runtime.point_services(&routes).await
    }

    /// Ends the clients' sessions of a standby to which the Service for writing led: they would be refused every write for as
    /// long as they live. Readers come back at once.
    pub(super) async fn end_sessions(&self, pod: &str) {
        let statement = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                         where pg_is_in_recovery() and backend_type = 'client backend' and pid <> pg_backend_pid()";
        // One that cannot be asked has no session, either.
        let _ = self.runtime.sql(pod, statement, QUICK).await;
    }

    /// Ends an old primary that was told to stop, and still waits for a standby that is silent.
    pub(super) async fn end_stopped(&self, pod: &str) {
        // Most have ended by now, and with them who could be asked.
        let _ = self
            .runtime
            .script(pod, &["hand-over.sh", "end"], QUICK)
            .await;
    }

    /// Waits until members stream from the one that leads; returns those that do not, with what was seen last.
    pub(crate) async fn until_followed(&self, leader: &str, members: &[String]) -> Vec<String> {
        let deadline = Instant::now() + self.timeout;
        loop {
            let statement =
                "select application_name from pg_stat_replication where state = 'streaming'";
            let seen = self.runtime.sql(leader, statement, QUICK).await;
            let streaming: BTreeSet<&str> = seen
                .as_ref()
                .map_or_else(|_| BTreeSet::new(), |seen| seen.lines().collect());
            let lacking: Vec<&String> = members
                .iter()
                .filter(|one| !streaming.contains(one.as_str()))
                .collect();
            if lacking.is_empty() || Instant::now() > deadline {
                return lacking
                    .into_iter()
                    .map(|one| format!("{one} does not stream from {leader} yet"))
                    .collect();
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}
