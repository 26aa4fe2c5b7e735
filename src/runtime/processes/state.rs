//! What is known of a pod that runs, and what it is told: files that its keeper and everyone else share.

use std::fs;

use anyhow::Result;
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

    /// What a pod was told last.
    pub(super) fn order(&self, pod: &str) -> Result<Option<Order>> {
        read_json(&self.pod(pod).join("order.json"))
    }

    /// Tells a pod something.
    pub(super) fn tell(&self, pod: &str, order: &Order) -> Result<()> {
        let _alone = self.alone()?;
        write_json(&self.pod(pod).join("order.json"), order)
    }
}
