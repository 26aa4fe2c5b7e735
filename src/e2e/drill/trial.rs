//! What came of one event, as a line of a file of results, which later runs read and extend.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::cluster::{Cluster, Event};
use crate::fault::install::Means;
use crate::fault::outage::{Outage, Phase};
use crate::seeds;
use crate::spec::WhenStandbysAreGone;

/// What came of one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What happened.
    pub event: Event,
    /// To which kind of cluster.
    pub cluster: String,
    /// The digest of what `gen` emits for its spec.
    pub build: String,
    /// The major version of PostgreSQL.
    pub postgres: u8,
    /// The longest time, in seconds, in which no write was acknowledged; of a cluster that was formed, until all was ready.
    pub gap: f64,
    /// How many writes were acknowledged.
    pub acknowledged: usize,
    /// How many of them are lost.
    pub lost: usize,
    /// Where the time went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// What is wrong besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// A trial of which nothing is known yet.
pub(super) fn blank(cluster: &Cluster, means: &Means, event: Event) -> Trial {
    Trial {
        event,
        cluster: described(cluster, means),
        build: seeds::build(cluster),
        postgres: cluster.spec.postgres.version,
        gap: 0.0,
        acknowledged: 0,
        lost: 0,
        phases: Vec::new(),
        problems: Vec::new(),
    }
}

/// What came of an event.
pub(super) fn trial(cluster: &Cluster, means: &Means, event: Event, outage: &Outage) -> Trial {
    Trial {
        gap: (outage.gap * 1000.0).round() / 1000.0,
        acknowledged: outage.acknowledged,
        lost: outage.lost,
        phases: outage.phases.clone(),
        problems: outage.problems.clone(),
        ..blank(cluster, means, event)
    }
}

/// What a cluster promises, in words, or where it comes from: by these its trials belong together.
pub(super) fn described(cluster: &Cluster, means: &Means) -> String {
    if let Some(folder) = means.image_folder() {
        return folder.display().to_string();
    }
    let spec = &cluster.spec;
    let gone = spec.when_standbys_are_gone.map(WhenStandbysAreGone::word);
    let words = [
        Some(spec.durability.word()),
        gone,
        Some(spec.patroni.timing.word()),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The lines of a file; none where it is not there yet.
///
/// # Errors
/// When it cannot be read, with the line that is none.
pub fn read(file: &Path) -> Result<Vec<Trial>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    let each = text.lines().enumerate().map(|(number, line)| {
        let place = || format!("{}:{}: no result", file.display(), number + 1);
        serde_json::from_str(line).with_context(place)
    });
    each.collect()
}

/// Adds a line to a file, whole or not at all.
pub(super) fn add(file: &Path, trial: &Trial) -> Result<()> {
    let mut line = serde_json::to_vec(trial)?;
    line.push(b'\n');
    let opened = File::options().create(true).append(true).open(file);
    let place = || file.display().to_string();
    let mut opened = opened.with_context(place)?;
    opened.write_all(&line).with_context(place)
}
