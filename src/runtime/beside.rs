//! Pods that are no members: one that looks at a cluster as a client, and one on the volumes of a member.

use std::time::Duration;

use anyhow::Result;

use super::Runtime;
use crate::apply::Error;
use crate::k8s::corev1;

/// What runs in a second pod on a member's volumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Second {
    /// A server, as in the member.
    Server,
    /// Nothing that opens the data.
    Nothing,
}

/// How far a pod is that is not started again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// It has not failed; its phase.
    Going(String),
    /// It has failed, and nothing of it ever ran; why.
    NotStarted(String),
    /// It has run, and failed.
    Failed,
}

impl Runtime {
    /// Makes a pod and waits until it is ready.
    ///
    /// # Errors
    /// When it may not be made, or is not ready within the time, with what is known of it.
    pub(crate) async fn start_pod(&self, pod: &corev1::Pod, within: Duration) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.start_pod(pod, within).await,
            Runtime::Processes(place) => place.start_pod(pod, within).await,
        }
    }

    /// Has what changed in files brought soon to the pods that a selector finds, as [`Runtime::refresh`] to a cluster's.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn refresh_pods(&self, selector: &str) -> Result<(), Error> {
        match self {
            Runtime::Kubernetes(place) => place.refresh_pods(selector).await,
            Runtime::Processes(_) => Ok(()),
        }
    }

    /// Makes a member's pod once more, on the same machine and volumes, as a member with a number that its set does not
    /// have. It is not started again. Returns its name.
    ///
    /// # Errors
    /// When there is no such member, or it may not be made.
    pub(crate) async fn second(
        &self,
        member: &str,
        ordinal: &str,
        second: Second,
    ) -> Result<String> {
        match self {
            Runtime::Kubernetes(place) => place.second(member, ordinal, second).await,
            Runtime::Processes(place) => place.second(member, ordinal, second),
        }
    }

    /// Waits until a pod runs.
    ///
    /// # Errors
    /// When it does not within the time.
    pub(crate) async fn running(&self, pod: &str, within: Duration) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.running(pod, within).await,
            Runtime::Processes(place) => place.running(pod, within).await,
        }
    }

    /// How far a pod is that is not started again.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn run_of(&self, pod: &str) -> Result<Run> {
        match self {
            Runtime::Kubernetes(place) => place.run_of(pod).await,
            Runtime::Processes(place) => place.run_of(pod),
        }
    }

    /// Ends a pod at once.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn remove(&self, pod: &str) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.remove(pod).await,
            Runtime::Processes(place) => place.remove(pod),
        }
    }
}
