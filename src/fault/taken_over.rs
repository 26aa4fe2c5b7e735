//! Objects that `kubectl apply` has sent: pgherd says what it would change of them, takes them over, and does just that.

use anyhow::{Context, Result};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::json;

use super::check::{Outcome, Verdict, fault};
use super::members::{made_anew, markers};
use super::of_helm;
use super::scene::Scene;
use crate::apply::{self, Conflicts, Foreseen, api};
use crate::k8s::{Manifest, Object};
use crate::names;

/// A label that the spec does not have.
const LABEL: &str = "pgherd/e2e";
/// Who owns what `kubectl apply` has sent.
const KUBECTL: &str = "kubectl-client-side-apply";

/// Has every object applied as `kubectl apply` does, one with a label more; then by pgherd.
pub(crate) async fn by_pgherd(scene: &Scene<'_>) -> Outcome {
    let check = fault(
        "objects that kubectl has applied",
        "pgherd diff tells, and apply does it without a conflict: what the spec does not have goes; no pod restarts",
    );
    let reason = of_helm(scene).or(scene.site.without_kubernetes());
    scene.make_unless(reason, check, take_over(scene)).await
}

async fn take_over(scene: &Scene<'_>) -> Result<Verdict> {
    let manifests = scene.installer.objects(scene.cluster);
    let (kube, options) = (scene.site.kube()?, scene.installer.options());
    let before = markers(scene).await?;
    for Manifest { object, .. } in &manifests {
        send_as_kubectl(scene, object).await?;
    }
    // As `pgherd diff` asks, and then as `pgherd apply` does.
    let forced = apply::Options {
        conflicts: Conflicts::Force,
        ..options.clone()
    };
    let said = apply::foresee(kube, &manifests, &forced).await?;
    let adopted = apply::adopt(kube, &manifests, options).await?;
    let foreseen = apply::foresee(kube, &manifests, options).await?;
    let mut problems = unforeseen(&said, &foreseen);
    scene.apply(scene.cluster).await?;
    for Manifest { object, .. } in &manifests {
        let api = api(kube, object, &scene.namespace);
        let live = api.get_metadata(object.name()).await;
        let labels = live.context("looking for an object")?.metadata.labels;
        if labels.unwrap_or_default().contains_key(LABEL) {
            problems.push(format!(
                "{} {} keeps the label",
                object.kind(),
                object.name()
            ));
        }
    }
    problems.extend(made_anew(&before, &markers(scene).await?));
    Ok(Verdict::from_problems(
        &problems,
        format!("{} objects taken over", adopted.len()),
    ))
}

/// Sends an object with a label more, and a Service with a port more and a field for which there is a default. Some can be
/// made anew while servers run: pgherd owns nothing in them then, and they differ in what it applies.
async fn send_as_kubectl(scene: &Scene<'_>, object: &Object) -> Result<()> {
    let mut sent = serde_json::to_value(object).context("an object as JSON")?;
    sent["metadata"]["labels"][LABEL] = json!("kubectl");
    if matches!(object, Object::Service(_)) {
        sent["spec"]["sessionAffinity"] = json!("ClientIP");
        if let Some(ports) = sent["spec"]["ports"].as_array_mut() {
            ports.push(json!({"name": "kubectl", "port": 9999}));
        }
    }
    let (api, name) = (
        api(scene.site.kube()?, object, &scene.namespace),
        object.name(),
    );
    let label = format!("{} {name} as kubectl sends it", object.kind());
    if !matches!(
        object,
        Object::ConfigMap(_) | Object::PodDisruptionBudget(_)
    ) {
        let params = PatchParams {
            field_manager: Some(KUBECTL.into()),
            ..PatchParams::default()
        };
        let patched = api.patch(name, &params, &Patch::Merge(sent)).await;
        return patched.map(drop).context(label);
    }
    sent["metadata"]["labels"][names::COMPONENT_LABEL] = json!("kubectl");
    let params = PostParams {
        field_manager: Some(KUBECTL.into()),
        ..PostParams::default()
    };
    let deleted = api.delete(name, &DeleteParams::default()).await;
    deleted.with_context(|| label.clone())?;
    let sent = serde_json::from_value(sent).context("an object of JSON")?;
    api.create(&params, &sent).await.map(drop).context(label)
}

/// Where applying does something else to kubectl's objects than was said before they were taken over, or nothing.
fn unforeseen(said: &[Foreseen], done: &[Foreseen]) -> Vec<String> {
    let mut problems = Vec::new();
    for (said, done) in said.iter().zip(done) {
        if said.after != done.after {
            problems.push(format!("diff does not tell what becomes of {}", done.label));
        }
        if done.is_same() {
            problems.push(format!("{} would stay as it is", done.label));
        }
    }
    problems
}
