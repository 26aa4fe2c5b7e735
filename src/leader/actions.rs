//! What is changed in a cluster when the lead moves, step by step: where Services lead, which pods end, and the scripts
//! that members run. Who leads by the facts is `naming`'s. Decides nothing.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use serde_json::{Map, Value, json};
use thiserror::Error as ThisError;

use super::Ground;
use crate::apply::reason;
use crate::cluster::Route;
use crate::exec::{self, Output};
use crate::{names, topology};

/// How long a command may take that does no work.
pub(super) const QUICK: Duration = Duration::from_secs(15);
/// How long an old primary's pod may take to go: its grace period and some more.
const GONE_WITHIN: Duration = Duration::from_secs(200);
/// Pause between two looks at what cannot be watched.
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A command that ended by itself and said why it did not do its work; unlike one of which nothing more is known.
#[derive(Debug, ThisError)]
#[error("{pod}: {words}")]
pub(super) struct Failed {
    pod: String,
    words: String,
    /// What it had printed.
    pub(super) stdout: String,
}

impl Ground<'_> {
    pub(super) fn namespace(&self) -> &str {
        &self.commands.namespace
    }

    pub(super) fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    /// Runs a command in a member; its exit code is part of what it returns.
    pub(super) async fn run(&self, pod: &str, words: &[&str], within: Duration) -> Result<Output> {
        let pods: Api<Pod> = self.api();
        exec::run_in(&pods, pod, names::POSTGRES_CONTAINER, words, within).await
    }

    /// Runs a script of a member's; when it fails, the last words of its log are the error.
    pub(super) async fn script(
        &self,
        pod: &str,
        words: &[&str],
        within: Duration,
    ) -> Result<String> {
        let path = format!("{}/{}", names::SCRIPTS_MOUNT, words[0]);
        let words = [&[path.as_str()], &words[1..]].concat();
        said(pod, &self.run(pod, &words, within).await?)
    }

    /// Runs the script that promotes a member; returns the timeline that it is on then, in its own words.
    pub(super) async fn promotion(
        &self,
        pod: &str,
        arguments: &[&str],
        within: Duration,
    ) -> Result<String> {
        let words = [&["promote.sh"], arguments].concat();
        let said = self.script(pod, &words, within).await?;
        Ok(said.lines().last().unwrap_or_default().to_owned())
    }

    /// How far a standby's data goes, in bytes of WAL.
    pub(super) async fn reached(&self, pod: &str) -> Result<i64> {
        let statement =
            "select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn";
        let bytes = self.sql(pod, statement, QUICK).await?;
        bytes
            .parse()
            .with_context(|| format!("{pod} does not tell how far it is: {bytes}"))
    }

    /// One statement on a member's own server, as the superuser.
    pub(super) async fn sql(&self, pod: &str, statement: &str, within: Duration) -> Result<String> {
        said(pod, &self.run(pod, &exec::psql(statement), within).await?)
    }

    /// Has the Services lead where they lead when `leader` leads.
    pub(super) async fn point_services(&self, leader: &str) -> Result<()> {
        let services: Api<Service> = self.api();
        for Route {
            service: name,
            selector,
            ..
        } in topology::routes(self.cluster, leader)
        {
            let live = services.get_opt(&name).await;
            let live =
                live.map_err(|error| anyhow!("looking for Service/{name}: {}", reason(&error)))?;
            let live = live
                .with_context(|| format!("there is no Service/{name}"))?
                .spec
                .and_then(|spec| spec.selector)
                .unwrap_or_default();
            // In a merge patch, a key that goes has to be null.
            let mut changes: Map<String, Value> =
                live.into_keys().map(|key| (key, Value::Null)).collect();
            changes.extend(selector.into_iter().map(|(key, value)| (key, value.into())));
            let patch = Patch::Merge(json!({"spec": {"selector": changes}}));
            let patched = services.patch(&name, &params(), &patch).await;
            patched.map_err(|error| anyhow!("changing Service/{name}: {}", reason(&error)))?;
        }
        Ok(())
    }

    /// Deletes a pod in order and waits until it is gone, which its kubelet says only once its containers have ended.
    /// Its StatefulSet makes the next one. Nothing to do where there is none.
    pub(super) async fn stop_pod(&self, pod: &str) -> Result<()> {
        let pods: Api<Pod> = self.api();
        let failed = |error: kube::Error| anyhow!("deleting Pod/{pod}: {}", reason(&error));
        let Some(uid) = pods
            .get_opt(pod)
            .await
            .map_err(failed)?
            .and_then(|found| found.metadata.uid)
        else {
            return Ok(());
        };
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(uid.clone()),
                ..Preconditions::default()
            }),
            ..DeleteParams::default()
        };
        match pods.delete(pod, &params).await {
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(()),
            deleted => drop(deleted.map_err(failed)?),
        }
        let deadline = Instant::now() + GONE_WITHIN;
        loop {
            let found = pods.get_opt(pod).await.map_err(failed)?;
            if found.is_none_or(|found| found.metadata.uid.as_ref() != Some(&uid)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!(
                    "the pod {pod} is not gone after {} s: its node has not said that its server has ended",
                    GONE_WITHIN.as_secs()
                );
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Waits until members stream from the one that leads; returns those that do not, with what was seen last.
    pub(super) async fn until_followed(&self, leader: &str, members: &[String]) -> Vec<String> {
        let deadline = Instant::now() + self.timeout;
        loop {
            let statement =
                "select application_name from pg_stat_replication where state = 'streaming'";
            let seen = self.sql(leader, statement, QUICK).await;
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

pub(super) fn params() -> PatchParams {
    PatchParams {
        field_manager: Some(names::MANAGER.into()),
        ..PatchParams::default()
    }
}

/// What a command printed; its last words where it failed.
fn said(pod: &str, output: &Output) -> Result<String> {
    if output.success {
        return Ok(output.stdout.trim().to_owned());
    }
    let words = output
        .stderr
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty());
    let words = words.unwrap_or("it failed without a word");
    // Scripts put the time and their name before their words.
    let words = words
        .split_once(" pgherd: ")
        .map_or(words, |(_, words)| words);
    Err(Failed {
        pod: pod.into(),
        words: words.into(),
        stdout: output.stdout.clone(),
    }
    .into())
}
