//! A folder with one file per object and a kustomization, for who keeps manifests in git.
//!
//! A file's name is `<place>-<kind>-<name>.yaml`. The place is a number that belongs to the kind, not to
//! the position among the objects: the files sort in an order in which `kubectl apply -f` may take them
//! (what a pod needs comes before it), and an object that is added or dropped renames no other file, so
//! that a review shows one file more or less.
//!
//! Nothing is ever removed from a disk, and nothing overwritten but files of this module's names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;
use thiserror::Error;

use super::yaml;
use crate::k8s::{Manifest, Object};

/// Name of the file that lists the others for `kubectl apply -k`.
pub const KUSTOMIZATION: &str = "kustomization.yaml";

/// How the kustomization begins: it tells ours from one that a user wrote.
const KUSTOMIZATION_HEADER: &str =
    "---\n# Made by pgherd gen: use this folder as a base, change it from an overlay\n";

/// Beginning of the names of files with passwords.
const SECRET: &str = "20-secret-";

/// Beginnings of the names of all files that were ever made from an object.
const BEGINNINGS: [&str; 14] = [
    "10-serviceaccount-",
    "15-role-",
    "15-rolebinding-",
    SECRET,
    "20-certificate-",
    "30-configmap-",
    "40-service-",
    "45-networkpolicy-",
    "50-poddisruptionbudget-",
    "60-statefulset-",
    "70-job-",
    "80-deployment-",
    "90-podmonitor-",
    "90-prometheusrule-",
];

/// Why a folder was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The folder holds files of an earlier run that would not be written again.
    #[error(
        "{} holds files of an earlier run that are no longer made: {}\n\
         hint: `kubectl apply -f` would still apply them; delete their objects if they are not wanted, then remove the files",
        .folder.display(), .files.join(", ")
    )]
    Stale {
        /// The folder.
        folder: PathBuf,
        /// Names of the files, sorted.
        files: Vec<String>,
    },
    /// The folder has a kustomization that was not made here.
    #[error("{} was not made by pgherd\nhint: choose a folder of its own, and name that as a base in your kustomization", .path.display())]
    Foreign {
        /// The kustomization.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {}", .path.display())]
    System {
        /// What was tried, as a verb.
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Every file by its path below the folder: one per object, and the kustomization.
///
/// Objects of several namespaces carry theirs in the name, before a dot. Should two objects still have one
/// name, they share a file, so that none is lost.
pub fn files(manifests: &[Manifest]) -> BTreeMap<PathBuf, String> {
    let namespaces: BTreeSet<&str> = manifests.iter().map(|m| namespace(&m.object)).collect();
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut resources = Vec::new();
    for manifest in manifests {
        let object = &manifest.object;
        let name = match namespaces.len() {
            0 | 1 => file_name(beginning(object), object.name()),
            _ => file_name(
                beginning(object),
                &format!("{}.{}", namespace(object), object.name()),
            ),
        };
        let text = files.entry(PathBuf::from(&name)).or_default();
        if text.is_empty() {
            resources.push(name);
        }
        text.push_str(&yaml::manifest(manifest));
    }
    files.insert(KUSTOMIZATION.into(), kustomization(&resources));
    files
}

/// Writes the files into the folder, which is made where it is missing.
///
/// # Errors
/// [`WriteError::Stale`] and [`WriteError::Foreign`], before anything is written; [`WriteError::System`] where
/// the disk refuses.
pub fn write(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<(), WriteError> {
    make_folder(folder)?;
    refuse_stale(folder, files)?;
    refuse_foreign(&folder.join(KUSTOMIZATION))?;
    files
        .iter()
        .try_for_each(|(name, text)| write_file(&folder.join(name), text))
}

fn make_folder(folder: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(folder).map_err(|source| system("make folder", folder, source))
}

/// A file that is no longer made is not removed here: its object may still run, and only its owner knows
/// whether it should.
fn refuse_stale(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<(), WriteError> {
    let mut stale = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| system("list", folder, source))? {
        let name = entry
            .map_err(|source| system("list", folder, source))?
            .file_name();
        let shown = name.to_string_lossy();
        if is_ours(&shown) && !files.contains_key(Path::new(&name)) {
            stale.push(shown.into_owned());
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    stale.sort();
    Err(WriteError::Stale {
        folder: folder.into(),
        files: stale,
    })
}

fn refuse_foreign(path: &Path) -> Result<(), WriteError> {
    match fs::read(path) {
        Ok(text) if text.starts_with(KUSTOMIZATION_HEADER.as_bytes()) => Ok(()),
        Ok(_) => Err(WriteError::Foreign { path: path.into() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(system("read", path, source)),
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), WriteError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if is_secret(path) {
        owner_only(&mut options);
    }
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| system("write", path, source))
}

/// A new file with passwords is its owner's alone.
#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_options: &mut OpenOptions) {}

fn is_secret(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(SECRET))
}

/// Whether a file of this name was made from an object, now or by an earlier run.
fn is_ours(name: &str) -> bool {
    name.strip_suffix(".yaml").is_some_and(|stem| {
        BEGINNINGS
            .iter()
            .any(|beginning| stem.starts_with(beginning))
    })
}

fn system(action: &'static str, path: &Path, source: io::Error) -> WriteError {
    WriteError::System {
        action,
        path: path.into(),
        source,
    }
}

fn kustomization(resources: &[String]) -> String {
    let object = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    });
    format!("{KUSTOMIZATION_HEADER}{}", yaml::document(&object))
}

fn file_name(beginning: &str, name: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let name: String = name
        .chars()
        .map(|c| if is_safe(c) { c } else { '_' })
        .collect();
    format!("{beginning}{name}.yaml")
}

fn namespace(object: &Object) -> &str {
    object.metadata().namespace.as_deref().unwrap_or_default()
}

fn beginning(object: &Object) -> &'static str {
    match object {
        Object::ServiceAccount(_) => "10-serviceaccount-",
        Object::Role(_) => "15-role-",
        Object::RoleBinding(_) => "15-rolebinding-",
        Object::Secret(_) => SECRET,
        Object::Certificate(_) => "20-certificate-",
        Object::ConfigMap(_) => "30-configmap-",
        Object::Service(_) => "40-service-",
        Object::NetworkPolicy(_) => "45-networkpolicy-",
        Object::PodDisruptionBudget(_) => "50-poddisruptionbudget-",
        Object::StatefulSet(_) => "60-statefulset-",
        Object::Job(_) => "70-job-",
        Object::Deployment(_) => "80-deployment-",
        Object::PodMonitor(_) => "90-podmonitor-",
        Object::PrometheusRule(_) => "90-prometheusrule-",
    }
}
