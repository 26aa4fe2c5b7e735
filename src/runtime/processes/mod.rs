//! Members as processes of one machine: the scripts and the configuration that `gen` emits, run as a kubelet would run them.
//!
//! Everything is in one folder: what was applied, what is known of every pod, its files, its volumes. Whoever keeps the
//! place (`kept`) has its pods run; everyone else reads and writes that folder. Needs no root, no namespaces and no
//! container, and Linux alone. What is Kubernetes' own is not here: nobody else's pods, no images, limits or network rules.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use super::Runtime;

mod addresses;
mod beside;
mod blueprint;
mod child;
mod command;
mod connect;
mod facts;
mod folder;
mod keeper;
mod link;
mod look;
mod member;
mod mounted;
mod node;
mod probe;
mod programs;
mod ready;
mod service;
mod state;
mod store;
mod tree;
mod user;
mod warden;

use folder::Folder;
pub use programs::{Programs, of_version, programs};

/// What was found out of a cluster and kept beside its ConfigMaps.
const FACTS: &str = "Fact";

/// A folder with a cluster's processes.
#[derive(Clone, Debug)]
pub struct Place {
    folder: Folder,
}

/// A place that runs as long as this is there.
pub struct Kept {
    place: Place,
    /// Ended when this is dropped; whatever then still runs is the warden's.
    node: JoinSet<anyhow::Error>,
    warden: warden::Warden,
}

/// The runtime of a place.
pub fn in_place(place: &Place) -> Runtime {
    Runtime::Processes(place.clone())
}

/// Makes a place in a folder that is there and empty, and has it run: with these programs, pods being told this namespace.
///
/// # Errors
/// When the folder cannot be written to, or there is no user whose servers may run.
pub fn keep(folder: &Path, programs: &Programs, namespace: &str) -> Result<Kept> {
    let user = user::user()?;
    let settings = child::Settings {
        programs: programs.folder.clone(),
        user,
        namespace: namespace.into(),
    };
    let folder = folder::at(folder);
    folder.make()?;
    folder.open(user)?;
    folder::write_json(&folder.settings(), &settings)?;
    folder::write(&folder.hosts(), b"")?;
    let warden = warden::watch(folder.path())?;
    let mut node = JoinSet::new();
    node.spawn(node::run(folder.clone(), settings));
    Ok(Kept {
        place: Place { folder },
        node,
        warden,
    })
}

impl Kept {
    /// The place.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Ends every process and removes the folder.
    ///
    /// # Errors
    /// When a process does not end, or a file cannot be removed.
    pub async fn end(mut self) -> Result<()> {
        self.node.shutdown().await;
        let path = self.place.folder.path().to_owned();
        tree::end(std::slice::from_ref(&path)).await?;
        self.warden.dismiss().await;
        std::fs::remove_dir_all(&path).with_context(|| path.display().to_string())
    }
}

impl Place {
    /// The number of the user whose its servers are.
    pub(crate) fn user(&self) -> i64 {
        let settings = self.folder.place().ok();
        let given = settings.and_then(|settings| settings.user);
        let own = rustix::process::geteuid().as_raw();
        given.map_or(own, |user| user.id).into()
    }

    /// Its folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().into()
    }
}
