//! Where members run, and what may be asked of that place: run something in a member, stop it or break it, read and write who
//! leads, have clients led elsewhere.
//!
//! A variant for each kind of place, and a folder with what it takes there. Members go by their names, and what comes back
//! are types of this project: nobody outside has to know how a member is reached. Knows no topology, decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use tokio::io::DuplexStream;

use crate::apply::{Error, Progress};
use crate::cluster::{Cluster, LeaderRecord, Route};

mod beside;
mod command;
pub mod kubernetes;
mod look;
mod member;
pub mod processes;
mod record;
mod secret;
mod watched;

pub(crate) use beside::{Run, Second};
pub(crate) use command::{End, Failed, Output, psql};
pub use kubernetes::in_namespace;
pub use look::{Expected, LiveService, Pod, Presence, Stage, Workload};
pub(crate) use look::{Listed, selector};
pub(crate) use member::Life;
pub(crate) use record::Recorded;
pub(crate) use secret::Secret;
pub(crate) use watched::{Seen, Told, now};

/// A place where the members of clusters run.
#[derive(Clone)]
pub enum Runtime {
    /// A namespace of a Kubernetes cluster.
    Kubernetes(kubernetes::Place),
    /// A folder of this machine, with processes.
    Processes(processes::Place),
}

impl Runtime {
    /// Stops a member in order and waits until its server has surely ended; whatever keeps it running starts the next one.
    /// Nothing to do where there is none.
    ///
    /// # Errors
    /// When it is not known to have ended within the time that it may take.
    pub(crate) async fn stop(&self, member: &str) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.stop(member).await,
            Runtime::Processes(place) => place.stop(member).await,
        }
    }

    /// Has what changed in a cluster's files brought to its members soon. Does not wait for it: who does asks again.
    ///
    /// # Errors
    /// When that may not be asked for; then the files come later.
    pub(crate) async fn refresh(&self, cluster: &str) -> Result<(), Error> {
        match self {
            Runtime::Kubernetes(place) => place.refresh(cluster).await,
            Runtime::Processes(_) => Ok(()),
        }
    }

    /// What a cluster was told last, by its facts' name; nothing where it was told nothing.
    ///
    /// # Errors
    /// Why it could not be seen.
    pub(crate) async fn facts(&self, name: &str) -> Result<BTreeMap<String, String>, String> {
        match self {
            Runtime::Kubernetes(place) => place.facts(name).await,
            Runtime::Processes(place) => place.facts(name),
        }
    }

    /// Keeps one of a cluster's facts, by their name and its key, and returns whether it was not there yet.
    ///
    /// # Errors
    /// When it cannot be looked for or written.
    pub(crate) async fn keep_fact(&self, name: &str, key: &str, text: &str) -> Result<bool> {
        match self {
            Runtime::Kubernetes(place) => place.keep_fact(name, key, text).await,
            Runtime::Processes(place) => place.keep_fact(name, key, text),
        }
    }

    /// Reads who leads.
    ///
    /// # Errors
    /// When there is no such record, or it cannot be read.
    pub(crate) async fn recorded(&self, record: &LeaderRecord) -> Result<Recorded> {
        match self {
            Runtime::Kubernetes(place) => place.recorded(record).await,
            Runtime::Processes(place) => place.recorded(record),
        }
    }

    /// Writes who leads, and returns whether it was written: it is not where the record has changed since it was read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn write_record(
        &self,
        record: &LeaderRecord,
        read: &Recorded,
        text: &str,
    ) -> Result<bool> {
        match self {
            Runtime::Kubernetes(place) => place.write_record(record, read, text).await,
            Runtime::Processes(place) => place.write_record(record, read, text),
        }
    }

    /// Has Services lead to what has these labels and no others.
    ///
    /// # Errors
    /// When one is not there or cannot be changed; those before it lead there already.
    pub(crate) async fn point_services(&self, routes: &[Route]) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.point_services(routes).await,
            Runtime::Processes(place) => place.point_services(routes),
        }
    }

    /// A connection to a port of a member, as its clients have it.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn connect(&self, member: &str, port: u16) -> Result<DuplexStream> {
        match self {
            Runtime::Kubernetes(place) => place.connect(member, port).await,
            Runtime::Processes(place) => place.connect(member, port).await,
        }
    }

    /// A Secret; none where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        match self {
            Runtime::Kubernetes(place) => place.secret(name).await,
            Runtime::Processes(place) => place.secret(name),
        }
    }

    /// Writes files of a Secret, or removes those without a text, all or none of them; returns what it is then.
    ///
    /// # Errors
    /// When it cannot be written, and where it is no longer what was read.
    pub(crate) async fn write_secret(
        &self,
        read: &Secret,
        files: &BTreeMap<String, Option<String>>,
    ) -> Result<Secret, Error> {
        match self {
            Runtime::Kubernetes(place) => place.write_secret(read, files).await,
            Runtime::Processes(place) => place.write_secret(read, files),
        }
    }

    /// How a name is reached from here, as words of a connection string.
    pub(crate) fn reach(&self, host: &str) -> String {
        match self {
            Runtime::Kubernetes(_) => format!("host={host}"),
            Runtime::Processes(place) => place.reach(host),
        }
    }

    /// The addresses of a name, where clients are told them otherwise than by DNS.
    pub(crate) fn known_addresses(&self, name: &str) -> Option<BTreeSet<String>> {
        match self {
            Runtime::Kubernetes(_) => None,
            Runtime::Processes(place) => Some(place.known_addresses(name)),
        }
    }

    /// Whether clusters have their poolers there: beside processes none runs.
    pub(crate) fn has_poolers(&self) -> bool {
        matches!(self, Runtime::Kubernetes(_))
    }

    /// The pods of a cluster's pooler that run.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub(crate) async fn pooler_pods(&self, cluster: &Cluster) -> Result<Vec<String>, Error> {
        match self {
            Runtime::Kubernetes(place) => place.pooler_pods(cluster).await,
            Runtime::Processes(_) => Ok(Vec::new()),
        }
    }

    /// Replaces the pods of a cluster's pooler one by one, and waits until all are new.
    ///
    /// # Errors
    /// When that cannot be asked for, or they are not ready within the time.
    pub(crate) async fn replace_pooler(
        &self,
        cluster: &Cluster,
        within: Duration,
        progress: &Progress,
    ) -> Result<(), Error> {
        match self {
            Runtime::Kubernetes(place) => place.replace_pooler(cluster, within, progress).await,
            Runtime::Processes(_) => Ok(()),
        }
    }

    /// Whether there is surely no such pod any more.
    pub(crate) async fn is_gone(&self, pod: &str) -> bool {
        match self {
            Runtime::Kubernetes(place) => place.is_gone(pod).await,
            Runtime::Processes(place) => place.is_gone(pod),
        }
    }
}
