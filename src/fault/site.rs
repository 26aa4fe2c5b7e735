//! Where a cluster is that is looked at and broken: in a Kubernetes cluster, or as processes of this machine.

use anyhow::{Result, bail};
use kube::Client;

use crate::apply::Connection;
use crate::runtime::processes::{Place, in_place};
use crate::runtime::{Runtime, in_namespace};
use crate::status::Located;

/// What only Kubernetes has is not looked at elsewhere, for this reason.
pub(crate) const ONLY_KUBERNETES: &str = "only Kubernetes has this";

/// What runs beside servers is not looked at where servers alone run, for this reason.
const SERVERS_ALONE: &str = "of a spec, servers alone run as processes";

/// Where a cluster is.
#[derive(Clone, Copy)]
pub(crate) enum Site<'a> {
    /// In a namespace of a Kubernetes cluster.
    Kubernetes(&'a Connection),
    /// In a folder, as processes.
    Processes(&'a Place),
}

impl<'a> Site<'a> {
    /// Where the members of a namespace run.
    pub(crate) fn runtime(&self, namespace: &str) -> Runtime {
        match self {
            Site::Kubernetes(connection) => in_namespace(&connection.client, namespace),
            Site::Processes(place) => in_place(place),
        }
    }

    /// The same, as commands name it.
    pub(crate) fn located(&self, namespace: &str) -> Located {
        match self {
            Site::Kubernetes(connection) => Located::Kubernetes {
                context: connection.context.clone(),
                namespace: namespace.into(),
            },
            Site::Processes(place) => Located::of_place(place),
        }
    }

    /// The connection to the Kubernetes cluster.
    ///
    /// # Errors
    /// Where there is none: what needs it says so before, by [`Site::without_kubernetes`].
    pub(crate) fn connection(&self) -> Result<&'a Connection> {
        match self {
            Site::Kubernetes(connection) => Ok(connection),
            Site::Processes(_) => bail!("{ONLY_KUBERNETES}"),
        }
    }

    /// The API.
    ///
    /// # Errors
    /// As [`Site::connection`].
    pub(crate) fn kube(&self) -> Result<&'a Client> {
        Ok(&self.connection()?.client)
    }

    /// Why something is not looked at here that only Kubernetes has.
    pub(crate) fn without_kubernetes(&self) -> Option<&'static str> {
        match self {
            Site::Kubernetes(_) => None,
            Site::Processes(_) => Some(ONLY_KUBERNETES),
        }
    }

    /// Why nothing is looked at here that runs beside servers: poolers and exporters.
    pub(crate) fn servers_alone(&self) -> Option<&'static str> {
        match self {
            Site::Kubernetes(_) => None,
            Site::Processes(_) => Some(SERVERS_ALONE),
        }
    }

    /// Whether the machines that members run on can be reached: kind's nodes, and this one.
    pub(crate) fn reaches_machines(&self) -> bool {
        match self {
            Site::Kubernetes(connection) => connection.context.starts_with("kind-"),
            Site::Processes(_) => true,
        }
    }
}
