//! What is known of a pod that runs, and what it is told: files that its keeper and everyone else share.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::blueprint::Blueprint;
use super::folder::{Folder, read_json, write_json};

/// A pod as it is now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    /// By which it is told from another one of its name.
    pub(super) life: String,
    /// What it was made from.
    pub(super) blueprint: Blueprint,
    /// Its address.
    pub(super) address: String,
    /// The process that it is; none where it does not run.
    pub(super) process: Option<u32>,
    /// Since when that runs, in seconds since 1970.
    pub(super) since: Option<i64>,
    /// How often it was started again.
    pub(super) restarts: i32,
    /// With which code it ended last, and in the how-manieth run.
    pub(super) ended: Option<Ended>,
    /// Whether Services lead there.
    pub(super) is_ready: bool,
    /// Whether it was told to end.
    pub(super) is_ending: bool,
    /// Whether it has ended for good, and well.
    pub(super) is_done: Option<bool>,
    /// What its keeper has killed, and why.
    pub(super) kills: Vec<String>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    /// Its number.
    pub(super) process: u32,
    /// Its exit code; 128 and the signal's number where a signal ended it.
    pub(super) code: i32,
}

/// What a pod is told: that this life ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Whose life.
    pub(super) life: String,
    /// How.
    pub(super) manner: Manner,
    /// The claims that go with it.
    pub(super) lost: Vec<String>,
}

/// How a run is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Manner {
    /// It is asked to, and killed where it has not within its time.
    InOrder,
    /// It is killed.
    AtOnce,
}

impl Folder {
    /// A pod as it is now; none where there is none.
    pub(super) fn state(&self, pod: &str) -> Result<Option<State>> {
        read_json(&self.pod(pod).join("state.json"))
    }

    /// Every pod that there is, by name.
    pub(super) fn states(&self) -> Result<Vec<State>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.pods())? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        let states = names.iter().map(|name| self.state(name));
        states.filter_map(Result::transpose).collect()
    }

    pub(super) fn keep_state(&self, state: &State) -> Result<()> {
        write_json(&self.pod(&state.blueprint.name).join("state.json"), state)
    }

    fn order_file(&self, pod: &str) -> PathBuf {
        self.pod(pod).join("order.json")
    }

    /// What a pod was told last.
    pub(super) fn order(&self, pod: &str) -> Result<Option<Order>> {
        read_json(&self.order_file(pod))
    }

    /// Tells a pod something.
    pub(super) fn tell(&self, pod: &str, order: &Order) -> Result<()> {
        let _alone = self.alone()?;
        write_json(&self.order_file(pod), order)
    }

    /// Tells a pod to end in order. Nothing to do where this life was told already, or has gone since it was looked at.
    pub(super) fn tell_once(&self, state: &State) -> Result<()> {
        let (name, life) = (&state.blueprint.name, &state.life);
        let _alone = self.alone()?;
        let lives = self.state(name)?.is_some_and(|now| now.life == *life);
        let told = self.order(name)?.is_some_and(|order| order.life == *life);
        if !lives || told {
            return Ok(());
        }
        let order = Order {
            life: life.clone(),
            manner: Manner::InOrder,
            lost: Vec::new(),
        };
        write_json(&self.order_file(name), &order)
    }

    /// Removes what is known of a pod, at once for whoever looks: file by file, one would find a pod that was told nothing, and
    /// tell it so in a folder that is about to be removed.
    pub(super) fn remove_pod(&self, pod: &str) -> Result<()> {
        let gone = self.gone(pod);
        let place = || gone.display().to_string();
        let alone = self.alone()?;
        fs::rename(self.pod(pod), &gone).with_context(place)?;
        drop(alone);
        fs::remove_dir_all(&gone).with_context(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::super::blueprint::Again;
    use super::super::folder;
    use super::*;
    use crate::k8s::corev1;

    fn state(number: u32) -> State {
        let blueprint = Blueprint {
            name: "store-primary-0".into(),
            owner: None,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            spec: corev1::PodSpec::default(),
            claims: BTreeMap::new(),
            again: Again::Always,
        };
        State {
            life: number.to_string(),
            blueprint,
            address: "127.0.0.2".into(),
            process: None,
            since: None,
            restarts: 0,
            ended: None,
            is_ready: false,
            is_ending: false,
            is_done: None,
            kills: Vec::new(),
        }
    }

    #[test]
    fn a_pod_goes_at_once_for_whoever_tells_it_to_end() {
        let path = tempfile::tempdir().unwrap();
        let folder = folder::at(path.path());
        folder.make().unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let telling = scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    for state in folder.states().unwrap() {
                        folder.tell_once(&state).unwrap();
                    }
                }
            });
            let rounds = (0..200).try_for_each(|number| {
                let state = state(number);
                fs::create_dir_all(folder.root("store-primary-0").join("etc/pgherd/config"))?;
                folder.keep_state(&state)?;
                while folder.order("store-primary-0")?.is_none() {}
                folder.remove_pod("store-primary-0")
            });
            is_over.store(true, Ordering::Relaxed);
            telling.join().unwrap();
            rounds.unwrap();
        });
    }
}
