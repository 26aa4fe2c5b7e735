//! The objects that a place was given, one file each, with a number that grows at every change.

use std::ffi::OsString;
use std::fs::{self, File};
use std::time::SystemTime;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::folder::{Folder, read_json, write_json};
use crate::k8s::{Manifest, Object};

/// An object and the number of its last change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stored<K> {
    pub(super) version: u64,
    pub(super) object: K,
}

/// When each kind of object changed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(OsString, SystemTime)>);

impl Folder {
    /// An object; none where there is none.
    pub(super) fn get<K: DeserializeOwned>(
        &self,
        kind: &str,
        name: &str,
    ) -> Result<Option<Stored<K>>> {
        read_json(&self.objects(kind).join(name))
    }

    /// Whether there is such an object.
    pub(super) fn has(&self, kind: &str, name: &str) -> bool {
        self.objects(kind).join(name).exists()
    }

    /// Every object of a kind, by name.
    pub(super) fn list<K: DeserializeOwned>(&self, kind: &str) -> Result<Vec<Stored<K>>> {
        let folder = self.objects(kind);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            paths.push(entry?.path());
        }
        paths.retain(|path| path.extension().is_none_or(|ending| ending != "new"));
        paths.sort();
        let read = paths.iter().map(|path| read_json(path));
        read.filter_map(Result::transpose).collect()
    }

    /// Changes an object, which is made where it is not there; nothing is written where it stays what it was. Returns
    /// whether it was written.
    pub(super) fn put(&self, kind: &str, name: &str, object: &Value) -> Result<bool> {
        let _alone = self.alone()?;
        self.put_alone(kind, name, object)
    }

    fn put_alone(&self, kind: &str, name: &str, object: &Value) -> Result<bool> {
        let before: Option<Stored<Value>> = self.get(kind, name)?;
        let version = match &before {
            Some(before) if before.object == *object => return Ok(false),
            Some(before) => before.version + 1,
            None => 1,
        };
        let folder = self.objects(kind);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let object = object.clone();
        write_json(&folder.join(name), &Stored { version, object })?;
        Ok(true)
    }

    /// Changes an object that is there, unless it is no longer what it was at a version; returns whether it was changed.
    pub(super) fn change(
        &self,
        kind: &str,
        name: &str,
        version: Option<u64>,
        change: impl FnOnce(&mut Value),
    ) -> Result<bool> {
        let _alone = self.alone()?;
        let found: Option<Stored<Value>> = self.get(kind, name)?;
        let mut found = found.with_context(|| format!("there is no {kind}/{name}"))?;
        if version.is_some_and(|version| version != found.version) {
            return Ok(false);
        }
        change(&mut found.object);
        self.put_alone(kind, name, &found.object)?;
        Ok(true)
    }

    /// Makes an object of what it is, or of nothing where it is not there; returns whether it was written.
    pub(super) fn renew(
        &self,
        kind: &str,
        name: &str,
        renewed: impl FnOnce(Option<Value>) -> Value,
    ) -> Result<bool> {
        let _alone = self.alone()?;
        let before: Option<Stored<Value>> = self.get(kind, name)?;
        let object = renewed(before.map(|before| before.object));
        self.put_alone(kind, name, &object)
    }

    /// Removes an object; nothing to do where it is not there.
    pub(super) fn remove(&self, kind: &str, name: &str) -> Result<()> {
        let _alone = self.alone()?;
        let path = self.objects(kind).join(name);
        if path.exists() {
            fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
        Ok(())
    }

    /// By what it is told whether objects have changed since: nearly for nothing, where reading them all is not.
    pub(super) fn stamp(&self) -> Result<Stamp> {
        let folder = self.objects("");
        let place = || folder.display().to_string();
        let mut stamp = Vec::new();
        for entry in fs::read_dir(&folder).with_context(place)? {
            let entry = entry.with_context(place)?;
            // A file that is replaced or removed changes its folder.
            let changed = entry.metadata().and_then(|kind| kind.modified());
            stamp.push((entry.file_name(), changed.with_context(place)?));
        }
        stamp.sort();
        Ok(Stamp(stamp))
    }

    /// Keeps other changes away for as long as what it returns is there.
    pub(super) fn alone(&self) -> Result<File> {
        let path = self.path().join("changes.lock");
        let place = || path.display().to_string();
        let file = File::create(&path).with_context(place)?;
        file.lock().with_context(place)?;
        Ok(file)
    }

    /// Keeps objects as they are given. Who leads, and what was found out of the cluster, stays what it is: as with an apply
    /// by a manager that owns other fields.
    pub(super) fn apply(&self, manifests: &[Manifest]) -> Result<()> {
        for manifest in manifests {
            let object = &manifest.object;
            self.put(object.kind(), object.name(), &plain(object)?)?;
        }
        Ok(())
    }
}

/// An object as it is stored: the texts of a Secret in the form in which the API keeps them.
fn plain(object: &Object) -> Result<Value> {
    let Object::Secret(secret) = object else {
        return Ok(serde_json::to_value(object)?);
    };
    let mut secret = secret.clone();
    for (file, text) in secret.string_data.take().unwrap_or_default() {
        let bytes = k8s_openapi::ByteString(text.into_bytes());
        secret.data.get_or_insert_default().insert(file, bytes);
    }
    Ok(serde_json::to_value(&secret)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::folder;

    #[test]
    fn a_change_counts_only_at_the_version_that_was_read() {
        let path = tempfile::tempdir().unwrap();
        let folder = folder::at(path.path());
        assert!(
            folder
                .put("ConfigMap", "facts", &json!({"data": 1}))
                .unwrap()
        );
        assert!(
            !folder
                .put("ConfigMap", "facts", &json!({"data": 1}))
                .unwrap()
        );
        let set = |version, value: u8| {
            let change = |map: &mut serde_json::Value| map["data"] = value.into();
            folder
                .change("ConfigMap", "facts", version, change)
                .unwrap()
        };
        assert!(set(Some(1), 2));
        assert!(!set(Some(1), 3), "somebody else was faster");
        let found = folder.get::<serde_json::Value>("ConfigMap", "facts");
        let found = found.unwrap().unwrap();
        assert_eq!((found.version, found.object), (2, json!({"data": 2})));
        let nothing = folder.change("ConfigMap", "none", None, |_| ());
        assert!(nothing.unwrap_err().to_string().contains("ConfigMap/none"));
    }
}
