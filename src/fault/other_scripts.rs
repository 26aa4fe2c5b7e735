//! The mounted scripts become others while members run, as with the first step of every upgrade: members go on with those that they were
//! started with, and the lead moves as ever.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::check::{Outcome, Verdict, fault};
use super::members::{every, shell};
use super::outage;
use super::scene::{Scene, until};
use crate::apply::Api;
use crate::names;

/// What a member's process is started by, and by which it starts its server again and again.
const PROGRAM: &str = "launch.py";
/// What it becomes.
const OTHER: &str = "raise SystemExit('this is another program')\n";

/// Replaces the program that members run, and has the lead moved.
pub(crate) async fn under_members(scene: &Scene<'_>) -> Outcome {
    let check = fault(
        "the mounted scripts become others",
        "a switchover goes as ever, and every member follows",
    );
    let reason = scene.site.without_kubernetes();
    scene.make_unless(reason, check, look(scene)).await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let name = scene.around.renamed(&scene.cluster.scripts());
    let maps: Api<ConfigMap> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let map = maps.get(&name).await.context("the scripts")?;
    let before = map.data.and_then(|mut data| data.remove(PROGRAM));
    let before = before.with_context(|| format!("{name} has no {PROGRAM}"))?;
    let write = async |text: &str| {
        let patch = Patch::Merge(json!({"data": {PROGRAM: text}}));
        let params = PatchParams::default();
        maps.patch(&name, &params, &patch).await?;
        anyhow::Ok(())
    };
    write(OTHER).await?;
    let moved = moved(scene).await;
    // They are put back however it went.
    write(&before).await?;
    Ok(Verdict::passed(moved?))
}

async fn moved(scene: &Scene<'_>) -> Result<String> {
    let mounted = until(scene.limits.rotated, || mounted(scene)).await?;
    anyhow::ensure!(mounted.outcome == Outcome::Passed, "{}", mounted.seen);
    let to = outage::hand_over(scene, None).await?;
    Ok(format!("{to} leads, and all follow"))
}

/// Whether every member has the other program before it.
async fn mounted(scene: &Scene<'_>) -> Result<Verdict> {
    scene.runtime().refresh(scene.cluster.name()).await?;
    let mut problems = Vec::new();
    for member in every(scene) {
        let path = format!("{}/{PROGRAM}", names::SCRIPTS_MOUNT);
        let text = shell(scene, &member.pod, "cat \"$1\"", &[&path]).await?;
        if text != OTHER {
            problems.push(format!("{} has the former scripts still", member.pod));
        }
    }
    Ok(Verdict::from_problems(&problems, "everywhere"))
}
