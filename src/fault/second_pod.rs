//! A second pod is forced on a member's volume, on the same node, which Kubernetes allows: it never opens the data.

use anyhow::{Context, Result, bail};
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{DeleteParams, PostParams};

use super::check::fault;
use super::check::{Outcome, Verdict};
use super::members::{Container, log, pods};
use super::scene::{Member, Scene, until};
use super::{NO_STANDBY, shown_elsewhere};
use crate::apply::await_condition;
use crate::names;

/// Puts a pod beside a standby, on its volume.
pub(crate) async fn on_a_volume(scene: &Scene<'_>) -> Outcome {
    let Some(standby) = scene.standbys.first() else {
        let check = fault("a standby: a second pod on its volume", "refused");
        return scene.skip(check, NO_STANDBY).await;
    };
    let check = fault(
        format!("{}: a second pod on its volume", standby.pod),
        "the second says why it does not start; the first goes on as if nothing were",
    );
    scene
        .make_unless(shown_elsewhere(scene), check, refused(scene, standby))
        .await
}

async fn refused(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let started = "select pg_postmaster_start_time()";
    let before = scene.ask(standby, started).await?;
    let second = beside(scene, standby, "99").await?;
    let name = made(scene, &second).await?;
    let ended = until(scene.limits.refused, || ended(scene, &second, &name)).await;
    // However it went, it is not in the way of what comes next.
    removed(scene, &name).await?;
    let ended = ended?;
    if ended.outcome != Outcome::Passed {
        return Ok(ended);
    }
    let mut problems = Vec::new();
    if scene.ask(standby, started).await? != before {
        problems.push("the first server was started again".into());
    }
    let receiver = scene
        .ask(standby, "select status from pg_stat_wal_receiver")
        .await?;
    if receiver != "streaming" {
        problems.push(format!("the first server's WAL receiver: {receiver}"));
    }
    Ok(Verdict::from_problems(&problems, ended.seen))
}

/// The standby's pod once more, on the same node and volumes, as a member that its StatefulSet does not have.
pub(super) async fn beside(scene: &Scene<'_>, standby: &Member, ordinal: &str) -> Result<Pod> {
    let first = pods(scene).get(&standby.pod).await;
    let mut spec = first
        .with_context(|| format!("pod {}", standby.pod))?
        .spec
        .context("a pod has a spec")?;
    spec.containers
        .retain(|container| container.name == names::POSTGRES_CONTAINER);
    spec.init_containers = None;
    spec.hostname = None;
    spec.subdomain = None;
    spec.restart_policy = Some("Never".into());
    let set = standby.pod.rsplit_once('-').map_or("", |(set, _)| set);
    Ok(Pod {
        metadata: ObjectMeta {
            name: Some(format!("{set}-{ordinal}")),
            ..ObjectMeta::default()
        },
        spec: Some(spec),
        ..Pod::default()
    })
}

/// Makes a pod; returns its name.
async fn made(scene: &Scene<'_>, pod: &Pod) -> Result<String> {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let made = pods(scene).create(&PostParams::default(), pod).await;
    made.with_context(|| format!("making pod {name}"))?;
    Ok(name)
}

/// Makes a pod and waits until it runs; returns its name.
pub(super) async fn running(scene: &Scene<'_>, pod: &Pod) -> Result<String> {
    let name = made(scene, pod).await?;
    let running = await_condition(pods(scene), &name, |pod: Option<&Pod>| {
        let status = pod.and_then(|pod| pod.status.as_ref());
        status.and_then(|status| status.phase.as_deref()) == Some("Running")
    });
    match tokio::time::timeout(scene.limits.soon, running).await {
        Ok(running) => running.with_context(|| format!("waiting for pod {name}"))?,
        Err(_) => bail!(
            "pod {name} does not run after {} s",
            scene.limits.soon.as_secs()
        ),
    };
    Ok(name)
}

/// Ends a pod at once.
pub(super) async fn removed(scene: &Scene<'_>, name: &str) -> Result<()> {
    let at_once = DeleteParams::default().grace_period(0);
    let deleted = pods(scene).delete(name, &at_once).await;
    deleted.with_context(|| format!("deleting pod {name}"))?;
    Ok(())
}

/// Whether it has ended, and with which words. One that the runtime could not start, as happens on a busy node, is made
/// again: it has refused nothing.
async fn ended(scene: &Scene<'_>, second: &Pod, name: &str) -> Result<Verdict> {
    let found = pods(scene)
        .get(name)
        .await
        .with_context(|| format!("pod {name}"))?;
    let status = found.status.unwrap_or_default();
    let phase = status.phase.clone().unwrap_or_default();
    if phase != "Failed" {
        return Ok(Verdict::failed(format!("the second pod is {phase}")));
    }
    if let Some(why) = not_started(&status) {
        removed(scene, name).await?;
        made(scene, second).await?;
        let words = format!("the second pod was not started, and is made again: {why}");
        return Ok(Verdict::failed(words));
    }
    let words = log(scene, name, Container::Current).await?;
    let last = words.lines().last().unwrap_or("nothing").to_owned();
    let refusal = scene.promises().second_server;
    Ok(match last.split_once(refusal) {
        Some((_, rest)) => Verdict::passed(format!("{refusal}{rest}")),
        None => Verdict::failed(format!("it ended, and said: {last}")),
    })
}

/// Why no container of a pod that has failed ever ran; none where one did.
fn not_started(status: &PodStatus) -> Option<String> {
    let containers = status.container_statuses.iter().flatten();
    let mut ends = containers.filter_map(|container| container.state.as_ref()?.terminated.as_ref());
    match ends.next() {
        Some(end) if end.reason.as_deref() == Some("StartError") => {
            Some(end.message.clone().unwrap_or_default())
        }
        Some(_) => None,
        // The kubelet did not take it.
        None => Some(status.message.clone().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, ContainerStatus};

    use super::*;

    fn failed(reason: Option<&str>) -> PodStatus {
        let end = reason.map(|reason| ContainerStatus {
            state: Some(ContainerState {
                terminated: Some(ContainerStateTerminated {
                    reason: Some(reason.into()),
                    message: Some("no control group".into()),
                    ..ContainerStateTerminated::default()
                }),
                ..ContainerState::default()
            }),
            ..ContainerStatus::default()
        });
        PodStatus {
            message: Some("no room".into()),
            container_statuses: end.map(|end| vec![end]),
            ..PodStatus::default()
        }
    }

    #[test]
    fn a_pod_that_never_ran_has_refused_nothing() {
        let why = not_started(&failed(Some("StartError")));
        assert_eq!(why.as_deref(), Some("no control group"));
        assert_eq!(not_started(&failed(Some("Error"))), None);
        assert_eq!(not_started(&failed(None)).as_deref(), Some("no room"));
    }
}
