//! What a place shows of a cluster without asking its servers.

use std::time::{Duration, Instant};

use super::Place;
use super::state::State;
use crate::apply::Error;
use crate::cluster::MemberSet;
use crate::k8s::{Manifest, Object, appsv1};
use crate::names;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::{self, Expected, Listed, Presence, Stage, Workload};

/// How long a keeper may take to tell that a process has ended.
const ENDED_WITHIN: Duration = Duration::from_secs(3);

impl Place {
    pub(in crate::runtime) fn listed(&self, cluster: &str) -> Result<Vec<Listed>, Error> {
        let mut states = self.folder.states().map_err(Error::place)?;
        states.retain(|state| {
            let label = state.blueprint.labels.get(names::INSTANCE_LABEL);
            label.is_some_and(|label| label == cluster)
        });
        Ok(states.iter().map(facts).collect())
    }

    pub(in crate::runtime) fn explained(&self, listed: &Listed) -> runtime::Pod {
        let mut pod = listed.pod.clone();
        if let Stage::Crashing {
            last_words,
            runs_again,
            ..
        } = &mut pod.stage
        {
            let log = if *runs_again {
                self.previous_log(&listed.name)
            } else {
                self.log(&listed.name)
            };
            let log = log.unwrap_or_default();
            let last = log.lines().rfind(|line| !line.trim().is_empty());
            *last_words = last.map(|line| line.trim().to_owned());
        }
        pod
    }

    pub(in crate::runtime) async fn ends(&self, listed: &Listed) -> bool {
        let deadline = Instant::now() + ENDED_WITHIN;
        while Instant::now() < deadline {
            let now = self.folder.state(&listed.name).ok().flatten();
            if now.is_some_and(|now| Some(&now.life) == listed.id.as_ref() && now.process.is_none())
            {
                return true;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        false
    }

    pub(in crate::runtime) fn is_gone(&self, pod: &str) -> bool {
        self.folder.state(pod).is_ok_and(|state| state.is_none())
    }

    pub(in crate::runtime) fn workloads(
        &self,
        wanted: &[MemberSet],
    ) -> (Vec<Workload>, Vec<String>) {
        let mut unseen = Vec::new();
        let sets = wanted.iter().map(|set| {
            let found = self
                .folder
                .get::<appsv1::StatefulSet>("StatefulSet", &set.name);
            let found = found.unwrap_or_else(|error| {
                unseen.push(format!("{error:#}"));
                None
            });
            Workload {
                name: set.name.clone(),
                wanted: set.replicas.into(),
                replicas: found.and_then(|found| found.object.spec?.replicas),
            }
        });
        (sets.collect(), unseen)
    }

    pub(in crate::runtime) fn presence(
        &self,
        secrets: &[String],
        manifests: &[Manifest],
    ) -> (Vec<Expected>, Vec<String>) {
        let secrets = secrets.iter().map(|name| ("Secret", name.as_str()));
        let objects = manifests.iter().map(|manifest| &manifest.object);
        let others = objects
            .filter(|object| !matches!(object, Object::Secret(_)))
            .map(|object| (object.kind(), object.name()));
        let expected = secrets.chain(others).map(|(kind, name)| Expected {
            kind: kind.into(),
            name: name.into(),
            presence: if self.folder.has(kind, name) {
                Presence::There
            } else {
                Presence::Missing
            },
        });
        (expected.collect(), Vec::new())
    }

    pub(in crate::runtime) fn require_there(&self) -> Result<(), Error> {
        self.folder.require_kept()
    }
}

/// What is told of a pod.
fn facts(state: &State) -> Listed {
    let labels = &state.blueprint.labels;
    Listed {
        name: state.blueprint.name.clone(),
        component: labels.get(names::COMPONENT_LABEL).cloned(),
        is_member: state.blueprint.is_member(),
        server_runs: state.process.is_some(),
        id: Some(state.life.clone()),
        pod: runtime::Pod {
            stage: stage(state),
            restarts: state.restarts,
            warning: None,
        },
    }
}

fn stage(state: &State) -> Stage {
    if state.is_ending {
        return Stage::Ending;
    }
    if let Some(well) = state.is_done {
        return Stage::Ended(if well { "Succeeded" } else { "Failed" }.into());
    }
    if state.is_ready {
        return Stage::Ready;
    }
    match state.ended {
        Some(ended) if ended.code != 0 => Stage::Crashing {
            container: names::POSTGRES_CONTAINER.into(),
            end: format!(
                "ended with code {}; started again {} times",
                ended.code, state.restarts
            ),
            runs_again: state.process.is_some(),
            last_words: None,
        },
        _ => Stage::NotReady,
    }
}
