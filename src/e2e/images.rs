//! The images that clusters of a run need, in a kind cluster: those that this machine has, and the one that it builds.

use std::path::Path;

use anyhow::{Context, Result};

use tempfile::TempDir;

use super::scenario::Scenario;
use crate::apply::{Connection, Progress};
use crate::kind;

/// Puts the images that this machine has into a kind cluster, and builds the one of poolers and exporters where a spec needs it.
/// Other clusters, and images that are not here, are left to the cluster's own pulling.
pub(super) async fn provide(
    connection: &Connection,
    scenarios: &[Scenario],
    progress: &Progress,
) -> Result<()> {
    let Some(name) = connection.context.strip_prefix("kind-") else {
        return Ok(());
    };
    let mut images: Vec<String> = Vec::new();
    for scenario in scenarios {
        let cluster = scenario.cluster();
        let base = cluster.postgres_image();
        let folder = scenario.means().image_folder();
        let folder = folder.unwrap_or(Path::new(FOLDER));
        let built = |target| Built {
            base: &base,
            target,
            folder,
        };
        if let Some(image) = &cluster.spec.patroni.image {
            build_if_ours(image, &built("patroni"), progress).await?;
        }
        if let Some(pooler) = cluster.pgpool() {
            let image = pooler.image.clone().context("the pooler has no image")?;
            build_if_ours(&image, &built("pooler"), progress).await?;
        }
        if let Some(metrics) = cluster.metrics() {
            let image = metrics.image.clone();
            let image = image.context("the exporters have no image")?;
            build_if_ours(&image, &built("pooler"), progress).await?;
        }
        images.extend(cluster.images());
    }
    images.sort();
    images.dedup();
    let mut local = Vec::new();
    for image in images {
        if kind::has_image(&image).await? {
            local.push(image);
        }
    }
    let line = progress.line("images");
    line.update(&format!("loading {}", local.join(", ")));
    kind::load(name, &local, &line).await?;
    line.finish(&format!(
        "{} of this machine are in the cluster",
        local.len()
    ));
    Ok(())
}

/// The folder of this project's own.
const FOLDER: &str = "image";

/// Where this machine keeps the authorities that it trusts, after what programs are told of them.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What an image is built from: the Dockerfile, and the authorities that this machine trusts, of which a package index may be
/// behind one of its own.
fn context(folder: &Path) -> Result<TempDir> {
    let context = tempfile::tempdir().context("a temporary folder")?;
    let file = folder.join("Dockerfile");
    let copied = std::fs::copy(&file, context.path().join("Dockerfile"));
    copied.with_context(|| file.display().to_string())?;
    let told = ["PIP_CERT", "SSL_CERT_FILE"].into_iter();
    let mut files = told
        .filter_map(std::env::var_os)
        .chain([AUTHORITIES.into()]);
    if let Some(file) = files.find(|file| Path::new(file).is_file()) {
        let copied = std::fs::copy(&file, context.path().join("ca.crt"));
        copied.with_context(|| file.display().to_string())?;
    }
    Ok(context)
}

/// What an image is built from.
struct Built<'a> {
    base: &'a str,
    target: &'a str,
    /// Where the Dockerfile is.
    folder: &'a Path,
}

/// An image that only this machine can have (`localhost/...`) is built from its Dockerfile; Docker's cache makes that short where
/// nothing changed. Any other image is somebody else's to build.
async fn build_if_ours(image: &str, built: &Built<'_>, progress: &Progress) -> Result<()> {
    let Built {
        base,
        target,
        folder,
    } = *built;
    if !image.starts_with("localhost/") || !folder.join("Dockerfile").exists() {
        return Ok(());
    }
    let line = progress.line(&format!("image {image}"));
    line.update(&format!("building it from {}/Dockerfile", folder.display()));
    let context = context(folder)?;
    let made = kind::Made {
        image,
        base,
        target,
    };
    kind::build(&made, &context.path().display().to_string(), &line).await?;
    line.finish("built");
    Ok(())
}
