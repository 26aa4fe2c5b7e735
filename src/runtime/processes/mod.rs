//! Members as processes of one machine: the scripts and the configuration that `gen` emits, run as a kubelet would run them.
//!
//! Everything is in one folder: what was applied, what is known of every pod, its files, its volumes. Whoever keeps the
//! place (`kept`) has its pods run; everyone else reads and writes that folder. Needs no root, no namespaces and no
//! container, and Linux alone. What is Kubernetes' own is not here: nobody else's pods, no images, limits or network rules.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use tokio::sync::{Mutex, watch};

use super::Runtime;

mod addresses;
mod beside;
mod blueprint;
mod bring;
mod child;
mod clients;
mod command;
mod connect;
mod cut;
mod facts;
mod folder;
mod formed;
mod injury;
mod keeper;
mod link;
mod look;
mod member;
mod mounted;
mod node;
mod open;
mod probe;
mod programs;
mod ready;
mod service;
mod shared_memory;
mod state;
mod store;
mod tree;
mod user;
mod warden;

pub use bring::{Install, brought_version, provide};
pub(crate) use cut::Cut;
use folder::Folder;
pub(crate) use formed::{begin_with, plant};
pub use open::open;
pub use programs::{Programs, newest, of_version, programs};
pub(crate) use warden::{Warden, watch as watch_over};

/// What was found out of a cluster and kept beside its ConfigMaps.
const FACTS: &str = "Fact";

/// A folder with a cluster's processes.
#[derive(Clone, Debug)]
pub struct Place {
    folder: Folder,
    settings: child::Settings,
}

/// A place that runs as long as this is there. Whoever drops it without an end leaves the end to the warden.
pub struct Kept {
    place: Place,
    node: tokio::task::AbortHandle,
    /// Tells the node to end.
    ending: watch::Sender<bool>,
    /// Why the node has ended, once it has.
    ended: watch::Receiver<Option<String>>,
    /// By which others know that the place is kept.
    _held: File,
    warden: Mutex<Warden>,
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
        format: open::FORMAT,
        programs: programs.folder.clone(),
        user,
        namespace: namespace.into(),
    };
    // Its processes are known by where they work, which the kernel tells without links.
    let folder = folder.canonicalize();
    let folder = folder::at(&folder.context("the folder of a place")?);
    folder.make()?;
    folder.open(user)?;
    let held = folder.hold()?;
    folder::write_json(&folder.settings(), &settings)?;
    folder::write(&folder.hosts(), b"")?;
    let warden = warden::watch(folder.path())?;
    let (ending, told) = watch::channel(false);
    let (tell, ended) = watch::channel(None);
    let running = node::run(folder.clone(), settings.clone(), told);
    let node = tokio::spawn(async move {
        let why = running.await;
        let why = why.map_or_else(String::new, |error| format!("{error:#}"));
        tell.send_replace(Some(why));
    });
    Ok(Kept {
        place: Place { folder, settings },
        node: node.abort_handle(),
        ending,
        ended,
        _held: held,
        warden: Mutex::new(warden),
    })
}

impl Kept {
    /// The place.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Waits until the place can no longer be kept, and says why.
    pub async fn broken(&self) -> anyhow::Error {
        let why = self.node_ended().await;
        anyhow!("{}: {why}", self.place.folder.path().display())
    }

    /// Ends every process and removes the folder. Called again, it completes what was cut off.
    ///
    /// # Errors
    /// When a process does not end, or a file cannot be removed.
    pub async fn end(&self) -> Result<()> {
        self.ending.send_replace(true);
        self.node_ended().await;
        let path = self.place.folder.path().to_owned();
        tree::end(std::slice::from_ref(&path)).await?;
        shared_memory::release(&shared_memory::kept(&path));
        if path.exists() {
            std::fs::remove_dir_all(&path).with_context(|| path.display().to_string())?;
        }
        self.warden.lock().await.dismiss().await;
        Ok(())
    }

    /// Waits until nothing is kept running any more, and returns why, where it was not told to end.
    async fn node_ended(&self) -> String {
        let mut ended = self.ended.clone();
        let why = ended.wait_for(Option::is_some).await;
        let why = why.ok().and_then(|why| why.clone());
        why.unwrap_or_else(|| "what keeps its processes running has panicked".into())
    }
}

impl Drop for Kept {
    /// The warden sees its input end, kills what is left and removes the folder.
    fn drop(&mut self) {
        self.node.abort();
    }
}

impl Place {
    /// The number of the user whose its servers are.
    pub(crate) fn user(&self) -> i64 {
        let own = rustix::process::geteuid().as_raw();
        self.settings.user.map_or(own, |user| user.id).into()
    }

    /// Its folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().into()
    }

    /// One of the programs that its members run.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.settings.programs.join(name)
    }
}

#[cfg(test)]
mod tests;
