//! What the faults do to members, and what they look at afterwards: pods, volumes, copies, logs.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::api::core::v1::{ContainerStatus, PersistentVolumeClaim, Pod};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, LogParams};

use super::check::Verdict;
use super::scene::{Member, Scene};
use crate::apply::{Api, await_condition, is_gone, pod_text};
use crate::names;

/// The members' pods.
pub(super) fn pods(scene: &Scene<'_>) -> Api<Pod> {
    Api::namespaced(scene.kube.clone(), &scene.namespace)
}

fn claims(scene: &Scene<'_>) -> Api<PersistentVolumeClaim> {
    Api::namespaced(scene.kube.clone(), &scene.namespace)
}

/// The uid of a pod as it is now.
pub(super) async fn pod_uid(scene: &Scene<'_>, pod: &str) -> Result<String> {
    let found = pods(scene).get(pod).await;
    let found = found.with_context(|| format!("pod {pod}"))?;
    found.uid().with_context(|| format!("pod {pod} has no uid"))
}

/// The uid of a member's claim of data.
pub(super) async fn claim_uid(scene: &Scene<'_>, pod: &str) -> Result<String> {
    uid_of(scene, &claim_name(names::DATA_VOLUME, pod)).await
}

async fn uid_of(scene: &Scene<'_>, name: &str) -> Result<String> {
    let found = claims(scene).get(name).await;
    let found = found.with_context(|| format!("claim {name}"))?;
    found
        .uid()
        .with_context(|| format!("claim {name} has no uid"))
}

fn claim_name(volume: &str, pod: &str) -> String {
    format!("{volume}-{pod}")
}

/// Deletes a pod as `kubectl delete pod` does; returns the uid that it had.
pub(super) async fn delete_pod(scene: &Scene<'_>, pod: &str) -> Result<String> {
    let uid = pod_uid(scene, pod).await?;
    pods(scene)
        .delete(pod, &DeleteParams::default())
        .await
        .with_context(|| format!("deleting pod {pod}"))?;
    Ok(uid)
}

/// Deletes one of a member's volumes and its pod, so that a new pod comes with an empty volume; returns the pod's uid. The
/// claim goes first: it stays until its pod has ended, but no other pod gets it any more.
pub(super) async fn delete_volume(scene: &Scene<'_>, volume: &str, pod: &str) -> Result<String> {
    let name = claim_name(volume, pod);
    let before = uid_of(scene, &name).await?;
    claims(scene)
        .delete(&name, &DeleteParams::default())
        .await
        .with_context(|| format!("deleting claim {name}"))?;
    let uid = delete_pod(scene, pod).await?;
    delete_finished(scene, &name).await?;
    let replaced = await_condition(
        claims(scene),
        &name,
        |claim: Option<&PersistentVolumeClaim>| {
            claim
                .and_then(ResourceExt::uid)
                .is_some_and(|uid| uid != before)
        },
    );
    match tokio::time::timeout(scene.limits.ready_again, replaced).await {
        Ok(replaced) => replaced
            .map(|_| uid)
            .with_context(|| format!("waiting for a new claim {name}")),
        Err(_) => bail!(
            "claim {name} was not replaced within {} s",
            scene.limits.ready_again.as_secs()
        ),
    }
}

/// Deletes the pods of finished Jobs that mount a claim: while such a pod exists, Kubernetes does not let the claim go.
async fn delete_finished(scene: &Scene<'_>, claim: &str) -> Result<()> {
    let found = pods(scene).list(&ListParams::default()).await;
    for pod in found.context("listing pods")? {
        if is_finished(&pod) && mounts(&pod, claim) {
            delete_pod(scene, &pod.name_any()).await?;
        }
    }
    Ok(())
}

fn is_finished(pod: &Pod) -> bool {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

fn mounts(pod: &Pod, claim: &str) -> bool {
    let spec = pod.spec.iter();
    let volumes = spec.flat_map(|spec| spec.volumes.iter().flatten());
    let mut claims = volumes.filter_map(|volume| volume.persistent_volume_claim.as_ref());
    claims.any(|source| source.claim_name == claim)
}

/// Waits until a pod other than the one with this uid is ready under the same name; returns how many seconds it took.
pub(super) async fn ready_again(scene: &Scene<'_>, pod: &str, old_uid: &str) -> Result<f64> {
    let started = Instant::now();
    let ready = await_condition(pods(scene), pod, |pod: Option<&Pod>| {
        pod.is_some_and(|pod| pod.uid().as_deref() != Some(old_uid) && is_ready(pod))
    });
    if let Ok(ready) = tokio::time::timeout(scene.limits.ready_again, ready).await {
        ready.with_context(|| format!("waiting for pod {pod}"))?;
        return Ok(started.elapsed().as_secs_f64());
    }
    let reason = match pods(scene).get(pod).await {
        Ok(found) => pod_text(&scene.kube, &scene.namespace, &found).await,
        Err(error) => error.to_string(),
    };
    bail!(
        "pod {pod} is not ready after {} s\n{reason}",
        scene.limits.ready_again.as_secs()
    )
}

/// Waits until a pod with this uid is gone.
pub(super) async fn gone(scene: &Scene<'_>, pod: &str, uid: &str) -> Result<()> {
    let gone = await_condition(pods(scene), pod, is_gone(uid));
    let within = scene.limits.gone.as_secs();
    tokio::time::timeout(scene.limits.gone, gone)
        .await
        .with_context(|| format!("{pod} is still there after {within} s"))?
        .with_context(|| format!("waiting for {pod} to go"))?;
    Ok(())
}

/// Whether Services lead to a pod.
pub(super) fn is_ready(pod: &Pod) -> bool {
    let status = pod.status.iter();
    let mut conditions = status.flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// How often the server's container of a pod was started again.
pub(super) async fn restarts(scene: &Scene<'_>, pod: &str) -> Result<i32> {
    let found = pods(scene).get(pod).await;
    let found = found.with_context(|| format!("pod {pod}"))?;
    let status = found.status.iter();
    let containers = status.flat_map(|status| status.container_statuses.iter().flatten());
    Ok(containers.map(|container| container.restart_count).sum())
}

/// What is known of the server's container of a pod.
pub(super) fn server(pod: &Pod) -> Option<&ContainerStatus> {
    let mut statuses = pod.status.as_ref()?.container_statuses.as_ref()?.iter();
    statuses.find(|status| status.name == names::POSTGRES_CONTAINER)
}

/// How often each member was restarted, and since when each standby is connected.
pub(super) async fn standing(scene: &Scene<'_>) -> Result<Vec<String>> {
    let mut state = Vec::new();
    for member in every(scene) {
        let count = restarts(scene, &member.pod).await?;
        state.push(format!("{}: {count} restarts", member.pod));
    }
    let question = "select application_name || ' connected at ' || backend_start from pg_stat_replication order by 1";
    let connected = scene.ask(&scene.primary, question).await?;
    state.extend(connected.lines().map(str::to_owned));
    Ok(state)
}

/// The log of the server's container, or of the one before it.
pub(super) async fn log(scene: &Scene<'_>, pod: &str, which: Container) -> Result<String> {
    let params = LogParams {
        container: Some(names::POSTGRES_CONTAINER.into()),
        previous: which == Container::Previous,
        ..LogParams::default()
    };
    pods(scene)
        .streams()
        .logs(pod, &params)
        .await
        .with_context(|| format!("the log of pod {pod}"))
}

/// Whether a member's server, which runs or has ended, said such words; what follows them in their line.
pub(super) async fn said(scene: &Scene<'_>, pod: &str, words: &str) -> Result<Verdict> {
    let mut last = None;
    for which in [Container::Current, Container::Previous] {
        // One that does not run yet has no log, and the error says that.
        let text = match log(scene, pod, which).await {
            Ok(text) => text,
            Err(error) => format!("{error:#}"),
        };
        if let Some((_, rest)) = text.lines().find_map(|line| line.split_once(words)) {
            return Ok(Verdict::passed(format!("{words}{rest}")));
        }
        last = last.or_else(|| text.lines().last().map(str::to_owned));
    }
    let last = last.unwrap_or_else(|| "nothing".into());
    Ok(Verdict::failed(format!(
        "{pod} does not say {words:?}, but: {last}"
    )))
}

/// Which container of a pod's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// The one that runs.
    Current,
    /// The one that ended before it.
    Previous,
}

/// Runs a script in a member's server container; fails with what it said on stderr.
pub(super) async fn shell(
    scene: &Scene<'_>,
    pod: &str,
    script: &str,
    arguments: &[&str],
) -> Result<String> {
    let mut command = vec!["bash", "-c", script, "script"];
    command.extend(arguments);
    let output = scene
        .run_in(pod, names::POSTGRES_CONTAINER, &command)
        .await?;
    ensure!(
        output.success,
        "in pod {pod}: {}{}",
        output.stdout,
        output.stderr.trim()
    );
    Ok(output.stdout)
}

/// What a member's data directory says of its origin, by pod.
pub(super) type Markers = BTreeMap<String, String>;

/// The markers of all members: who made the data directory, of which system, and when.
pub(super) async fn markers(scene: &Scene<'_>) -> Result<Markers> {
    let mut markers = Markers::new();
    for pod in every(scene).map(|member| &member.pod) {
        markers.insert(pod.clone(), marker(scene, pod).await?);
    }
    Ok(markers)
}

/// The marker of one member.
pub(super) async fn marker(scene: &Scene<'_>, pod: &str) -> Result<String> {
    shell(scene, pod, "cat \"$PGDATA/pgherd.complete\"", &[]).await
}

/// The primary, then the standbys.
pub(super) fn every<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Member> {
    std::iter::once(&scene.primary).chain(&scene.standbys)
}

/// Names the members whose data directories are not those of before: made anew, or gone.
pub(super) fn made_anew(before: &Markers, after: &Markers) -> Vec<String> {
    before
        .iter()
        .filter(|(pod, marker)| after.get(*pod) != Some(*marker))
        .map(|(pod, _)| format!("the data of {pod} is not what it was"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_with_other_data_or_none_is_named() {
        let shot = |text: &str| Markers::from([("s-0".to_owned(), text.to_owned())]);
        assert!(made_anew(&shot("a"), &shot("a")).is_empty());
        assert_eq!(made_anew(&shot("a"), &shot("b")).len(), 1);
        assert_eq!(made_anew(&shot("a"), &Markers::new()).len(), 1);
    }
}
