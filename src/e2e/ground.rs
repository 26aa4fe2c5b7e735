//! What a run stands on: the cluster it uses, and a list of what it made and has to delete.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow, bail};
use futures::future::join_all;

use super::scenario::Scenario;
use super::{On, Options, images, locked, namespace};
use crate::apply::{Connection, Error, Progress, connect, connect_to};
use crate::cluster::Cluster;
use crate::fault::limits::Limits;
use crate::fault::site::Site;
use crate::kind;
use crate::runtime::processes::{self, Kept};

/// What a run made. Everything is listed here before it is made, so that an interruption finds it.
pub(super) struct Ground {
    limits: Limits,
    /// The kind cluster that this run made.
    made_cluster: Option<String>,
    /// Namespaces, with the connection that leads to them.
    namespaces: Mutex<Vec<(Connection, String)>>,
    /// Folders with processes.
    places: Mutex<Vec<Housed>>,
}

/// A cluster in a folder with processes.
#[derive(Clone)]
pub(super) struct Housed {
    pub(super) cluster: Cluster,
    pub(super) kept: Arc<Kept>,
}

/// What clusters are made on.
pub(super) enum Base {
    /// A Kubernetes cluster.
    Kubernetes(Box<Connection>),
    /// This machine.
    Machine,
}

/// Where one cluster is made.
pub(super) struct Home {
    /// The namespace, or what pods are told as one.
    pub(super) name: String,
    place: HomePlace,
}

enum HomePlace {
    Namespace(Box<Connection>),
    Processes(Arc<Kept>),
}

impl Base {
    /// By which it is told from others.
    pub(super) fn name(&self) -> &str {
        match self {
            Base::Kubernetes(connection) => &connection.context,
            Base::Machine => "processes",
        }
    }
}

impl Home {
    /// Where the cluster is.
    pub(super) fn site(&self) -> Site<'_> {
        match &self.place {
            HomePlace::Namespace(connection) => Site::Kubernetes(connection),
            HomePlace::Processes(kept) => Site::Processes(kept.place()),
        }
    }

    /// Waits until it can no longer be kept, and says why. A namespace is kept by others.
    pub(super) async fn broken(&self) -> anyhow::Error {
        match &self.place {
            HomePlace::Namespace(_) => std::future::pending().await,
            HomePlace::Processes(kept) => kept.broken().await,
        }
    }
}

impl Ground {
    /// Nothing yet, of a run with these limits.
    pub(super) fn new(limits: &Limits) -> Ground {
        Ground {
            limits: *limits,
            made_cluster: None,
            namespaces: Mutex::default(),
            places: Mutex::default(),
        }
    }

    /// What clusters are made on.
    pub(super) async fn base(
        &mut self,
        scenarios: &[Scenario],
        options: &Options,
        progress: &Progress,
    ) -> Result<Base> {
        if options.on == On::Processes {
            for scenario in scenarios {
                let version = scenario.cluster().spec.postgres.version;
                processes::provide(version, options.install, progress).await?;
            }
            return Ok(Base::Machine);
        }
        let connection = self.connect(options, progress).await?;
        images::provide(&connection, scenarios, progress).await?;
        Ok(Base::Kubernetes(Box::new(connection)))
    }

    /// Makes a place of its own for a cluster.
    pub(super) async fn home(&self, base: &Base, cluster: &Cluster) -> Result<Home> {
        match base {
            Base::Kubernetes(connection) => Ok(Home {
                name: self.namespace(connection, cluster).await?,
                place: HomePlace::Namespace(connection.clone()),
            }),
            Base::Machine => {
                let programs = processes::of_version(cluster.spec.postgres.version)?;
                let folder = tempfile::Builder::new().prefix("pgherd-").tempdir();
                let folder = folder.context("a temporary folder")?;
                let name = namespace::fresh_name(cluster.name());
                let kept = Arc::new(processes::keep(folder.path(), &programs, &name)?);
                locked(&self.places).push(Housed {
                    cluster: cluster.clone(),
                    kept: kept.clone(),
                });
                // From here on the place removes it, or whoever watches over it.
                let _ = folder.keep();
                Ok(Home {
                    name,
                    place: HomePlace::Processes(kept),
                })
            }
        }
    }

    /// Takes away what was made for a cluster.
    pub(super) async fn leave(&self, home: Home, progress: &Progress) -> Result<()> {
        match home.place {
            HomePlace::Namespace(connection) => {
                self.delete_namespace(&connection, &home.name, progress)
                    .await
            }
            HomePlace::Processes(kept) => {
                end_place(&kept, progress).await?;
                locked(&self.places).retain(|other| !Arc::ptr_eq(&other.kept, &kept));
                Ok(())
            }
        }
    }

    /// Connects to the cluster that the options name, or to pgherd's kind cluster, which is made where there is none.
    pub(super) async fn connect(
        &mut self,
        options: &Options,
        progress: &Progress,
    ) -> Result<Connection> {
        if options.route.context.is_some() {
            return Ok(connect(&options.route).await?);
        }
        let name = options.shape.name;
        if !kind::clusters().await?.iter().any(|found| found == name) {
            self.create(options, progress).await?;
        }
        let context = format!("kind-{name}");
        match connect_to(kind::kubeconfig(name).await?, &context).await {
            Err(error @ Error::Unreachable { .. }) if self.made_cluster.is_none() => {
                bail!(
                    "{error}\nhint: an engine that was stopped leaves such clusters: kind delete cluster --name {name}"
                )
            }
            connection => Ok(connection?),
        }
    }

    async fn create(&mut self, options: &Options, progress: &Progress) -> Result<()> {
        let image = match &options.node_image {
            Some(image) => Some(image.clone()),
            None => kind::newest_node_image().await?,
        };
        let shape = options.shape;
        let line = progress.line(&format!("kind cluster {}", shape.name));
        line.update(&format!(
            "making it with {}",
            image.as_deref().unwrap_or("kind's own node image")
        ));
        self.made_cluster = Some(shape.name.into());
        kind::create(shape, image.as_deref(), &line).await?;
        line.finish("ready");
        Ok(())
    }

    /// Makes a namespace of its own for a cluster.
    pub(super) async fn namespace(
        &self,
        connection: &Connection,
        cluster: &Cluster,
    ) -> Result<String> {
        let name = namespace::fresh_name(cluster.name());
        locked(&self.namespaces).push((connection.clone(), name.clone()));
        namespace::create(&connection.client, &name).await?;
        Ok(name)
    }

    /// Deletes a namespace that this run made, and waits for it.
    pub(super) async fn delete_namespace(
        &self,
        connection: &Connection,
        name: &str,
        progress: &Progress,
    ) -> Result<()> {
        let line = progress.line(&format!("namespace {name}"));
        line.update("deleting");
        namespace::delete(&connection.client, name, &self.limits).await?;
        line.finish("deleted");
        locked(&self.namespaces).retain(|(_, other)| other != name);
        Ok(())
    }

    /// Deletes every namespace that is left.
    async fn delete_namespaces(&self, progress: &Progress) -> Result<()> {
        let left = locked(&self.namespaces).clone();
        let each = (left.iter())
            .map(|(connection, name)| self.delete_namespace(connection, name, progress));
        all_done(join_all(each).await)
    }

    /// Takes over the clusters of processes that are left: whoever has them ends them.
    pub(super) fn take_housed(&mut self) -> Vec<Housed> {
        std::mem::take(&mut *locked(&self.places))
    }

    /// Deletes everything that this run made.
    pub(super) async fn clean(mut self, progress: &Progress) -> Result<()> {
        end_places(&self.take_housed(), progress).await?;
        let Some(name) = self.made_cluster.take() else {
            return self.delete_namespaces(progress).await;
        };
        // The namespaces go with their cluster.
        let line = progress.line(&format!("kind cluster {name}"));
        line.update("deleting");
        kind::delete(&name)
            .await
            .with_context(|| format!("kind cluster {name} may still be there"))?;
        line.finish("deleted");
        Ok(())
    }

    /// Deletes what is in the cluster, and says that it stays.
    pub(super) async fn keep_cluster(self, progress: &Progress) -> Result<()> {
        let cleaned = self.delete_namespaces(progress).await;
        self.keep(progress).await?;
        cleaned
    }

    /// Says what stays and how to delete it. Processes do not outlast the command that keeps them: those that were not taken
    /// over end here.
    pub(super) async fn keep(mut self, progress: &Progress) -> Result<()> {
        end_places(&self.take_housed(), progress).await?;
        if let Some(name) = &self.made_cluster {
            kind::export_context(name).await?;
            progress.say(
                &format!("kind cluster {name}"),
                &format!("kept; delete it with: kind delete cluster --name {name}"),
            );
        }
        for (connection, name) in locked(&self.namespaces).iter() {
            let context = &connection.context;
            progress.say(
                &format!("namespace {name}"),
                &format!(
                    "kept; delete it with: kubectl --context {context} delete namespace {name}"
                ),
            );
        }
        Ok(())
    }
}

/// Ends places that a run made.
pub(super) async fn end_places(places: &[Housed], progress: &Progress) -> Result<()> {
    let each = places.iter().map(|one| end_place(&one.kept, progress));
    all_done(join_all(each).await)
}

/// Ends the processes of a place, and removes its folder.
async fn end_place(kept: &Kept, progress: &Progress) -> Result<()> {
    let path = kept.place().path();
    let line = progress.line("processes");
    line.update(&format!("ending those in {}", path.display()));
    kept.end().await?;
    line.finish(&format!("ended; {} is gone", path.display()));
    Ok(())
}

/// Every error of many, as one.
fn all_done(each: Vec<Result<()>>) -> Result<()> {
    let failed = each.into_iter().filter_map(Result::err);
    let failed: Vec<String> = failed.map(|error| format!("{error:#}")).collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(anyhow!("{}", failed.join("\n")))
}
