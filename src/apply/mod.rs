//! Applies objects to a Kubernetes cluster and waits until what they describe is there.
//!
//! Sees objects only, never a topology. Never creates a namespace, and deletes only where it is asked to.

use std::time::Duration;

use kube::Client;

use crate::cluster::Cluster;
use crate::k8s::{Manifest, Object};

mod adopt;
mod api;
mod connection;
mod error;
mod explain;
mod foresee;
mod owned;
mod progress;
mod ready;
mod refresh;
mod send;
mod wait;
mod watch;

pub use adopt::adopt;
pub(crate) use api::{Api, typed};
pub use connection::{Connection, Route, connect};
pub(crate) use connection::{connect_to, nowhere};
pub(crate) use error::reason;
pub use error::{Error, FieldConflict, Unfit, exit_code};
pub use explain::{events_text, explain, pod_text};
pub use foresee::{Foreseen, effect, foresee};
pub(crate) use owned::labels;
pub use owned::{Extent, delete, prune};
pub use progress::{Line, Progress};
pub use ready::{Readiness, deployment, job, stateful_set};
pub use refresh::refresh;
pub(crate) use refresh::refresh_pods;
pub(crate) use send::require_namespace;
pub use send::{Change, Sent, api};
pub(crate) use watch::{await_condition, is_gone};

/// What to do where another manager owns a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflicts {
    /// Change nothing and name the owner.
    #[default]
    Report,
    /// Take the field over.
    Force,
}

/// How objects are applied.
#[derive(Clone, Debug)]
pub struct Options {
    /// Namespace of the objects that name none.
    pub namespace: String,
    /// What to do where another manager owns a field.
    pub conflicts: Conflicts,
    /// How long all workloads together may take until they are ready.
    pub timeout: Duration,
}

impl Options {
    /// The namespace of a cluster.
    pub fn namespace_of<'a>(&'a self, cluster: &'a Cluster) -> &'a str {
        cluster.spec.namespace.as_deref().unwrap_or(&self.namespace)
    }
}

/// Applies the objects in their order, then waits until every workload among them is ready.
///
/// # Errors
/// When the namespace is missing, an object is refused or owned by another, a Job fails, or the deadline passes; the
/// last two carry the reason for each object that is not ready.
pub async fn apply(
    client: &Client,
    manifests: &[Manifest],
    options: &Options,
    progress: &Progress,
) -> Result<Vec<Sent>, Error> {
    for namespace in namespaces(manifests, options) {
        require_namespace(client, &namespace).await?;
    }
    let mut sent = Vec::with_capacity(manifests.len());
    for manifest in manifests {
        sent.push(send::send(client, &manifest.object, options, progress).await?);
    }
    wait::until_ready(client, manifests, options, progress).await?;
    Ok(sent)
}

/// Waits until every workload among objects that are there is ready.
///
/// # Errors
/// As [`apply`].
pub(crate) async fn wait(
    client: &Client,
    manifests: &[Manifest],
    options: &Options,
    progress: &Progress,
) -> Result<(), Error> {
    wait::until_ready(client, manifests, options, progress).await
}

/// The namespace an object goes to.
pub(crate) fn namespace_of<'a>(object: &'a Object, default: &'a str) -> &'a str {
    object.metadata().namespace.as_deref().unwrap_or(default)
}

fn namespaces(manifests: &[Manifest], options: &Options) -> Vec<String> {
    let mut names: Vec<String> = manifests
        .iter()
        .map(|manifest| namespace_of(&manifest.object, &options.namespace).to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}
