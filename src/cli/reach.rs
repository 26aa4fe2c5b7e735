//! How commands reach a cluster: their arguments for it, the connection, and the thread that waits. Knows no command.

use std::fs::File;
use std::future::Future;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use futures::future::LocalBoxFuture;

use super::{SpecArgs, agree_on_namespace, clusters, one_cluster, only};
use crate::apply::{self, Connection, Route};
use crate::cluster::Cluster;
use crate::runtime::processes::{self, Place, in_place};
use crate::runtime::{Runtime, in_namespace};
use crate::status::{Commands, Located};

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

/// Where clusters are, in Kubernetes or as processes; shared by every command about clusters that works with both.
#[derive(Clone, clap::Args)]
pub(crate) struct WhereArgs {
    #[command(flatten)]
    route: RouteArgs,
    /// Namespace of a spec that names none [default: the context's]
    #[arg(short, long)]
    namespace: Option<String>,
    /// Folder of a cluster that `pgherd e2e --on processes --keep` keeps, instead of Kubernetes
    #[arg(long, value_name = "DIR", conflicts_with_all = ["context", "kubeconfig", "namespace"])]
    processes: Option<PathBuf>,
}

/// Of which spec, and where; shared by every command about one running cluster that works with both.
#[derive(Clone, clap::Args)]
pub(crate) struct RunningArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    #[command(flatten)]
    place: WhereArgs,
}

/// The way to clusters.
pub(crate) enum Reach {
    /// By a connection, those of specs that name no namespace in this one.
    Kubernetes(Box<Connection>, Option<String>),
    /// In a folder.
    Processes(Place),
}

impl WhereArgs {
    /// The clusters of these specs; of a place, those that run there.
    pub(crate) fn clusters(&self, files: &[PathBuf]) -> Result<Vec<Cluster>> {
        let clusters = clusters(files)?;
        if let Some(folder) = &self.processes {
            return of_place(&processes::open(folder)?, clusters);
        }
        agree_on_namespace(&clusters, self.namespace.as_deref())?;
        Ok(clusters)
    }

    /// The way to them.
    pub(crate) async fn reach(self) -> Result<Reach> {
        if let Some(folder) = self.processes {
            return Ok(Reach::Processes(processes::open(&folder)?));
        }
        let connection = apply::connect(&self.route.route()).await?;
        Ok(Reach::Kubernetes(Box::new(connection), self.namespace))
    }
}

impl RunningArgs {
    /// The one cluster of the specs.
    pub(crate) fn cluster(&self) -> Result<Cluster> {
        only(self.place.clusters(&self.spec.files)?)
    }

    /// The way to it.
    pub(crate) async fn reach(&self) -> Result<Reach> {
        self.place.clone().reach().await
    }
}

impl Reach {
    /// Keeps away other commands that move the lead or rotate, for as long as what it returns is there. In Kubernetes their
    /// objects alone do: commands come from many machines.
    pub(crate) fn alone(&self, doing: &str) -> Result<Option<File>> {
        match self {
            Reach::Kubernetes(..) => Ok(None),
            Reach::Processes(place) => place.alone(doing).map(Some),
        }
    }

    /// Where a cluster's members run.
    pub(crate) fn runtime(&self, cluster: &Cluster) -> Runtime {
        match self {
            Reach::Kubernetes(connection, _) => {
                in_namespace(&connection.client, self.located(cluster).namespace())
            }
            Reach::Processes(place) => in_place(place),
        }
    }

    /// How commands about a cluster are typed.
    pub(crate) fn commands(&self, cluster: &Cluster, files: &[PathBuf]) -> Commands {
        let files = files.iter();
        Commands {
            files: files.map(|file| file.display().to_string()).collect(),
            located: self.located(cluster),
        }
    }

    /// Where a cluster is.
    pub(crate) fn located(&self, cluster: &Cluster) -> Located {
        match self {
            Reach::Kubernetes(connection, namespace) => {
                let named = cluster.spec.namespace.as_ref().or(namespace.as_ref());
                Located::Kubernetes {
                    context: connection.context.clone(),
                    namespace: named.unwrap_or(&connection.namespace).clone(),
                }
            }
            Reach::Processes(place) => Located::of_place(place),
        }
    }
}

/// Those of the clusters that run in a place: a file may have the specs of others, too.
pub(crate) fn of_place(place: &Place, mut clusters: Vec<Cluster>) -> Result<Vec<Cluster>> {
    let there = place.clusters()?;
    ensure!(
        !there.is_empty(),
        "{}: its cluster is not formed yet\nhint: try again when the command that forms it says that it is ready",
        place.path().display()
    );
    let given: Vec<String> = clusters.iter().map(|one| one.name().to_owned()).collect();
    clusters.retain(|cluster| there.contains(cluster.name()));
    ensure!(
        !clusters.is_empty(),
        "{}: the cluster there is {}, and the specs are those of {}\n\
         hint: name the folder of this cluster, or the spec of that one",
        place.path().display(),
        there.into_iter().collect::<Vec<_>>().join(", "),
        given.join(", ")
    );
    Ok(clusters)
}

/// Of which spec, and where; shared by every command that is about one running cluster of Kubernetes.
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
