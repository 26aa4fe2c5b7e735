//! Pods that no workload keeps running: made, waited for, looked at, ended.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;
use kube::api::{DeleteParams, PostParams};

use super::Place;
use super::member::is_ready;
use crate::apply::{self, Error, await_condition};
use crate::names;
use crate::runtime::beside::{Run, Second};

impl Place {
    /// Makes a pod and waits until it is ready.
    pub(in crate::runtime) async fn start_pod(&self, pod: &Pod, within: Duration) -> Result<()> {
        let name = self.make(pod).await?;
        let ready = await_condition(self.api(), &name, |pod: Option<&Pod>| {
            pod.is_some_and(is_ready)
        });
        match tokio::time::timeout(within, ready).await {
            Ok(ready) => ready
                .map(drop)
                .with_context(|| format!("waiting for pod {name}")),
            Err(_) => bail!("{}", self.not_ready(&name, within).await),
        }
    }

    /// Makes a pod; returns its name.
    async fn make(&self, pod: &Pod) -> Result<String> {
        let name = pod.name_any();
        let made = self.api::<Pod>().create(&PostParams::default(), pod).await;
        made.with_context(|| format!("making pod {name}"))?;
        Ok(name)
    }

    /// Has the kubelets bring mounted files now to the pods that a selector finds.
    pub(in crate::runtime) async fn refresh_pods(&self, selector: &str) -> Result<(), Error> {
        let pods = apply::refresh_pods(&self.client, &self.namespace, selector).await;
        pods.map(drop)
    }

    /// Makes a member's pod once more, on the same node and volumes, as one that its StatefulSet does not have.
    pub(in crate::runtime) async fn second(
        &self,
        member: &str,
        ordinal: &str,
        second: Second,
    ) -> Result<String> {
        let mut pod = again(self.pod(member).await?, ordinal)?;
        if second == Second::Nothing {
            idle(&mut pod);
        }
        self.make(&pod).await
    }

    /// Waits until a pod runs.
    pub(in crate::runtime) async fn running(&self, pod: &str, within: Duration) -> Result<()> {
        let running = await_condition(self.api(), pod, |pod: Option<&Pod>| {
            let status = pod.and_then(|pod| pod.status.as_ref());
            status.and_then(|status| status.phase.as_deref()) == Some("Running")
        });
        match tokio::time::timeout(within, running).await {
            Ok(running) => running
                .map(drop)
                .with_context(|| format!("waiting for pod {pod}")),
            Err(_) => bail!("pod {pod} does not run after {} s", within.as_secs()),
        }
    }

    /// How far a pod is.
    pub(in crate::runtime) async fn run_of(&self, pod: &str) -> Result<Run> {
        Ok(run(&self.pod(pod).await?.status.unwrap_or_default()))
    }

    /// Ends a pod at once.
    pub(in crate::runtime) async fn remove(&self, pod: &str) -> Result<()> {
        let at_once = DeleteParams::default().grace_period(0);
        let deleted = self.api::<Pod>().delete(pod, &at_once).await;
        deleted.with_context(|| format!("deleting pod {pod}"))?;
        Ok(())
    }
}

/// A member's pod with another number, of its server alone. It is not started again.
fn again(first: Pod, ordinal: &str) -> Result<Pod> {
    let member = first.name_any();
    let mut spec = first.spec.context("a pod has a spec")?;
    spec.containers
        .retain(|container| container.name == names::POSTGRES_CONTAINER);
    spec.init_containers = None;
    spec.hostname = None;
    spec.subdomain = None;
    spec.restart_policy = Some("Never".into());
    let set = member.rsplit_once('-').map_or("", |(set, _)| set);
    Ok(Pod {
        metadata: ObjectMeta {
            name: Some(format!("{set}-{ordinal}")),
            ..ObjectMeta::default()
        },
        spec: Some(spec),
        ..Pod::default()
    })
}

/// Has a pod run nothing.
fn idle(pod: &mut Pod) {
    for container in pod.spec.iter_mut().flat_map(|spec| &mut spec.containers) {
        container.command = Some(vec!["sleep".into(), "infinity".into()]);
        container.startup_probe = None;
        container.liveness_probe = None;
        container.readiness_probe = None;
    }
}

fn run(status: &PodStatus) -> Run {
    let phase = status.phase.clone().unwrap_or_default();
    if phase != "Failed" {
        return Run::Going(phase);
    }
    match not_started(status) {
        Some(why) => Run::NotStarted(why),
        None => Run::Failed,
    }
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
            phase: Some("Failed".into()),
            message: Some("no room".into()),
            container_statuses: end.map(|end| vec![end]),
            ..PodStatus::default()
        }
    }

    #[test]
    fn a_pod_that_never_ran_is_told_from_one_that_did() {
        let not_started = |why: &str| Run::NotStarted(why.into());
        assert_eq!(
            run(&failed(Some("StartError"))),
            not_started("no control group")
        );
        assert_eq!(run(&failed(Some("Error"))), Run::Failed);
        assert_eq!(run(&failed(None)), not_started("no room"));
        assert_eq!(run(&PodStatus::default()), Run::Going(String::new()));
    }
}
