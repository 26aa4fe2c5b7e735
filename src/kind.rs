//! Runs the programs `kind` and `docker`: a cluster to test on, and the images in it.
//!
//! Knows nothing of specs or objects.

use kube::config::Kubeconfig;

use crate::apply::Line;
pub use crate::program::Error;
use crate::program::{command_line, run};

/// Name of the cluster that pgherd looks for and makes; its context is `kind-pgherd`.
pub const CLUSTER: &str = "pgherd";

/// A cluster that pgherd makes: its name, and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its name; its context is `kind-<name>`.
    pub name: &'static str,
    config: &'static str,
}

/// One node.
pub const ONE_NODE: Shape = Shape {
    name: CLUSTER,
    config: include_str!("../kind/pgherd.yaml"),
};

/// A node for every member of three, besides the one that runs the cluster.
pub const WORKERS: Shape = Shape {
    name: "pgherd-drill",
    config: include_str!("../kind/drill.yaml"),
};

/// Asks whether Docker runs.
///
/// # Errors
/// When it is missing or does not.
pub async fn engine() -> Result<(), Error> {
    let arguments = ["version", "--format", "{{.Server.Version}}"];
    run(None, "docker", &arguments, "").await.map(drop)
}

/// Asks the registry of kind's node images whether it answers. Which image kind would choose, kind alone knows.
///
/// # Errors
/// When it does not.
pub async fn registry() -> Result<(), Error> {
    let asked = run(None, "docker", &["manifest", "inspect", "kindest/node"], "");
    match asked.await {
        // An answer, too.
        Err(Error::Failed { output, .. }) if output.contains("no such manifest") => Ok(()),
        answer => answer.map(drop),
    }
}

/// The names of the kind clusters on this machine.
///
/// # Errors
/// When kind or Docker is missing or does not run.
pub async fn clusters() -> Result<Vec<String>, Error> {
    Ok(run(None, "kind", &["get", "clusters", "--quiet"], "")
        .await?
        .lines()
        .map(str::to_owned)
        .collect())
}

/// Makes a cluster of pgherd's configuration and waits until its nodes are ready. The user's kubeconfig stays as it is.
///
/// # Errors
/// When kind or Docker is missing, or the cluster does not come up.
pub async fn create(shape: Shape, node_image: Option<&str>, line: &Line<'_>) -> Result<(), Error> {
    // kind writes a kubeconfig and switches the user's current context unless it is given another file.
    let file = std::env::temp_dir().join(format!("pgherd-{}.kubeconfig", std::process::id()));
    let path = file.display().to_string();
    let mut arguments = vec![
        "create",
        "cluster",
        "--name",
        shape.name,
        "--config",
        "-",
        "--wait",
        "120s",
        "--kubeconfig",
        &path,
    ];
    if let Some(image) = node_image {
        arguments.extend(["--image", image]);
    }
    let created = run(Some(line), "kind", &arguments, shape.config).await;
    // The same is asked of kind whenever it is needed; where the file was never written there is nothing to remove.
    let _ = std::fs::remove_file(&file);
    created.map(drop)
}

/// Deletes a cluster; one that is not there is no error.
///
/// # Errors
/// When kind or Docker fails.
pub async fn delete(name: &str) -> Result<(), Error> {
    run(None, "kind", &["delete", "cluster", "--name", name], "")
        .await
        .map(drop)
}

/// Adds a cluster's context to the user's kubeconfig, where it becomes the current one.
///
/// # Errors
/// When kind or Docker fails.
pub async fn export_context(name: &str) -> Result<(), Error> {
    run(None, "kind", &["export", "kubeconfig", "--name", name], "")
        .await
        .map(drop)
}

/// How to reach a cluster.
///
/// # Errors
/// When there is no such cluster.
pub async fn kubeconfig(name: &str) -> Result<Kubeconfig, Error> {
    let arguments = ["get", "kubeconfig", "--name", name];
    let text = run(None, "kind", &arguments, "").await?;
    Kubeconfig::from_yaml(&text).map_err(|error| Error::Unexpected {
        command: command_line("kind", &arguments),
        reason: error.to_string(),
    })
}

/// The newest kindest/node image on this machine; none leaves the choice to kind.
///
/// # Errors
/// When Docker is missing or does not run.
pub async fn newest_node_image() -> Result<Option<String>, Error> {
    let tags = run(
        None,
        "docker",
        &["images", "kindest/node", "--format", "{{.Tag}}"],
        "",
    )
    .await?;
    Ok(newest(tags.lines()).map(|tag| format!("kindest/node:{tag}")))
}

/// Whether Docker on this machine has an image.
///
/// # Errors
/// When Docker is missing or does not run.
pub async fn has_image(image: &str) -> Result<bool, Error> {
    match run(
        None,
        "docker",
        &["image", "inspect", "--format", "{{.Id}}", image],
        "",
    )
    .await
    {
        Ok(_) => Ok(true),
        Err(Error::Failed { output, .. }) if output.to_lowercase().contains("no such image") => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Puts images of this machine on every node of a cluster; those that are there already are left alone.
///
/// # Errors
/// When kind or Docker fails.
pub async fn load(name: &str, images: &[String], line: &Line<'_>) -> Result<(), Error> {
    if images.is_empty() {
        return Ok(());
    }
    let mut arguments = vec!["load", "docker-image", "--name", name];
    arguments.extend(images.iter().map(String::as_str));
    run(Some(line), "kind", &arguments, "").await.map(drop)
}

/// Builds an image from the Dockerfile of a folder. With the host's network, because that is the one that is known
/// to reach the distribution's packages.
///
/// # Errors
/// When Docker fails.
pub async fn build(made: &Made<'_>, folder: &str, line: &Line<'_>) -> Result<(), Error> {
    let base = format!("BASE={}", made.base);
    let arguments = [
        "build",
        "--network=host",
        "--build-arg",
        &base,
        "--target",
        made.target,
        "--tag",
        made.image,
        folder,
    ];
    run(Some(line), "docker", &arguments, "").await.map(drop)
}

/// An image that is built.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// Its name.
    pub image: &'a str,
    /// The image that it is built on.
    pub base: &'a str,
    /// The stage of the Dockerfile.
    pub target: &'a str,
}

/// Kills the first process of a container that runs on a node, as the kernel does: it is told nothing before.
///
/// # Errors
/// When Docker fails, or the container does not run.
pub async fn kill(node: &str, container: &str) -> Result<(), Error> {
    let arguments = [
        "exec",
        node,
        "ctr",
        "--namespace",
        "k8s.io",
        "tasks",
        "kill",
        "--signal",
        "SIGKILL",
        container,
    ];
    run(None, "docker", &arguments, "").await.map(drop)
}

/// A node on which everything is stopped. It goes on when this is dropped, also where a signal ends who has it.
#[derive(Debug)]
pub struct Paused {
    node: String,
}

impl Drop for Paused {
    fn drop(&mut self) {
        // Whoever drops it cannot wait in any other way. Where it fails the node shows that it is stopped.
        let _ = std::process::Command::new("docker")
            .args(["unpause", &self.node])
            .stdin(std::process::Stdio::null())
            .output();
    }
}

/// Stops everything on a node, without a word to anybody.
///
/// # Errors
/// When Docker fails.
pub async fn pause(node: &str) -> Result<Paused, Error> {
    let paused = Paused { node: node.into() };
    run(None, "docker", &["pause", node], "").await?;
    Ok(paused)
}

/// The tag with the highest version, such as `v1.34.4`; tags that are no versions do not count.
fn newest<'a>(tags: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let version = |tag: &str| -> Option<Vec<u32>> {
        tag.strip_prefix('v')?
            .split('.')
            .map(|part| part.parse().ok())
            .collect()
    };
    tags.filter_map(|tag| Some((version(tag)?, tag)))
        .max()
        .map(|(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_numbers() {
        assert_eq!(
            newest(["v1.9.1", "v1.34.4", "latest", "v1.33.10", "<none>"].into_iter()),
            Some("v1.34.4")
        );
        assert_eq!(newest(["latest"].into_iter()), None);
    }
}
