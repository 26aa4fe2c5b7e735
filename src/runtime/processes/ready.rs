//! Brings objects to a place, and waits until what they describe is there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Place;
use super::blueprint::Blueprint;
use super::member::last_line;
use super::state::State;
use crate::apply::Progress;
use crate::k8s::{Manifest, Object};
use crate::pause::BETWEEN_LOOKS;

impl Place {
    /// Keeps objects, and waits until every pod of theirs is what it has to be and ready, or has done its work.
    ///
    /// # Errors
    /// When they cannot be kept, or are not ready within the time: each pod that is not, and its last words.
    pub(crate) async fn apply(
        &self,
        manifests: &[Manifest],
        within: Duration,
        progress: &Progress,
    ) -> Result<()> {
        self.folder.apply(manifests)?;
        self.wait(manifests, within, progress).await
    }

    /// Waits until every pod that these objects describe is what it has to be.
    ///
    /// # Errors
    /// As [`Place::apply`].
    pub(crate) async fn wait(
        &self,
        manifests: &[Manifest],
        within: Duration,
        progress: &Progress,
    ) -> Result<()> {
        let objects = manifests.iter().map(|manifest| &manifest.object);
        let workloads: Vec<&str> = objects
            .filter(|object| matches!(object, Object::StatefulSet(_) | Object::Job(_)))
            .map(Object::name)
            .collect();
        let line = progress.line("processes");
        let deadline = Instant::now() + within;
        loop {
            let left = self.missing(&workloads)?;
            if left.is_empty() {
                line.finish("ready");
                return Ok(());
            }
            let seen = left.iter().map(|pod| self.seen_waiting(pod));
            line.update(&format!(
                "waiting for {}",
                seen.collect::<Vec<_>>().join(", ")
            ));
            if Instant::now() > deadline {
                let words = left.iter().map(|pod| {
                    let last = self.last_words(pod).unwrap_or_else(|| "no word".into());
                    format!("  {}: {last}", self.seen_waiting(pod))
                });
                bail!(
                    "{} pods are not ready after {} s\n{}",
                    left.len(),
                    within.as_secs(),
                    words.collect::<Vec<_>>().join("\n")
                );
            }
            tokio::time::sleep(BETWEEN_LOOKS / 2).await;
        }
    }

    /// The number of the last change of objects, by kind and name.
    ///
    /// # Errors
    /// When one is not there.
    pub(crate) fn versions(&self, manifests: &[Manifest]) -> Result<BTreeMap<String, String>> {
        let mut versions = BTreeMap::new();
        for Manifest { object, .. } in manifests {
            let label = format!("{}/{}", object.kind(), object.name());
            let found = self.folder.get::<Value>(object.kind(), object.name())?;
            let found = found.with_context(|| format!("there is no {label}"))?;
            versions.insert(label, format!("version {}", found.version));
        }
        Ok(versions)
    }

    /// Which of its lives every pod has, and how often it was started again.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn lives(&self) -> Result<BTreeMap<String, String>> {
        let states = self.folder.states()?.into_iter();
        let words = |state: State| {
            let life = format!("{} restarts {}", state.life, state.restarts);
            (state.blueprint.name, life)
        };
        Ok(states.map(words).collect())
    }

    /// All texts that are not meant to have secrets: logs, what is known of pods, ConfigMaps; by what they are.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(crate) fn texts(&self) -> Result<Vec<(String, String)>> {
        let mut texts = self.logs();
        let states = serde_json::to_string(&self.folder.states()?)?;
        texts.push(("pods".into(), states));
        let maps = self.folder.list::<Value>("ConfigMap")?;
        texts.push(("ConfigMaps".into(), serde_json::to_string(&maps)?));
        Ok(texts)
    }

    /// The logs of every pod, this and the one before, by names for files.
    pub(crate) fn logs(&self) -> Vec<(String, String)> {
        let states = self.folder.states().unwrap_or_default();
        let mut logs = Vec::new();
        for pod in states.iter().map(|state| &state.blueprint.name) {
            for (file, log) in [
                (format!("{pod}.log"), self.log(pod)),
                (format!("{pod}-previous.log"), self.previous_log(pod)),
            ] {
                // There is none of a run before the first.
                if let Ok(log) = log {
                    logs.push((file, log));
                }
            }
        }
        logs
    }

    /// A pod that is waited for, and how its last run ended where it was started again since: what fails each time is seen at once.
    fn seen_waiting(&self, pod: &str) -> String {
        let restarts = (self.folder.state(pod).ok().flatten()).map_or(0, |state| state.restarts);
        let end = self.previous_log(pod).ok().filter(|_| restarts > 0);
        match end.as_deref().and_then(last_line) {
            Some(end) => format!("{pod} (started again {restarts} times, after: {end})"),
            None => pod.to_owned(),
        }
    }

    /// The pods of workloads that are not what they have to be.
    fn missing(&self, workloads: &[&str]) -> Result<Vec<String>> {
        let mut left = Vec::new();
        for pod in self.folder.wanted()? {
            let owner = pod.owner.as_deref();
            if !owner.is_some_and(|owner| workloads.contains(&owner)) {
                continue;
            }
            let state = self.folder.state(&pod.name)?;
            if !state.is_some_and(|state| is_there(&pod, &state)) {
                left.push(pod.name);
            }
        }
        Ok(left)
    }
}

fn is_there(pod: &Blueprint, state: &State) -> bool {
    let is_well = state.is_ready || state.is_done == Some(true);
    state.blueprint == *pod && is_well && !state.is_ending
}
