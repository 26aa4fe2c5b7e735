//! Replaces passwords and certificates of a running cluster, so that whatever cuts it off, running it again completes it.
//!
//! Never shows a value. What a step needs of the members is asked in their containers; secrets go there by stdin alone.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::apply::{Error, Line, Progress, Unfit};
use crate::cluster::Cluster;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::Runtime;
use crate::topology;

mod kept;
mod passwords;
mod pooler;
mod renewal;
mod shown;
mod stored;

pub use kept::Kept;
pub use passwords::passwords;
pub use renewal::{Refusal, certificate, refusal};

/// How often kubelets are asked again while files are not there yet.
const BETWEEN_REFRESHES: Duration = Duration::from_secs(5);
/// How long one command in a container may take.
const COMMAND_WITHIN: Duration = Duration::from_secs(30);

/// What is rotated, where, and how long each wait may take.
pub struct Rotation<'a> {
    /// Where its members run.
    pub runtime: &'a Runtime,
    /// The spec of the cluster.
    pub cluster: &'a Cluster,
    /// The namespace it is in.
    pub namespace: &'a str,
    /// Where to say how far things are.
    pub progress: &'a Progress,
    /// How long the members may take to have what is new: each wait for itself.
    pub within: Duration,
}

/// A script to be run in a container.
struct Task<'a> {
    script: &'a str,
    arguments: &'a [&'a str],
    /// What is written to its stdin. Secrets go this way, and no other.
    input: &'a str,
}

impl Rotation<'_> {
    /// Runs a script in a container once; fails with its last words.
    async fn run(&self, pod: &str, container: &str, task: &Task<'_>) -> Result<()> {
        let mut command = vec!["bash", "-c", task.script, "rotate"];
        command.extend(task.arguments);
        let (input, within) = (task.input, COMMAND_WITHIN);
        let ran = self.runtime.run_in(pod, container, &command, input, within);
        let output = ran.await.map_err(Unfit)?;
        if output.success {
            return Ok(());
        }
        let last = output.stderr.lines().rfind(|line| !line.trim().is_empty());
        let reason = last.unwrap_or("no reason given").trim().to_owned();
        Err(Error::Request {
            doing: format!("in pod {pod}"),
            reason,
        }
        .into())
    }

    /// Asks until every one of these pods says yes, and has the kubelets bring what changed meanwhile.
    async fn until_all<F>(&self, what: &str, pods: &[String], mut ask: F) -> Result<()>
    where
        F: AsyncFnMut(&str) -> Result<()>,
    {
        let line = self.progress.line(what);
        let started = Instant::now();
        let mut refreshed: Option<Instant> = None;
        let mut waiting = pods.to_vec();
        loop {
            if refreshed.is_none_or(|at| at.elapsed() > BETWEEN_REFRESHES) {
                self.refresh(&line).await;
                refreshed = Some(Instant::now());
            }
            let mut seen = Vec::new();
            for pod in std::mem::take(&mut waiting) {
                if let Err(error) = ask(&pod).await {
                    seen.push(format!("{pod}: {error:#}"));
                    waiting.push(pod);
                }
            }
            let words = format!("{} of {}", pods.len() - waiting.len(), pods.len());
            if waiting.is_empty() {
                line.finish(&words);
                return Ok(());
            }
            if started.elapsed() > self.within {
                let seconds = started.elapsed().as_secs();
                return Err(Error::NotReady {
                    summary: format!("{what}: {words} after {seconds} s"),
                    reports: seen,
                }
                .into());
            }
            line.update(&words);
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Kubelets bring files by themselves, only later: who may not hurry them waits longer.
    async fn refresh(&self, line: &Line<'_>) {
        let name = self.cluster.name();
        if let Err(error) = self.runtime.refresh(name).await {
            line.update(&format!("waiting for the kubelets alone: {error}"));
        }
    }

    /// Every member's pod, StatefulSet by StatefulSet.
    fn members(&self) -> Vec<String> {
        topology::layout(self.cluster).pods()
    }
}
