//! Brings a cluster's objects into Kubernetes: by applying them, or as a release of the Helm chart.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::site::{ONLY_KUBERNETES, Site};
use crate::apply::{self, Connection, Options, Progress};
use crate::cluster::Cluster;
use crate::k8s::{Manifest, Object};
use crate::program;
use crate::rollout::{self, Rollout};
use crate::runtime::Runtime;
use crate::secrets::Secrets;
use crate::{chart, topology};

/// How objects get into Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Means {
    /// Applied by server-side apply, as `pgherd apply` does.
    #[default]
    Apply,
    /// Installed by helm, with the spec as values.
    Chart {
        /// The chart's folder.
        folder: PathBuf,
        /// Folder or archive of a chart of before, which is installed first and upgraded to this one.
        previous: Option<PathBuf>,
    },
    /// Objects that somebody else has written, with the names that the spec gives: what a drill compares with.
    Manifests {
        /// The folder with `manifests.yaml`, and the Dockerfile of their image.
        folder: PathBuf,
    },
}

impl Means {
    /// What is done, in one word.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Means::Apply => "apply",
            Means::Chart { previous: None, .. } => "helm install",
            Means::Chart { .. } => "helm install of the previous chart",
            Means::Manifests { .. } => "kubectl apply",
        }
    }

    /// The folder with the Dockerfile of the servers' image, where it is not this project's.
    pub(crate) fn image_folder(&self) -> Option<&Path> {
        match self {
            Means::Apply | Means::Chart { .. } => None,
            Means::Manifests { folder } => Some(folder),
        }
    }
}

/// What it takes to install.
pub(crate) struct Installer<'a> {
    site: Site<'a>,
    means: &'a Means,
    options: Options,
    /// What the Secrets of the clusters that it installs hold.
    secrets: &'a Secrets,
    progress: &'a Progress,
    /// For helm, which connects by itself. Removed when this is dropped.
    kubeconfig: Option<NamedTempFile>,
}

/// An installer for a namespace.
pub(crate) fn installer<'a>(
    site: Site<'a>,
    means: &'a Means,
    options: Options,
    secrets: &'a Secrets,
    progress: &'a Progress,
) -> Result<Installer<'a>> {
    let kubeconfig = match site {
        Site::Kubernetes(connection) => Some(kubeconfig(connection)?),
        Site::Processes(_) => None,
    };
    Ok(Installer {
        site,
        means,
        options,
        secrets,
        progress,
        kubeconfig,
    })
}

/// How a connection is made, in a file.
fn kubeconfig(connection: &Connection) -> Result<NamedTempFile> {
    let mut file = NamedTempFile::with_prefix("pgherd-kubeconfig-").context("a temporary file")?;
    serde_json::to_writer(&mut file, &connection.kubeconfig).context("writing a kubeconfig")?;
    file.flush().context("writing a kubeconfig")?;
    Ok(file)
}

impl Installer<'_> {
    /// Installs a cluster, or changes it to what it is now, and waits until it is ready; returns how many objects it has.
    pub(crate) async fn install(&self, cluster: &Cluster) -> Result<usize> {
        let manifests = self.objects(cluster);
        let folder = match self.means {
            Means::Apply => {
                self.bring(&manifests).await?;
                let (runtime, progress) = (self.runtime(), self.progress);
                rollout::settle(&runtime, cluster, progress).await?;
                return Ok(manifests.len());
            }
            Means::Manifests { folder } => {
                self.make_secrets(cluster, self.secrets).await?;
                let file = folder.join("manifests.yaml").display().to_string();
                self.kubectl(&["apply", "--filename", &file], "").await?;
                self.wait_for(&manifests).await?;
                return Ok(manifests.len());
            }
            Means::Chart { folder, .. } => folder,
        };
        self.make_secrets(cluster, self.secrets).await?;
        let folder = folder.display().to_string();
        let mut arguments = vec![
            "upgrade",
            "--install",
            cluster.name(),
            &folder,
            "--values",
            "-",
        ];
        // One member is no cluster to a spec, and is what is left when the standbys are taken away.
        if cluster.spec.members == 1 {
            arguments.push("--skip-schema-validation");
        }
        self.helm(&arguments, &chart::given(cluster)).await?;
        self.wait_for(&manifests).await?;
        Ok(manifests.len())
    }

    /// Brings objects there, and waits until what they describe is ready.
    async fn bring(&self, manifests: &[Manifest]) -> Result<()> {
        match self.site {
            Site::Kubernetes(connection) => {
                let (client, options) = (&connection.client, &self.options);
                apply::apply(client, manifests, options, self.progress).await?;
                Ok(())
            }
            Site::Processes(place) => {
                let within = self.options.timeout;
                place.apply(manifests, within, self.progress).await
            }
        }
    }

    /// Applies a cluster as `pgherd apply` does, in the order in which standbys go on replaying.
    pub(crate) async fn apply_in_order(&self, cluster: &Cluster) -> Result<()> {
        let rollout = self.rollout(cluster)?;
        let parts = rollout::foresee(&rollout, self.progress).await?;
        rollout::apply_in_order(&rollout, &parts, self.progress).await
    }

    /// A cluster as `pgherd apply` is given it.
    pub(crate) fn rollout<'b>(&'b self, cluster: &'b Cluster) -> Result<Rollout<'b>> {
        Ok(Rollout {
            cluster,
            secrets: Some(self.secrets),
            connection: self.site.connection()?,
            options: &self.options,
        })
    }

    /// The objects of a cluster, with its Secrets.
    pub(crate) fn objects(&self, cluster: &Cluster) -> Vec<Manifest> {
        topology::objects(cluster, Some(self.secrets))
    }

    /// What the Secrets hold.
    pub(crate) fn secrets(&self) -> &Secrets {
        self.secrets
    }

    /// Applies the Secrets, which are never the chart's, with what they are to hold.
    pub(crate) async fn make_secrets(&self, cluster: &Cluster, secrets: &Secrets) -> Result<()> {
        let mut objects = topology::objects(cluster, Some(secrets));
        objects.retain(|manifest| matches!(manifest.object, Object::Secret(_)));
        self.bring(&objects).await
    }

    /// How objects get there.
    pub(crate) fn means(&self) -> &Means {
        self.means
    }

    /// The chart, where it is one that is installed.
    pub(crate) fn chart(&self) -> Option<&Path> {
        match self.means {
            Means::Apply | Means::Manifests { .. } => None,
            Means::Chart { folder, .. } => Some(folder),
        }
    }

    /// The chart that is installed first and upgraded, where there is one.
    pub(crate) fn previous(&self) -> Option<&Path> {
        match self.means {
            Means::Apply | Means::Manifests { .. } => None,
            Means::Chart { previous, .. } => previous.as_deref(),
        }
    }

    /// How objects are applied.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Where objects get to.
    pub(crate) fn site(&self) -> Site<'_> {
        self.site
    }

    /// Where the members run.
    pub(crate) fn runtime(&self) -> Runtime {
        self.site.runtime(&self.options.namespace)
    }

    /// Waits until a cluster that is there is ready.
    pub(crate) async fn wait(&self, cluster: &Cluster) -> Result<()> {
        self.wait_for(&self.objects(cluster)).await
    }

    /// Waits until every workload among objects that are there is ready.
    pub(crate) async fn wait_for(&self, manifests: &[Manifest]) -> Result<()> {
        match self.site {
            Site::Kubernetes(connection) => {
                let (client, options) = (&connection.client, &self.options);
                Ok(apply::wait(client, manifests, options, self.progress).await?)
            }
            Site::Processes(place) => {
                let within = self.options.timeout;
                place.wait(manifests, within, self.progress).await
            }
        }
    }

    /// Runs helm in the namespace.
    pub(crate) async fn helm(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.run("helm", "--kube-context", arguments, input).await
    }

    /// Runs kubectl in the namespace: it refuses objects that are of another.
    pub(crate) async fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.run("kubectl", "--context", arguments, input).await
    }

    /// Runs a program that connects by itself, in the namespace.
    async fn run(
        &self,
        program: &str,
        context: &str,
        arguments: &[&str],
        input: &str,
    ) -> Result<String> {
        let kubeconfig = self.kubeconfig.as_ref().context(ONLY_KUBERNETES)?;
        let kubeconfig = kubeconfig.path().display().to_string();
        let mut all = arguments.to_vec();
        all.extend([
            "--namespace",
            &self.options.namespace,
            "--kubeconfig",
            &kubeconfig,
            context,
            &self.site.connection()?.context,
        ]);
        Ok(program::run(None, program, &all, input).await?)
    }
}
