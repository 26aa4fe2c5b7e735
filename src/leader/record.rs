//! Who leads by the facts of a cluster: naming a member there, waiting until members know it, and taking it back. Promotes
//! nobody, and asks nobody to.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use futures::future::join_all;

use super::Ground;
use super::actions::QUICK;
use crate::apply::Error;
use crate::cluster::LeaderRecord;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::Recorded;
use crate::{names, topology};

/// How long the kubelets may take to bring changed facts to the members.
const TOLD_WITHIN: Duration = Duration::from_secs(120);
/// After which time a kubelet that did not bring them is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(3);

impl Ground<'_> {
    /// Writes into the cluster's facts that a member leads, where they still say that `before` does: two who move the
    /// lead at once do not both name a primary.
    pub(super) async fn name_leader(&self, before: &str, pod: &str) -> Result<()> {
        let read = self.runtime.recorded(&self.record()).await?;
        if read.word != self.told(before).trim() {
            return Err(somebody_else(&read.word, before));
        }
        self.write_leader(&read, pod).await
    }

    /// Names the member again that was named before `pod` was. Nothing to do where it is named already.
    ///
    /// # Errors
    /// When `pod` was told to take the lead, by whomever: it may be promoted at any time.
    pub(super) async fn name_again(&self, before: &str, pod: &str) -> Result<()> {
        self.require_not_ordered(pod).await?;
        let read = self.runtime.recorded(&self.record()).await?;
        if read.word == self.told(before).trim() {
            return Ok(());
        }
        if read.word != self.told(pod).trim() {
            return Err(somebody_else(&read.word, pod));
        }
        self.write_leader(&read, before).await
    }

    /// Refuses to leave a member out that was told to take the lead: the order stands until it has replayed everything.
    /// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL>
    pub(super) async fn require_not_ordered(&self, pod: &str) -> Result<()> {
        let order = format!("{}/data/promote", names::DATA_MOUNT);
        let words = ["test", "!", "-e", &order];
        let looked = self.runtime.run(pod, &words, QUICK).await?;
        let statement = "select pg_is_in_recovery()";
        let standby = self.runtime.sql(pod, statement, QUICK).await?;
        ensure!(
            looked.success && standby == "t",
            "{pod} was told to take the lead; it does when it has replayed what it has received"
        );
        Ok(())
    }

    /// Where it is written who leads.
    fn record(&self) -> LeaderRecord {
        topology::layout(self.cluster).leader
    }

    async fn write_leader(&self, read: &Recorded, pod: &str) -> Result<()> {
        let record = self.record();
        let text = record.text(pod);
        if self.runtime.write_record(&record, read, &text).await? {
            return Ok(());
        }
        Err(somebody_else("another member, perhaps,", &read.word))
    }

    /// What the facts say when a member leads.
    fn told(&self, pod: &str) -> String {
        self.record().text(pod)
    }

    /// Waits until members have the facts in which `leader` leads.
    pub(super) async fn until_told(&self, pods: &[String], leader: &str) -> Result<()> {
        let told = self.told(leader);
        let deadline = Instant::now() + TOLD_WITHIN;
        let path = format!("{}/{}", names::CLUSTER_MOUNT, self.record().key);
        loop {
            self.runtime.refresh(self.cluster.name()).await?;
            let again = Instant::now() + ASK_AGAIN;
            while Instant::now() < again {
                let looks = pods.iter().map(async |pod| {
                    match self.runtime.run(pod, &["cat", &path], QUICK).await {
                        Ok(output) if output.stdout == told => None,
                        Ok(output) => Some(format!("{pod} has {}", output.stdout.trim())),
                        Err(error) => Some(format!("{error:#}")),
                    }
                });
                let lacking: Vec<String> = join_all(looks).await.into_iter().flatten().collect();
                if lacking.is_empty() {
                    return Ok(());
                }
                if Instant::now() > deadline {
                    bail!(
                        "not every member has learnt within {} s that {leader} leads: {}",
                        TOLD_WITHIN.as_secs(),
                        lacking.join("; ")
                    );
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        }
    }
}

fn somebody_else(named: &str, before: &str) -> anyhow::Error {
    Error::Unsafe {
        doing: "moving the lead".into(),
        reasons: vec![format!(
            "the cluster's facts name {named} by now, no longer {before}: somebody else moves the lead"
        )],
    }
    .into()
}
