//! What is kept of a sequence that did not hold, in a folder of its own: what was done and seen with its times, everything
//! that clients tried, and the members' logs. It can be played again.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::act::Step;
use super::history::History;
use super::one::Sequence;
use super::report;
use super::results::Outcome;
use super::stage::Event;

/// The name of its file.
const FILE: &str = "trace.json";

/// The trace of a sequence.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trace {
    /// What came of it; not needed to play it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What is done.
    pub(super) steps: Vec<Step>,
    /// What was done and seen.
    #[serde(default)]
    pub(super) events: Vec<Event>,
}

/// Writes a trace, with everything that belongs to it beside it.
pub(super) fn write(
    folder: &Path,
    outcome: &Outcome,
    sequence: &Sequence,
    events: Vec<Event>,
    history: &History,
    logs: &[(String, String)],
) -> Result<()> {
    let folder = folder.join(report::name(outcome).replace(' ', "-"));
    let place = || folder.display().to_string();
    fs::create_dir_all(&folder).with_context(place)?;
    let trace = Trace {
        outcome: Some(outcome.clone()),
        steps: sequence.steps.clone(),
        events,
    };
    fs::write(folder.join(FILE), serde_json::to_vec_pretty(&trace)?).with_context(place)?;
    let history = serde_json::to_vec(history)?;
    fs::write(folder.join("history.json"), history).with_context(place)?;
    for (name, log) in logs {
        fs::write(folder.join(name), log).with_context(place)?;
    }
    Ok(())
}

/// Reads a trace.
///
/// # Errors
/// When it cannot be read or is none.
pub fn read(file: &Path) -> Result<Trace> {
    let place = || format!("{}: no trace", file.display());
    let text = fs::read_to_string(file).with_context(place)?;
    serde_json::from_str(&text).with_context(place)
}
