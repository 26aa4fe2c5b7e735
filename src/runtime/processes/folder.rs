//! Where everything of a place is: one folder, which goes with the place.
//!
//! ```text
//! place.json            the number of this format, whose programs, which user, which namespace
//! keeper.lock           locked for as long as the place is kept
//! work.lock             locked while a command moves the lead or rotates
//! changes.lock          locked while an object is changed or a pod is told something
//! objects/KIND/NAME     what was applied
//! addresses.json        who has which address
//! hosts, hosts.d/POD    the same as `ADDRESS NAME`, for clients and for each member
//! cuts.json             which ways are cut; touched.json says how often that had an effect
//! pods/NAME/            state.json, order.json, log, log.previous, and root/, below which its files are
//! gone/NAME/            a pod that is gone, while that is removed
//! volumes/CLAIM/        what outlives a pod
//! sockets/N/            a server's socket: paths of sockets are short
//! roots/N               a link to a pod's root/, below which it has sockets, too
//! clients/              what clients connect with
//! ```

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::user::User;

/// A place's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folder(PathBuf);

/// The folder at a path.
pub(super) fn at(path: &Path) -> Folder {
    Folder(path.into())
}

impl Folder {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.0.join("place.json")
    }

    pub(super) fn objects(&self, kind: &str) -> PathBuf {
        self.0.join("objects").join(kind)
    }

    pub(super) fn addresses(&self) -> PathBuf {
        self.0.join("addresses.json")
    }

    pub(super) fn hosts(&self) -> PathBuf {
        self.0.join("hosts")
    }

    /// What a member has as `hosts`.
    pub(super) fn hosts_of(&self, member: &str) -> PathBuf {
        self.0.join("hosts.d").join(member)
    }

    /// Which ways are cut.
    pub(super) fn cuts_file(&self) -> PathBuf {
        self.0.join("cuts.json")
    }

    /// How often cuts had an effect.
    pub(super) fn touched(&self) -> PathBuf {
        self.0.join("touched.json")
    }

    pub(super) fn pods(&self) -> PathBuf {
        self.0.join("pods")
    }

    pub(super) fn pod(&self, name: &str) -> PathBuf {
        self.pods().join(name)
    }

    /// Where what is known of a pod that is gone is removed.
    pub(super) fn gone(&self, name: &str) -> PathBuf {
        self.0.join("gone").join(name)
    }

    pub(super) fn root(&self, pod: &str) -> PathBuf {
        self.pod(pod).join("root")
    }

    pub(super) fn log(&self, pod: &str) -> PathBuf {
        self.pod(pod).join("log")
    }

    pub(super) fn previous_log(&self, pod: &str) -> PathBuf {
        self.pod(pod).join("log.previous")
    }

    pub(super) fn clients(&self) -> PathBuf {
        self.0.join("clients")
    }

    pub(super) fn volume(&self, claim: &str) -> PathBuf {
        self.0.join("volumes").join(claim)
    }

    /// The socket's folder of who has an address: by its last two numbers.
    pub(super) fn sockets(&self, address: &str) -> PathBuf {
        self.0.join("sockets").join(number(address))
    }

    /// A short path of the root of the pod that has an address.
    pub(super) fn short_root(&self, address: &str) -> PathBuf {
        self.0.join("roots").join(number(address))
    }

    /// Lets a user's programs in: to what is theirs they come by paths through this folder.
    pub(super) fn open(&self, user: Option<User>) -> Result<()> {
        if user.is_some() {
            fs::set_permissions(&self.0, fs::Permissions::from_mode(0o711))?;
        }
        Ok(())
    }

    /// Makes the folders that are always there.
    pub(super) fn make(&self) -> Result<()> {
        for folder in [
            "gone", "hosts.d", "objects", "pods", "volumes", "sockets", "roots",
        ] {
            let path = self.0.join(folder);
            fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        }
        // Secrets are among them: members get what is theirs by their mounts.
        let objects = self.0.join("objects");
        fs::set_permissions(&objects, fs::Permissions::from_mode(0o700))
            .with_context(|| objects.display().to_string())
    }
}

/// The last two numbers of an address, which nobody else of a place has.
fn number(address: &str) -> String {
    let numbers: Vec<&str> = address.split('.').skip(2).collect();
    numbers.join(".")
}

/// Writes a file that readers see whole, as before or as it is now.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let place = || path.display().to_string();
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    fs::write(&new, bytes).with_context(place)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o644)).with_context(place)?;
    fs::rename(&new, path).with_context(place)
}

/// Writes a value as JSON.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    write(path, &serde_json::to_vec(value)?)
}

/// Reads a value; none where there is no such file.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => {
            let value = serde_json::from_slice(&bytes);
            value.map(Some).with_context(|| path.display().to_string())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}
