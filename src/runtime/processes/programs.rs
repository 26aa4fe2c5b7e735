//! Which PostgreSQL there is on this machine.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::bring;

/// Where Debian's packages and those of PostgreSQL's own repositories put each version.
const PACKAGES: &str = "/usr/lib/postgresql";
/// The versions that a spec can have.
const SUPPORTED: RangeInclusive<u8> = 15..=18;
/// What members and their scripts run.
const NEEDED: [&str; 10] = [
    "initdb",
    "pg_basebackup",
    "pg_controldata",
    "pg_ctl",
    "pg_isready",
    "pg_receivewal",
    "pg_verifybackup",
    "pg_waldump",
    "postgres",
    "psql",
];

/// The programs of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// The major version.
    pub version: u8,
    /// Their folder.
    pub folder: PathBuf,
}

/// The programs of every version that is at hand, the newest first: packages, then the PATH, then what was brought.
pub fn programs() -> Vec<Programs> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(PACKAGES)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let mut all: Vec<Programs> = folders
        .iter()
        .filter_map(|folder| in_folder(folder))
        .chain(bring::brought())
        .collect();
    // Of one version, those that were found first.
    all.sort_by_key(|programs| std::cmp::Reverse(programs.version));
    all.dedup_by_key(|programs| programs.version);
    all
}

/// The newest programs of a version that a spec can have.
pub fn newest() -> Option<Programs> {
    let mut all = programs().into_iter();
    all.find(|one| SUPPORTED.contains(&one.version))
}

/// The programs of one version.
///
/// # Errors
/// When this version is not at hand: which ones are, and how to get it.
pub fn of_version(version: u8) -> Result<Programs> {
    let all = programs();
    if let Some(found) = all.iter().find(|programs| programs.version == version) {
        return Ok(found.clone());
    }
    let versions: Vec<String> = all.iter().map(|one| one.version.to_string()).collect();
    let here = if versions.is_empty() {
        "none".to_owned()
    } else {
        versions.join(", ")
    };
    bail!(
        "PostgreSQL {version} is not on this machine; here: {here}\n\
         hint: install its server and client programs ({PACKAGES}/{version}/bin, or on PATH), or take a version \
         that is here: --postgres VERSION"
    )
}

/// The programs of a folder, where all are there.
pub(super) fn in_folder(folder: &Path) -> Option<Programs> {
    if !NEEDED.iter().all(|program| folder.join(program).is_file()) {
        return None;
    }
    let said = Command::new(folder.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    Some(Programs {
        version: version(&String::from_utf8_lossy(&said.stdout))?,
        folder: folder.into(),
    })
}

/// The major version in `postgres (PostgreSQL) 17.5 (Debian ...)`.
fn version(said: &str) -> Option<u8> {
    let (_, rest) = said.split_once(") ")?;
    let digits = rest.split(|one: char| !one.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_also_from_a_candidates_words() {
        let debian = "postgres (PostgreSQL) 17.5 (Debian 17.5-1.pgdg13+1)\n";
        assert_eq!(version(debian), Some(17));
        assert_eq!(version("postgres (PostgreSQL) 19rc1\n"), Some(19));
        assert_eq!(version("something else"), None);
    }
}
