//! A file of results: a line of JSON for each seed that was played, which later runs read and extend. A line counts only for
//! the build whose scripts and configuration its digest names.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::formed::Formed;
use super::one::Sequence;
use super::play::{Done, Played};
use crate::cluster::Cluster;
use crate::output;
use crate::spec::Durability;
use crate::topology;

/// Characters of a digest that are kept.
const DIGEST: usize = 12;

/// What came of one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The seed; none of a replay.
    pub seed: Option<u64>,
    /// The trace that was played again; none of a seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    /// The durability of the spec at first.
    pub durability: Durability,
    /// The digest of what `gen` emits for the spec.
    pub build: String,
    /// The major version of PostgreSQL.
    pub postgres: u8,
    /// Whether it held.
    pub verdict: Verdict,
    /// Why not, where it did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
    /// How long it took, from an empty folder to an empty folder.
    pub seconds: f64,
    /// How many rows were acknowledged.
    pub acknowledged: usize,
    /// How many of these are lost where nobody promised them.
    pub lost_unpromised: usize,
    /// How many rows had no answer, and are there.
    pub recovered: usize,
    /// What was done, and whether it took effect.
    pub acts: Vec<Done>,
}

/// Whether what a spec promises held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It did.
    Held,
    /// It did not.
    Broken,
    /// Nothing was shown: clients could not write at all, or nothing that was done took effect.
    Unknown,
}

/// What came of a sequence, in a line.
pub(super) fn outcome(
    sequence: &Sequence,
    formed: &Formed,
    played: &Result<Played>,
    seconds: f64,
) -> Outcome {
    let spec = &formed.cluster.spec;
    let blank = Outcome {
        seed: sequence.seed,
        replay: sequence.replay.clone(),
        durability: spec.durability,
        build: formed.build.clone(),
        postgres: spec.postgres.version,
        verdict: Verdict::Unknown,
        why: Vec::new(),
        seconds: (seconds * 10.0).round() / 10.0,
        acknowledged: 0,
        lost_unpromised: 0,
        recovered: 0,
        acts: Vec::new(),
    };
    let played = match played {
        Ok(played) => played,
        Err(error) => {
            let why = vec![format!("{error:#}")];
            return Outcome { why, ..blank };
        }
    };
    let judgement = &played.judgement;
    Outcome {
        verdict: match (judgement.broken.is_empty(), took_any(played)) {
            (false, _) => Verdict::Broken,
            (true, true) => Verdict::Held,
            (true, false) => Verdict::Unknown,
        },
        why: match (judgement.broken.as_slice(), took_any(played)) {
            ([], false) => vec!["no act took effect".into()],
            (broken, _) => broken.to_vec(),
        },
        acknowledged: judgement.acknowledged,
        lost_unpromised: judgement.lost_unpromised,
        recovered: judgement.recovered,
        acts: played.acts.clone(),
        ..blank
    }
}

fn took_any(played: &Played) -> bool {
    played.acts.iter().any(|act| act.took)
}

/// By which a build is told from another: what `gen` emits for the spec, scripts among it.
pub(crate) fn build(cluster: &Cluster) -> String {
    let emitted = output::yaml::render(&topology::objects(cluster, None));
    let digest = Sha256::digest(emitted);
    let bytes = digest.iter().take(DIGEST / 2);
    bytes.fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The lines of a file; none where it is not there yet.
///
/// # Errors
/// When it cannot be read, with the line that is none.
pub fn read(file: &Path) -> Result<Vec<Outcome>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    let lines = text.lines().enumerate();
    let each = lines.map(|(number, line)| {
        let place = || {
            format!(
                "{}:{}: no result, as a run that was killed may leave it at the end: remove the line",
                file.display(),
                number + 1
            )
        };
        serde_json::from_str(line).with_context(place)
    });
    each.collect()
}

/// Adds a line to a file, whole or not at all.
pub(super) fn add(file: &Path, outcome: &Outcome) -> Result<()> {
    let mut line = serde_json::to_vec(outcome)?;
    line.push(b'\n');
    let place = || file.display().to_string();
    open(file)?.write_all(&line).with_context(place)
}

/// Fails where nothing can be added to a file: before anything is played for it.
pub(super) fn require_writable(file: &Path) -> Result<()> {
    open(file).map(drop)
}

fn open(file: &Path) -> Result<File> {
    let opened = File::options().create(true).append(true).open(file);
    opened.with_context(|| file.display().to_string())
}
