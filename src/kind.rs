//! Runs the programs `kind` and `docker`: a cluster to test on, and the images in it.
//!
//! Knows nothing of specs or objects. A program that is still running when its future is dropped is ended with
//! everything that it started.

use std::process::Stdio;

use kube::config::Kubeconfig;
use thiserror::Error as ThisError;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::apply::Line;

/// Name of the cluster that pgherd looks for and makes; its context is `kind-pgherd`.
pub const CLUSTER: &str = "pgherd";
/// What the cluster is made of.
const CONFIG: &str = include_str!("../kind/pgherd.yaml");
/// Lines of a failed program's output that are shown.
const LAST_LINES: usize = 30;

/// Why kind or Docker did not do what was asked.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The program is not installed.
    #[error(
        "the program `{program}` is not on PATH\nhint: install {program} ({page}), or name a cluster with --context"
    )]
    Missing {
        /// Its name.
        program: String,
        /// Where its installation is described.
        page: &'static str,
    },
    /// The program could not be run.
    #[error("`{command}` could not be run: {source}")]
    NotRun {
        /// What was run.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// The program said that it failed.
    #[error("`{command}` failed\n{output}")]
    Failed {
        /// What was run.
        command: String,
        /// The last lines it printed.
        output: String,
    },
    /// What the program printed is not what it is known to print.
    #[error("`{command}` printed something unexpected: {reason}")]
    Unexpected {
        /// What was run.
        command: String,
        /// What was wrong with it.
        reason: String,
    },
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
pub async fn create(name: &str, node_image: Option<&str>, line: &Line<'_>) -> Result<(), Error> {
    // kind writes a kubeconfig and switches the user's current context unless it is given another file.
    let file = std::env::temp_dir().join(format!("pgherd-{}.kubeconfig", std::process::id()));
    let path = file.display().to_string();
    let mut arguments = vec![
        "create",
        "cluster",
        "--name",
        name,
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
    let created = run(Some(line), "kind", &arguments, CONFIG).await;
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
pub async fn build(image: &str, base: &str, folder: &str, line: &Line<'_>) -> Result<(), Error> {
    let base = format!("BASE={base}");
    let arguments = [
        "build",
        "--network=host",
        "--build-arg",
        &base,
        "--tag",
        image,
        folder,
    ];
    run(Some(line), "docker", &arguments, "").await.map(drop)
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

/// Runs a program to its end and returns what it printed on stdout. The line shows what it prints meanwhile.
async fn run(
    line: Option<&Line<'_>>,
    program: &str,
    arguments: &[&str],
    input: &str,
) -> Result<String, Error> {
    let command = command_line(program, arguments);
    let not_run = |source| Error::NotRun {
        command: command.clone(),
        source,
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::Missing {
                program: program.into(),
                page: page(program),
            },
            _ => not_run(source),
        })?;
    let mut group = Group(child.id());
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends without reading says why by itself.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (out, err, status) = tokio::join!(lines(stdout, line), lines(stderr, line), child.wait());
    group.0 = None;
    if status.map_err(not_run)?.success() {
        return Ok(out.join("\n"));
    }
    let all: Vec<&String> = out.iter().chain(&err).collect();
    let last = all.iter().skip(all.len().saturating_sub(LAST_LINES));
    let output = last
        .map(|text| format!("  {text}"))
        .collect::<Vec<_>>()
        .join("\n");
    Err(Error::Failed {
        command: command.clone(),
        output,
    })
}

/// Process group of a program that is running; ended when this is dropped before the program's end.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            // The program's own end is tokio's; this is for what it started. A group that is gone is no error.
            let _ = std::process::Command::new("kill")
                .args(["-TERM", "--", &format!("-{id}")])
                .stderr(Stdio::null())
                .status();
        }
    }
}

async fn lines(stream: Option<impl AsyncRead + Unpin>, line: Option<&Line<'_>>) -> Vec<String> {
    let mut all = Vec::new();
    let Some(stream) = stream else { return all };
    let mut reader = BufReader::new(stream).lines();
    // What is not text ends the reading, not the program.
    while let Ok(Some(text)) = reader.next_line().await {
        if let (Some(line), false) = (line, text.trim().is_empty()) {
            line.update(text.trim());
        }
        all.push(text);
    }
    all
}

fn command_line(program: &str, arguments: &[&str]) -> String {
    format!("{program} {}", arguments.join(" "))
}

fn page(program: &str) -> &'static str {
    match program {
        "kind" => "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
        _ => "https://docs.docker.com/engine/install/",
    }
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

    #[tokio::test]
    async fn a_missing_program_is_named_with_where_to_get_it() {
        let error = run(None, "no-such-program", &[], "")
            .await
            .expect_err("missing")
            .to_string();
        assert!(
            error.contains("no-such-program") && error.contains("hint:"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_failed_program_shows_what_it_printed() {
        let error = run(None, "sh", &["-c", "echo about it >&2; exit 3"], "")
            .await
            .expect_err("failed")
            .to_string();
        assert!(error.contains("about it"), "{error}");
    }
}
