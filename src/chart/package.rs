//! The chart on disk: as a folder, as an archive, and compared with what is there.
//!
//! What is in the files is not known here. The archive's bytes depend on the files alone, not on clock or machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use thiserror::Error;

/// Name of the chart, and of the folder in the archive.
pub const NAME: &str = "pgherd";
/// Version of the chart and of the program in it: they are released together.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The file by which a folder is a chart.
pub(super) const CHART: &str = "Chart.yaml";
/// How Chart.yaml begins: it tells our folder from a chart that somebody else wrote.
pub(super) const MARK: &str = "# Made by `pgherd chart`";
/// Folders that are ours as a whole: what is no longer made goes from there, and only from there.
const OWN_FOLDERS: [&str; 2] = ["files", "templates"];
/// Time of every file in the archive, in seconds since 1970: the first day of 1980, which every tool takes.
const TIME: u64 = 315_532_800;

/// Files by their path below the chart's folder, `/` between folders.
pub type Files = BTreeMap<String, String>;

/// Why a chart was not written or compared.
#[derive(Debug, Error)]
pub enum Error {
    /// The folder holds something that is no chart of pgherd's.
    #[error(
        "{}: not empty, and not a chart that pgherd made\nhint: choose another folder, or empty this one",
        .0.display()
    )]
    Foreign(PathBuf),
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

/// How a folder differs from the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A file of the chart that is not there.
    Missing(String),
    /// A file with another content.
    Changed(String),
    /// A file in a folder of ours that the chart does not have.
    Extra(String),
}

impl std::fmt::Display for Difference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Difference::Missing(name) => write!(out, "{name}: missing"),
            Difference::Changed(name) => write!(out, "{name}: differs"),
            Difference::Extra(name) => write!(out, "{name}: not made any more"),
        }
    }
}

/// Name of the archive, as Helm gives it.
pub fn archive_name() -> String {
    format!("{NAME}-{VERSION}.tgz")
}

/// The archive, as `helm package` lays it out: Chart.yaml first, where Helm looks for it, then the others by name.
///
/// # Errors
/// [`Error::System`] for a path that does not fit into an archive; those of the chart do.
pub fn archive(files: &Files) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::System {
        action: "archive",
        path: archive_name().into(),
        source,
    };
    tar_gz(files).map_err(failed)
}

fn tar_gz(files: &Files) -> io::Result<Vec<u8>> {
    // No file name and no time in the gzip header either.
    let gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    let mut archive = tar::Builder::new(gzip);
    let (first, others): (Vec<_>, Vec<_>) = files.iter().partition(|(path, _)| *path == CHART);
    for (path, text) in first.into_iter().chain(others) {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(TIME);
        archive.append_data(&mut header, format!("{NAME}/{path}"), text.as_bytes())?;
    }
    archive.into_inner()?.finish()
}

/// Writes the archive: into `target` where that is a folder or ends like one, else as `target`. Returns its path.
///
/// # Errors
/// [`Error::System`] where the disk refuses.
pub fn write_archive(target: &Path, files: &Files) -> Result<PathBuf, Error> {
    let bytes = archive(files)?;
    let is_folder = target.is_dir() || target.to_string_lossy().ends_with('/');
    let path = if is_folder {
        target.join(archive_name())
    } else {
        target.to_path_buf()
    };
    write_file(&path, &bytes)?;
    Ok(path)
}

/// Writes the chart into a folder, which is made where it is missing. Files in folders of ours that are no longer made
/// are removed; their names are returned.
///
/// # Errors
/// [`Error::Foreign`] before anything is written; [`Error::System`] where the disk refuses.
pub fn write(folder: &Path, files: &Files) -> Result<Vec<String>, Error> {
    refuse_foreign(folder)?;
    let extra = extra(folder, files)?;
    // Before the others: a run that is cut off leaves a folder that the next one knows as ours.
    if let Some(text) = files.get(CHART) {
        write_file(&folder.join(CHART), text.as_bytes())?;
    }
    for name in &extra {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(|source| system("remove", &path, source))?;
    }
    for (name, text) in files {
        write_file(&folder.join(name), text.as_bytes())?;
    }
    Ok(extra)
}

/// How a folder differs from the chart: file by file, by name. Files outside of our folders are not looked at.
///
/// # Errors
/// [`Error::System`] where the disk refuses to read.
pub fn differences(folder: &Path, files: &Files) -> Result<Vec<Difference>, Error> {
    let mut differences = Vec::new();
    for (name, text) in files {
        match read(&folder.join(name))? {
            None => differences.push(Difference::Missing(name.clone())),
            Some(found) if found != text.as_bytes() => {
                differences.push(Difference::Changed(name.clone()));
            }
            Some(_) => {}
        }
    }
    differences.extend(extra(folder, files)?.into_iter().map(Difference::Extra));
    Ok(differences)
}

/// Refuses a folder with something in it that is no chart of pgherd's. [`write()`] does so too.
///
/// # Errors
/// [`Error::Foreign`] for such a folder; [`Error::System`] where the disk refuses to read.
pub fn refuse_foreign(folder: &Path) -> Result<(), Error> {
    let is_ours = read(&folder.join(CHART))?.is_some_and(|text| text.starts_with(MARK.as_bytes()));
    if is_ours || list(folder)?.is_empty() {
        Ok(())
    } else {
        Err(Error::Foreign(folder.into()))
    }
}

/// Files in folders of ours that the chart does not have, by name.
fn extra(folder: &Path, files: &Files) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for own in OWN_FOLDERS {
        collect(folder, own, &mut found)?;
    }
    found.retain(|name| !files.contains_key(name));
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, below: &str, found: &mut Vec<String>) -> Result<(), Error> {
    for path in list(&folder.join(below))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{below}/{name}");
        // A link to a folder is a file to us: what it leads to is not ours.
        if path.is_dir() && !path.is_symlink() {
            collect(folder, &name, found)?;
        } else {
            found.push(name);
        }
    }
    Ok(())
}

/// What a folder holds; nothing where it does not exist.
fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(system("list", folder, source)),
    };
    entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(|source| system("list", folder, source))
}

/// A file's bytes; nothing where it does not exist.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(system("read", path, source)),
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| system("make folder", folder, source))?;
    }
    fs::File::create(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|source| system("write", path, source))
}

fn system(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::System {
        action,
        path: path.into(),
        source,
    }
}
