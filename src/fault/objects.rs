//! Every object is deleted and applied again, while the volumes stay: the same data is served, nothing is made anew.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{DeleteParams, ListParams, PostParams};

use super::check::{Outcome, Verdict, fault};
use super::members::{data_volume, every, made_anew, markers};
use super::scene::{Scene, until};
use super::{ledger, of_helm};
use crate::apply::{self, Api, Extent, api};
use crate::k8s::Object;
use crate::names;

/// Deletes and applies.
pub(crate) async fn deleted_and_applied(scene: &Scene<'_>) -> Outcome {
    let check = fault(
        "delete every object but the volumes, apply again",
        "the same volumes, data and rows; nothing initialised or cloned",
    );
    let reason = scene.site.without_kubernetes();
    scene.make_unless(reason, check, look(scene)).await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let (before, volumes) = (markers(scene).await?, claims(scene).await?);
    delete(scene).await?;
    let gone = until(scene.limits.gone, || nothing_left(scene)).await?;
    if gone.outcome != Outcome::Passed {
        return Ok(gone);
    }
    let count = scene.apply(scene.cluster).await?;
    let mut problems = made_anew(&before, &markers(scene).await?);
    if claims(scene).await? != volumes {
        problems.push("there are other volumes than before".into());
    }
    problems.extend(ledger::missing(scene).await?);
    Ok(Verdict::from_problems(
        &problems,
        format!("{count} objects, the data of before"),
    ))
}

/// Leaves an object that the spec does not have, and another that pgherd does not manage; prunes.
pub(crate) async fn pruned(scene: &Scene<'_>) -> Outcome {
    let check = fault(
        "an object that the spec no longer has",
        "nothing else would be changed by applying; pruning takes it away, and nothing that pgherd does not manage",
    );
    let reason = of_helm(scene).or(scene.site.without_kubernetes());
    scene.make_unless(reason, check, prune(scene)).await
}

async fn prune(scene: &Scene<'_>) -> Result<Verdict> {
    let manifests = scene.installer.objects(scene.cluster);
    let maps: Api<ConfigMap> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let (former, foreign) = (
        scene.cluster.named("former"),
        scene.cluster.named("foreign"),
    );
    for (name, manager) in [(&former, names::MANAGER), (&foreign, "somebody")] {
        let mut map = ConfigMap::default();
        map.metadata.name = Some(name.clone());
        let mut labels = scene.cluster.labels(names::SERVER);
        labels.insert(names::MANAGED_BY_LABEL.into(), manager.into());
        map.metadata.labels = Some(labels);
        maps.create(&PostParams::default(), &map)
            .await
            .context("making a ConfigMap")?;
    }
    let (kube, options) = (scene.site.kube()?, scene.installer.options());
    let foreseen = apply::foresee(kube, &manifests, options).await?;
    let changed = foreseen.iter().filter(|one| !one.is_same());
    let mut problems: Vec<String> = changed
        .map(|one| format!("{} would be changed", one.label))
        .collect();
    let (namespace, name) = (&scene.namespace, scene.cluster.name());
    let pruned = apply::prune(kube, namespace, name, &manifests, scene.progress).await?;
    if pruned != [format!("ConfigMap/{former}")] {
        problems.push(format!("pruned: {}", pruned.join(", ")));
    }
    let kept = maps.delete(&foreign, &DeleteParams::default()).await;
    if kept.is_err() {
        problems.push(format!("{foreign} of somebody else is gone"));
    }
    Ok(Verdict::from_problems(
        &problems,
        format!("pruned {}", pruned.join(", ")),
    ))
}

/// As `pgherd delete` does; what Helm manages, in the opposite order, so that nothing is missed while it ends.
async fn delete(scene: &Scene<'_>) -> Result<()> {
    if scene.installer.chart().is_none() {
        let (kube, name) = (scene.site.kube()?, scene.cluster);
        apply::delete(
            kube,
            &scene.namespace,
            name,
            Extent::KeepData,
            scene.progress,
        )
        .await?;
        return Ok(());
    }
    for manifest in scene.installer.objects(scene.cluster).iter().rev() {
        let object = &manifest.object;
        api(scene.site.kube()?, object, &scene.namespace)
            .delete(object.name(), &DeleteParams::background())
            .await
            .with_context(|| format!("deleting {} {}", object.kind(), object.name()))?;
    }
    Ok(())
}

async fn nothing_left(scene: &Scene<'_>) -> Result<Verdict> {
    let mut left = Vec::new();
    for manifest in scene.installer.objects(scene.cluster) {
        let object = &manifest.object;
        // `pgherd delete` keeps Secrets: without them the volumes would be of no use.
        if matches!(object, Object::Secret(_)) {
            continue;
        }
        let found = api(scene.site.kube()?, object, &scene.namespace);
        let found = found.get_opt(object.name()).await;
        if found.context("looking for an object")?.is_some() {
            left.push(format!(
                "{} {} is still there",
                object.kind(),
                object.name()
            ));
        }
    }
    let pods: Api<Pod> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let ours = format!("{}={}", names::INSTANCE_LABEL, scene.cluster.name());
    let running = pods.list(&ListParams::default().labels(&ours)).await;
    let running = running.context("listing pods")?.items.len();
    if running > 0 {
        left.push(format!("{running} pods are still there"));
    }
    Ok(Verdict::from_problems(&left, "everything is gone"))
}

/// The members' claims: uid by pod.
async fn claims(scene: &Scene<'_>) -> Result<BTreeMap<String, String>> {
    let mut uids = BTreeMap::new();
    for member in every(scene) {
        let uid = data_volume(scene, &member.pod).await?;
        uids.insert(member.pod.clone(), uid);
    }
    Ok(uids)
}
