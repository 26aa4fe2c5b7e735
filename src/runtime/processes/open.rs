//! A place that another process keeps, for commands on it: refused where it is none, where nobody keeps it any more, where
//! another pgherd or another user made it. Changes nothing.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use super::folder::{self, Folder};
use super::{Place, child};
use crate::apply::Error;
use crate::k8s::appsv1::StatefulSet;
use crate::names;

/// The form of a place's files. Another number where one of them comes to mean something else.
pub(super) const FORMAT: u64 = 1;

/// Which folders are places.
const HINT: &str =
    "hint: `pgherd e2e --on processes --keep -f SPEC` makes such a folder and says its name";

/// The place in a folder, as long as somebody keeps it.
///
/// # Errors
/// Why there is none that can be worked on.
pub fn open(path: &Path) -> Result<Place> {
    let shown = path.display();
    let path = path
        .canonicalize()
        .map_err(|error| anyhow!("{shown}: {error}\n{HINT}"))?;
    let folder = folder::at(&path);
    let found = folder::read_json::<Value>(&folder.settings())?;
    let found =
        found.with_context(|| format!("{shown}: no cluster of processes is there\n{HINT}"))?;
    let format = found.get("format").and_then(Value::as_u64);
    if format != Some(FORMAT) {
        let theirs = format.map_or_else(|| "none".into(), |format| format.to_string());
        bail!(
            "{shown}: another pgherd keeps it (the number of its format is {theirs}, not {FORMAT})\n\
             hint: use the one that keeps it, or end that and form the cluster anew"
        );
    }
    let owner = path.metadata().with_context(|| shown.to_string())?.uid();
    if owner != rustix::process::geteuid().as_raw() {
        bail!("{shown}: the user with number {owner} keeps it\nhint: run this as that user");
    }
    folder.require_kept()?;
    let settings: child::Settings =
        serde_json::from_value(found).with_context(|| folder.settings().display().to_string())?;
    Ok(Place { folder, settings })
}

impl Folder {
    /// The file that whoever keeps the place has locked for as long as it lives.
    pub(super) fn keeper(&self) -> std::path::PathBuf {
        self.path().join("keeper.lock")
    }

    /// Locks it: to be held for as long as the place is kept.
    pub(super) fn hold(&self) -> Result<File> {
        let path = self.keeper();
        let place = || path.display().to_string();
        let file = File::create(&path).with_context(place)?;
        file.lock().with_context(place)?;
        Ok(file)
    }

    /// Fails where nobody keeps the place any more: the kernel unlocks what a process has locked that ended in any way.
    pub(super) fn require_kept(&self) -> Result<(), Error> {
        let ended = || {
            Error::place(anyhow!(
                "{}: whoever kept it has ended, and its processes with it\n\
                 hint: form the cluster anew: pgherd e2e --on processes --keep -f SPEC",
                self.path().display()
            ))
        };
        match File::open(self.keeper()) {
            Ok(file) => match file.try_lock_shared() {
                Err(TryLockError::WouldBlock) => Ok(()),
                _ => Err(ended()),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Err(ended()),
            Err(error) => Err(Error::place(error.into())),
        }
    }
}

impl Place {
    /// Keeps away other commands that move the lead or rotate, for as long as what it returns is there.
    ///
    /// # Errors
    /// When another one is at it.
    pub(crate) fn alone(&self, doing: &str) -> Result<File> {
        let path = self.folder.path().join("work.lock");
        let place = || path.display().to_string();
        let file = File::create(&path).with_context(place)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Error::Unsafe {
                doing: doing.into(),
                reasons: vec![format!(
                    "another command is at work in {}; try again when it has ended",
                    self.path().display()
                )],
            }
            .into()),
            Err(TryLockError::Error(error)) => Err(error).with_context(place),
        }
    }

    /// What pods are told as their namespace.
    pub(crate) fn namespace(&self) -> &str {
        &self.settings.namespace
    }

    /// The names of the clusters whose members run there.
    ///
    /// # Errors
    /// When its objects cannot be read.
    pub(crate) fn clusters(&self) -> Result<BTreeSet<String>> {
        let sets = self.folder.list::<StatefulSet>("StatefulSet")?.into_iter();
        let names = sets.filter_map(|set| {
            let labels = set.object.metadata.labels?;
            labels.get(names::INSTANCE_LABEL).cloned()
        });
        Ok(names.collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(path: &Path, words: &str) {
        let error = format!("{:#}", open(path).unwrap_err());
        assert!(error.contains(words), "{error}");
        assert!(error.contains(&path.display().to_string()), "{error}");
        assert!(error.contains("hint: "), "{error}");
    }

    #[test]
    fn what_is_no_place_or_is_kept_no_longer_is_refused_with_what_to_do() {
        let path = tempfile::tempdir().unwrap();
        let path = path.path().canonicalize().unwrap();
        refused(&path.join("none"), "No such file");
        refused(&path, "no cluster of processes is there");
        let folder = folder::at(&path);
        let mut settings = json!({"programs": "/usr/bin", "user": null, "namespace": "store"});
        for format in [json!(null), json!(FORMAT + 1)] {
            settings["format"] = format;
            folder::write_json(&folder.settings(), &settings).unwrap();
            refused(&path, "another pgherd keeps it");
        }
        settings["format"] = json!(FORMAT);
        folder::write_json(&folder.settings(), &settings).unwrap();
        refused(&path, "whoever kept it has ended");
        let held = folder.hold().unwrap();
        let place = open(&path).unwrap();
        assert_eq!(place.namespace(), "store");
        assert_eq!(place.clusters().unwrap(), BTreeSet::new());
        let at_work = place.alone("switchover").unwrap();
        let second = open(&path).unwrap().alone("switchover").unwrap_err();
        assert!(second.to_string().contains("another command"), "{second}");
        drop(at_work);
        place.alone("switchover").unwrap();
        drop(held);
        refused(&path, "whoever kept it has ended");
    }
}
