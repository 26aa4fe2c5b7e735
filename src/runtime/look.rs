//! What a runtime shows of a cluster without asking its servers: plain data, and how to get it.
//!
//! What may not be seen, as with few rights, is told in words beside what is seen.

use std::collections::BTreeMap;

use super::Runtime;
use crate::apply::Error;
use crate::cluster::MemberSet;
use crate::k8s::Manifest;

/// An object that has to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Whether it is there.
    pub presence: Presence,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    There,
    /// It is not.
    Missing,
    /// The API did not say.
    Unknown,
}

/// The StatefulSet of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// How many pods the spec asks for.
    pub wanted: i32,
    /// How many pods it is told to have; none where it is not there or could not be seen.
    pub replicas: Option<i32>,
}

/// A pod of a cluster as it was listed.
pub(crate) struct Listed {
    /// Its name.
    pub(crate) name: String,
    /// Which part of the cluster it is, by its label.
    pub(crate) component: Option<String>,
    /// Whether it is a member, by its label.
    pub(crate) is_member: bool,
    /// Whether something can be run beside its server.
    pub(crate) server_runs: bool,
    /// By which it is told from another of its name.
    pub(super) id: Option<String>,
    /// What the list tells of it.
    pub(super) pod: Pod,
}

/// What is known of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// How far it is.
    pub stage: Stage,
    /// How often its containers were started again.
    pub restarts: i32,
    /// The last warning about it, where it is not ready.
    pub warning: Option<String>,
}

/// How far a pod is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No node takes it; the scheduler's words.
    Unscheduled(String),
    /// A container waits to be made or started; its name, and the kubelet's words.
    Waiting(String),
    /// A container ends again and again; what is known of its end, and the last line of its log.
    Crashing {
        /// Name of the container.
        container: String,
        /// With which code and why.
        end: String,
        /// Whether the next one runs already: then its log is that of the container before.
        runs_again: bool,
        /// The last line of its log.
        last_words: Option<String>,
    },
    /// Its containers run, but are not ready.
    NotReady,
    /// It is ready.
    Ready,
    /// It is being deleted.
    Ending,
    /// All its containers have ended for good.
    Ended(String),
}

/// A Service as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveService {
    /// Its selector, as it would be typed; empty where it has none.
    pub selector: String,
    /// The pods that it leads to.
    pub pods: Vec<String>,
    /// Whether it is a load balancer's and has no address yet.
    pub awaits_address: bool,
}

impl Pod {
    /// Whether it is ready.
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }
}

/// Labels as a selector is typed.
pub(crate) fn selector(labels: Option<&BTreeMap<String, String>>) -> String {
    let labels = labels.into_iter().flatten();
    let words: Vec<String> = labels
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    words.join(",")
}

impl Runtime {
    /// Fails where there is no such place.
    ///
    /// # Errors
    /// Its name, and how to make it.
    pub(crate) async fn require_there(&self) -> Result<(), Error> {
        match self {
            Runtime::Kubernetes(place) => place.require_namespace().await,
            Runtime::Processes(place) => place.require_there(),
        }
    }

    /// Every pod of a cluster.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub(crate) async fn listed(&self, cluster: &str) -> Result<Vec<Listed>, Error> {
        match self {
            Runtime::Kubernetes(place) => place.listed(cluster).await,
            Runtime::Processes(place) => place.listed(cluster),
        }
    }

    /// What is known of a pod; where it is not ready, with its last warning and the last words of what ended.
    pub(crate) async fn explained(&self, listed: &Listed) -> Pod {
        match self {
            Runtime::Kubernetes(place) => place.explained(listed).await,
            Runtime::Processes(place) => place.explained(listed),
        }
    }

    /// Whether the server of a member that could not be asked is told to have ended, within a moment.
    pub(crate) async fn ends(&self, listed: &Listed) -> bool {
        match self {
            Runtime::Kubernetes(place) => place.ends(listed).await,
            Runtime::Processes(place) => place.ends(listed).await,
        }
    }

    /// What keeps the members of these sets running, and what could not be seen.
    pub(crate) async fn workloads(&self, wanted: &[MemberSet]) -> (Vec<Workload>, Vec<String>) {
        match self {
            Runtime::Kubernetes(place) => place.workloads(wanted).await,
            Runtime::Processes(place) => place.workloads(wanted),
        }
    }

    /// A Service as it is; none where it is missing.
    ///
    /// # Errors
    /// Why it could not be seen.
    pub(crate) async fn live_service(&self, name: &str) -> Result<Option<LiveService>, String> {
        match self {
            Runtime::Kubernetes(place) => place.live_service(name).await,
            Runtime::Processes(place) => place.live_service(name),
        }
    }

    /// Which of these Secrets and objects are there, the Secrets first, and what could not be seen. No content is read.
    pub(crate) async fn presence(
        &self,
        secrets: &[String],
        manifests: &[Manifest],
    ) -> (Vec<Expected>, Vec<String>) {
        match self {
            Runtime::Kubernetes(place) => place.presence(secrets, manifests).await,
            Runtime::Processes(place) => place.presence(secrets, manifests),
        }
    }

    /// The Jobs among objects that have failed for good, with the reason. One that cannot be seen is among the objects.
    pub(crate) async fn failed_jobs(&self, manifests: &[Manifest]) -> Vec<(String, String)> {
        match self {
            Runtime::Kubernetes(place) => place.failed_jobs(manifests).await,
            Runtime::Processes(_) => Vec::new(),
        }
    }
}
