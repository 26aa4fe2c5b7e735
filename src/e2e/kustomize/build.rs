//! Writes the base and its overlay, has kubectl build and apply them, and compares what is there with the base. Does not
//! wait until anything is ready.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::apply;
use crate::cluster::Cluster;
use crate::e2e;
use crate::fault::check::Verdict;
use crate::fault::install::Installer;
use crate::k8s::Manifest;
use crate::output::{files, yaml};
use crate::program;
use crate::secrets::certificate::Surroundings;
use crate::topology;

/// Applies, and judges what is there.
pub(super) async fn applied(
    installer: &Installer<'_>,
    base: &Cluster,
    cluster: &Cluster,
    around: &Surroundings,
) -> Result<Verdict> {
    match build_and_apply(installer, base, cluster, around).await {
        Err(error) if is_without_kubectl(&error) => Ok(Verdict::skipped(format!("{error:#}"))),
        applied => applied,
    }
}

/// Nothing else that e2e does needs kubectl: who has none learns nothing of kustomize, and no promise is broken.
fn is_without_kubectl(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(program::Error::Missing { .. }))
}

/// The Secrets as `keygen` makes them, which are not in the base and keep their names; then what kustomize builds.
async fn build_and_apply(
    installer: &Installer<'_>,
    base: &Cluster,
    cluster: &Cluster,
    around: &Surroundings,
) -> Result<Verdict> {
    let namespace = &installer.options().namespace;
    let objects = topology::objects(base, None);
    let folder = TempDir::with_prefix("pgherd-kustomize-").context("a temporary folder")?;
    let overlay = write(folder.path(), &objects, around)?;
    let built = installer.kubectl(&["kustomize", &overlay], "").await?;
    installer.make_secrets(cluster, installer.secrets()).await?;
    let arguments = ["apply", "--filename", "-"];
    installer.kubectl(&arguments, &built).await?;
    let built = serde_saphyr::from_multiple(&built).context("reading what kustomize built")?;
    let found = apply::labels(installer.site().kube()?, namespace, base.name()).await?;
    let expected: Vec<String> = objects
        .iter()
        .map(|Manifest { object, .. }| {
            format!("{}/{}", object.kind(), around.renamed(object.name()))
        })
        .collect();
    Ok(judge_objects(&built, namespace, &found, &expected))
}

/// Writes the base as `gen --out` does, and an overlay beside it, whose path is returned.
fn write(folder: &Path, objects: &[Manifest], around: &Surroundings) -> Result<String> {
    files::write(&folder.join("base"), &files::files(objects))?;
    let overlay = folder.join("overlay");
    let kustomization = json!({
        "resources": ["../base"],
        "namespace": around.namespace,
        "namePrefix": around.name_prefix,
        "nameSuffix": around.name_suffix,
    });
    e2e::write(
        &overlay,
        files::KUSTOMIZATION,
        &yaml::document(&kustomization),
    )?;
    Ok(overlay.display().to_string())
}

/// What is there has to be what the base has, under its other names. That it is in the namespace is not enough: kubectl
/// puts there what names none.
fn judge_objects(
    built: &[Value],
    namespace: &str,
    found: &[String],
    expected: &[String],
) -> Verdict {
    let set = |labels: &[String]| labels.iter().cloned().collect::<BTreeSet<_>>();
    let (there, wanted) = (set(found), set(expected));
    let missing = wanted.difference(&there);
    let mut problems: Vec<String> = missing.map(|label| format!("{label} is missing")).collect();
    let others = there.difference(&wanted);
    problems.extend(others.map(|label| format!("{label} is there")));
    for object in built {
        let metadata = &object["metadata"];
        let word = |value: &Value| value.as_str().unwrap_or("none").to_owned();
        let (name, of) = (word(&metadata["name"]), word(&metadata["namespace"]));
        if of != namespace {
            let kind = word(&object["kind"]);
            problems.push(format!("namespace of {kind}/{name}: {of}"));
        }
    }
    if expected.is_empty() {
        problems.push("the base is empty".into());
    }
    Verdict::from_problems(&problems, format!("{} objects", found.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    #[test]
    fn an_object_elsewhere_or_under_another_name_is_seen() {
        let built = |namespace: &str| {
            [json!({"kind": "Service", "metadata": {"name": "eu-a-blue", "namespace": namespace}})]
        };
        let expected = ["Service/eu-a-blue".to_owned()];
        let judge = |built: &[Value], found: &[&str]| {
            let found: Vec<String> = found.iter().map(|&label| label.to_owned()).collect();
            judge_objects(built, "n", &found, &expected).outcome
        };
        let there = ["Service/eu-a-blue"];
        assert_eq!(judge(&built("n"), &there), Outcome::Passed);
        assert_eq!(judge(&built("default"), &there), Outcome::Failed);
        assert_eq!(judge(&built("n"), &["Service/eu-a"]), Outcome::Failed);
        assert_eq!(judge(&built("n"), &[]), Outcome::Failed);
        let two = ["Service/eu-a-blue", "Service/a"];
        assert_eq!(judge(&built("n"), &two), Outcome::Failed);
        assert_eq!(judge_objects(&[], "n", &[], &[]).outcome, Outcome::Failed);
    }
}
