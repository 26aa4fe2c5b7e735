//! A fault that is planted into a script of the members, to see whether random faults find it.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::runtime::processes::plant;

/// A planted fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planted {
    /// What it is, in a sentence.
    pub what: String,
    /// The script's file.
    script: String,
    /// The words that are replaced.
    from: String,
    /// What they are replaced by.
    to: String,
}

/// Reads a planted fault.
///
/// # Errors
/// When the file cannot be read, or is none.
pub fn read(file: &Path) -> Result<Planted> {
    let place = || format!("{}: no planted fault", file.display());
    let text = std::fs::read_to_string(file).with_context(place)?;
    serde_json::from_str(&text).with_context(place)
}

impl Planted {
    /// Plants it into what was formed.
    pub(super) fn plant(&self, formed: &Path) -> Result<()> {
        plant(formed, &self.script, &self.from, &self.to)
    }
}
