//! Who leads by the facts of a cluster: naming a member there, waiting until members know it, and taking it back. Promotes
//! nobody, and asks nobody to.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail, ensure};
use futures::future::join_all;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::Patch;
use serde_json::json;

use super::Ground;
use super::actions::{BETWEEN_LOOKS, QUICK, params};
use crate::apply::{Error, reason, refresh};
use crate::cluster::LeaderRecord;
use crate::{names, topology};

/// How long the kubelets may take to bring changed facts to the members.
const TOLD_WITHIN: Duration = Duration::from_secs(120);
/// After which time a kubelet that did not bring them is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(3);

impl Ground<'_> {
    /// Writes into the cluster's facts that a member leads, where they still say that `before` does: two who move the
    /// lead at once do not both name a primary.
    pub(super) async fn name_leader(&self, before: &str, pod: &str) -> Result<()> {
        let live = self.facts().await?;
        let told = named(&live);
        if told != self.told(before).trim() {
            return Err(somebody_else(&told, before));
        }
        self.write_leader(live, pod).await
    }

    /// Names the member again that was named before `pod` was. Nothing to do where it is named already.
    ///
    /// # Errors
    /// When `pod` was told to take the lead, by whomever: it may be promoted at any time.
    pub(super) async fn name_again(&self, before: &str, pod: &str) -> Result<()> {
        self.require_not_ordered(pod).await?;
        let live = self.facts().await?;
        let told = named(&live);
        if told == self.told(before).trim() {
            return Ok(());
        }
        if told != self.told(pod).trim() {
            return Err(somebody_else(&told, pod));
        }
        self.write_leader(live, before).await
    }

    /// Refuses to leave a member out that was told to take the lead: the order stands until it has replayed everything.
    /// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL>
    pub(super) async fn require_not_ordered(&self, pod: &str) -> Result<()> {
        let order = format!("{}/data/promote", names::DATA_MOUNT);
        let looked = self.run(pod, &["test", "!", "-e", &order], QUICK).await?;
        let standby = self.sql(pod, "select pg_is_in_recovery()", QUICK).await?;
        ensure!(
            looked.success && standby == "t",
            "{pod} was told to take the lead; it does when it has replayed what it has received"
        );
        Ok(())
    }

    fn record(&self) -> LeaderRecord {
        topology::layout(self.cluster).leader
    }

    async fn facts(&self) -> Result<ConfigMap> {
        let name = self.record().config_map;
        let maps: Api<ConfigMap> = self.api();
        let live = maps.get(&name).await;
        live.map_err(|error| anyhow!("looking at ConfigMap/{name}: {}", reason(&error)))
    }

    async fn write_leader(&self, live: ConfigMap, pod: &str) -> Result<()> {
        let name = self.record().config_map;
        let patch = json!({
            "metadata": {"resourceVersion": live.metadata.resource_version},
            "data": {names::PRIMARY_FACT: self.told(pod)},
        });
        let maps: Api<ConfigMap> = self.api();
        match maps.patch(&name, &params(), &Patch::Merge(patch)).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 => {
                Err(somebody_else("another member, perhaps,", &named(&live)))
            }
            Err(error) => Err(anyhow!("changing ConfigMap/{name}: {}", reason(&error))),
        }
    }

    /// What the facts say when a member leads.
    fn told(&self, pod: &str) -> String {
        self.record().text(pod)
    }

    /// Waits until members have the facts in which `leader` leads.
    pub(super) async fn until_told(&self, pods: &[String], leader: &str) -> Result<()> {
        let told = self.told(leader);
        let deadline = Instant::now() + TOLD_WITHIN;
        let path = format!("{}/{}", names::CLUSTER_MOUNT, names::PRIMARY_FACT);
        loop {
            refresh(&self.client, self.namespace(), self.cluster.name()).await?;
            let again = Instant::now() + ASK_AGAIN;
            while Instant::now() < again {
                let looks = pods.iter().map(async |pod| {
                    match self.run(pod, &["cat", &path], QUICK).await {
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

/// Whom the facts name.
fn named(facts: &ConfigMap) -> String {
    let data = facts.data.as_ref();
    let named = data.and_then(|data| data.get(names::PRIMARY_FACT));
    named.map_or_else(String::new, |named| named.trim().to_owned())
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
