//! What a pod sees: where its mounts are outside, and the files of ConfigMaps and Secrets in the way in which the kubelet
//! brings them: all of one at once, by a link.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::blueprint::Blueprint;
use super::folder::Folder;
use super::user::User;
use crate::k8s::corev1;
use crate::names;

/// A mount of a pod.
#[derive(Clone, Debug)]
pub(super) struct Mount {
    /// Where a container has it.
    inside: String,
    /// Where it is.
    pub(super) outside: PathBuf,
    /// What it is.
    source: corev1::Volume,
    /// The claim that it is, where it is one.
    pub(super) claim: Option<String>,
}

/// The mounts of a pod with this address.
pub(super) fn mounts(folder: &Folder, pod: &Blueprint, address: &str) -> Vec<Mount> {
    let root = folder.root(&pod.name);
    let mounts = pod
        .container()
        .and_then(|container| container.volume_mounts.as_ref());
    let each = mounts.into_iter().flatten().map(|mount| {
        let mut volumes = pod.spec.volumes.iter().flatten();
        let source = volumes.find(|volume| volume.name == mount.name);
        let source = source.cloned().unwrap_or_default();
        let claim = source.persistent_volume_claim.as_ref();
        let claim = claim.map(|source| source.claim_name.clone());
        let claim = claim.or_else(|| pod.claims.get(&mount.name).cloned());
        let outside = match &claim {
            Some(claim) => folder.volume(claim),
            None if mount.mount_path == names::SOCKET_MOUNT => folder.sockets(address),
            None => root.join(mount.mount_path.trim_start_matches('/')),
        };
        Mount {
            inside: mount.mount_path.clone(),
            outside,
            source,
            claim,
        }
    });
    each.collect()
}

/// A word of a command or a variable, with the path that it begins with as it is outside.
pub(super) fn outside(mounts: &[Mount], word: &str) -> String {
    for mount in mounts {
        if let Some(rest) = word.strip_prefix(&mount.inside)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return format!("{}{rest}", mount.outside.display());
        }
    }
    word.to_owned()
}

/// Makes what is missing of a pod's mounts, and brings every ConfigMap and Secret as it is now.
pub(super) fn bring(folder: &Folder, mounts: &[Mount], user: Option<User>) -> Result<()> {
    for mount in mounts {
        if !mount.outside.exists() {
            fs::create_dir_all(&mount.outside)
                .with_context(|| mount.outside.display().to_string())?;
            give(&mount.outside, user)?;
        }
        if let Some(files) = files(folder, &mount.source)? {
            bring_files(&mount.outside, &files, user)
                .with_context(|| mount.outside.display().to_string())?;
        }
    }
    Ok(())
}

/// The files of a volume, with the version that they are of.
struct Files {
    version: String,
    mode: u32,
    content: BTreeMap<String, Vec<u8>>,
}

/// What a volume has of a ConfigMap or Secret; none where it is neither.
fn files(folder: &Folder, volume: &corev1::Volume) -> Result<Option<Files>> {
    if let Some(source) = &volume.config_map {
        let (version, content) = folder.map_files(&source.name)?;
        return Ok(Some(Files {
            version,
            mode: mode(source.default_mode),
            content,
        }));
    }
    let Some(source) = &volume.secret else {
        return Ok(None);
    };
    let name = source.secret_name.clone().unwrap_or_default();
    let found = folder.get::<corev1::Secret>("Secret", &name)?;
    if found.is_none() && source.optional == Some(true) {
        return Ok(None);
    }
    let found = found.with_context(|| format!("there is no Secret/{name}"))?;
    let mut content: BTreeMap<String, Vec<u8>> = found
        .object
        .data
        .unwrap_or_default()
        .into_iter()
        .map(|(file, bytes)| (file, bytes.0))
        .collect();
    if let Some(items) = &source.items {
        content.retain(|file, _| items.iter().any(|item| item.key == *file));
    }
    Ok(Some(Files {
        version: found.version.to_string(),
        mode: mode(source.default_mode),
        content,
    }))
}

impl Folder {
    /// The files of a ConfigMap, with what was found out and kept beside it, and the version of both.
    fn map_files(&self, name: &str) -> Result<(String, BTreeMap<String, Vec<u8>>)> {
        let found = self.get::<corev1::ConfigMap>("ConfigMap", name)?;
        let found = found.with_context(|| format!("there is no ConfigMap/{name}"))?;
        let kept = self.get::<BTreeMap<String, Value>>(super::FACTS, name)?;
        let beside = kept.as_ref().map_or(0, |kept| kept.version);
        let texts = found.object.data.unwrap_or_default().into_iter();
        let mut files: BTreeMap<String, Vec<u8>> = texts
            .map(|(file, text)| (file, text.into_bytes()))
            .collect();
        for (file, text) in kept.map(|kept| kept.object).unwrap_or_default() {
            let text = text.as_str().unwrap_or_default().to_owned();
            files.insert(file, text.into_bytes());
        }
        Ok((format!("{}.{beside}", found.version), files))
    }
}

fn mode(given: Option<i32>) -> u32 {
    given
        .and_then(|mode| u32::try_from(mode).ok())
        .unwrap_or(0o644)
}

/// Puts files in place at once, unless they are of the version that is there.
fn bring_files(place: &Path, files: &Files, user: Option<User>) -> Result<()> {
    let name = format!("..{}", files.version);
    let (link, next) = (place.join("..data"), place.join("..data_next"));
    if fs::read_link(&link).is_ok_and(|now| now == Path::new(&name)) {
        return Ok(());
    }
    let before = fs::read_link(&link).ok();
    // Where all are one user's, nobody else has to read them, and a server takes no key that its group may read.
    let mask = if user.is_some() { 0o777 } else { 0o700 };
    let folder = place.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir(&folder)?;
    give(&folder, user)?;
    for (file, bytes) in &files.content {
        let path = folder.join(file);
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(files.mode & mask))?;
        // The owner stays root, as in a pod: a server takes a key that its group may read from root alone.
        std::os::unix::fs::chown(&path, None, user.map(|user| user.group))?;
    }
    let _ = fs::remove_file(&next);
    symlink(&name, &next)?;
    fs::rename(&next, &link)?;
    for file in files.content.keys() {
        let path = place.join(file);
        if fs::symlink_metadata(&path).is_err() {
            symlink(Path::new("..data").join(file), &path)?;
        }
    }
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        if path.is_symlink() && !path.exists() {
            fs::remove_file(&path)?;
        }
    }
    match before {
        Some(before) => Ok(fs::remove_dir_all(place.join(before))?),
        None => Ok(()),
    }
}

/// Gives a file to the user whose programs read it.
pub(super) fn give(path: &Path, user: Option<User>) -> Result<()> {
    if let Some(user) = user {
        std::os::unix::fs::chown(path, Some(user.id), Some(user.group))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(version: &str, content: &[(&str, &str)]) -> Files {
        let content = content.iter();
        Files {
            version: version.into(),
            mode: 0o440,
            content: content
                .map(|(file, text)| ((*file).into(), text.as_bytes().to_vec()))
                .collect(),
        }
    }

    #[test]
    fn files_change_at_once_by_a_link_and_those_that_are_gone_go() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        bring_files(place, &files("1", &[("owner", "a"), ("next", "b")]), None).unwrap();
        assert_eq!(fs::read_to_string(place.join("owner")).unwrap(), "a");
        let mode = fs::metadata(place.join("owner")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o400, "nobody else's to read");
        bring_files(place, &files("2", &[("owner", "c")]), None).unwrap();
        assert_eq!(fs::read_to_string(place.join("owner")).unwrap(), "c");
        assert!(fs::symlink_metadata(place.join("next")).is_err());
        assert_eq!(
            fs::read_link(place.join("..data")).unwrap(),
            Path::new("..2")
        );
        assert!(!place.join("..1").exists());
    }

    #[test]
    fn a_path_is_outside_what_its_mount_is_and_others_stay() {
        let mount = Mount {
            inside: "/etc/pgherd/config".into(),
            outside: "/place/root/etc/pgherd/config".into(),
            source: corev1::Volume::default(),
            claim: None,
        };
        let seen = |word: &str| outside(std::slice::from_ref(&mount), word);
        assert_eq!(
            seen("/etc/pgherd/config/x"),
            "/place/root/etc/pgherd/config/x"
        );
        for word in ["/etc/pgherd/configuration", "-c", "/etc/pgherd"] {
            assert_eq!(seen(word), word);
        }
    }
}
