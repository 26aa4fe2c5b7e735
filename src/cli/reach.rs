//! How commands reach a cluster: their arguments for it, the connection, and the thread that waits. Knows no command.

use std::future::Future;
use std::path::PathBuf;

use anyhow::{Context, Result};
use futures::future::LocalBoxFuture;

use super::{SpecArgs, agree_on_namespace, one_cluster};
use crate::apply::{self, Connection, Route};
use crate::cluster::Cluster;

/// Which cluster; shared by every command that talks to one.
#[derive(Clone, clap::Args)]
pub(crate) struct RouteArgs {
    /// Path of the kubeconfig [default: $KUBECONFIG, then ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig; to be spelled out unless it is a kind cluster's
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl RouteArgs {
    /// Whether a context is spelled out.
    pub(crate) fn names_context(&self) -> bool {
        self.context.is_some()
    }

    pub(crate) fn route(self) -> Route {
        Route {
            kubeconfig: self.kubeconfig,
            context: self.context,
        }
    }
}

/// Of which spec, and where; shared by every command that is about one running cluster.
#[derive(Clone, clap::Args)]
pub(crate) struct OneArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    #[command(flatten)]
    route: RouteArgs,
    /// Namespace of a spec that names none [default: the context's]
    #[arg(short, long)]
    namespace: Option<String>,
}

impl OneArgs {
    /// The one cluster of the specs.
    pub(crate) fn cluster(&self) -> Result<Cluster> {
        let cluster = one_cluster(&self.spec.files)?;
        agree_on_namespace(std::slice::from_ref(&cluster), self.namespace.as_deref())?;
        Ok(cluster)
    }

    /// The way to it, and the namespace that it is in.
    pub(crate) async fn connect(self, cluster: &Cluster) -> Result<(Connection, String)> {
        let connection = apply::connect(&self.route.route()).await?;
        let own = cluster.spec.namespace.clone().or(self.namespace);
        let namespace = own.unwrap_or_else(|| connection.namespace.clone());
        Ok((connection, namespace))
    }
}

/// Runs asynchronous work to its end. It is behind a pointer: the runtime is compiled once, not for every command.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let work: LocalBoxFuture<'_, _> = Box::pin(work);
    let runtime = tokio::runtime::Runtime::new();
    runtime
        .context("the asynchronous runtime does not start")?
        .block_on(work)
}
