//! Applying a cluster in the order in which its members may restart, with replay in between.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::apply::{Connection, Options};
use crate::cluster::Cluster;
use crate::k8s::Manifest;
use crate::runtime::{self, Runtime, in_namespace};
use crate::secrets::Secrets;
use crate::topology;

mod identifier;
mod major;
mod order;
mod secrets;
mod steps;

pub use identifier::remember;
pub use order::{Order, order, parts};
pub use steps::{apply_in_order, foresee, require_possible};

/// How long one question may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// Pause between two looks at what cannot be watched.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// A cluster that is applied: which, where and how.
pub struct Rollout<'a> {
    /// The cluster as its spec has it.
    pub cluster: &'a Cluster,
    /// What its Secrets hold, where they are applied with the rest.
    pub secrets: Option<&'a Secrets>,
    /// Where its objects go.
    pub connection: &'a Connection,
    /// How they are applied.
    pub options: &'a Options,
}

impl Rollout<'_> {
    fn objects(&self) -> Vec<Manifest> {
        topology::objects(self.cluster, self.secrets)
    }

    fn namespace(&self) -> &str {
        self.options.namespace_of(self.cluster)
    }

    fn runtime(&self) -> Runtime {
        in_namespace(&self.connection.client, self.namespace())
    }
}

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

async fn ask(runtime: &Runtime, cluster: &Cluster, sql: &str) -> Result<String> {
    let member = topology::layout(cluster).leader.by_spec;
    let words = runtime::psql(sql);
    let output = runtime.run(&member, &words, ANSWER_WITHIN).await?;
    anyhow::ensure!(output.success, "{member}: {}", output.stderr.trim());
    Ok(output.stdout.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use crate::cluster::Cluster;
    use crate::spec;
    use crate::validate;

    pub(super) fn cluster(more: &str) -> Cluster {
        let text = format!("name: shop\ntopology: streaming\n{more}");
        let source = spec::Source {
            name: "shop.yaml",
            text: &text,
            folder: None,
        };
        validate::read(&source).expect("a spec").remove(0)
    }
}
