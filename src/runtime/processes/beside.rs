//! Pods that nothing keeps running.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::Place;
use super::blueprint::Blueprint;
use super::state::{Manner, State};
use crate::k8s::{corev1, metav1};
use crate::names;
use crate::runtime::beside::{Run, Second};

impl Place {
    pub(in crate::runtime) async fn start_pod(
        &self,
        pod: &corev1::Pod,
        within: Duration,
    ) -> Result<()> {
        let name = self.make(pod)?;
        let what = format!("pod {name} is not ready");
        let ready = |state: Option<&State>| state.is_some_and(|state| state.is_ready);
        let waited = self.until(&name, within, &what, ready).await;
        waited
            .map(drop)
            .with_context(|| self.last_words(&name).unwrap_or_else(|| "no log".into()))
    }

    fn make(&self, pod: &corev1::Pod) -> Result<String> {
        let name = pod.metadata.name.clone().context("a pod has a name")?;
        self.folder.put("Pod", &name, &json!(pod))?;
        Ok(name)
    }

    /// Makes a member's pod once more on the same volumes, as one that its StatefulSet does not have.
    pub(in crate::runtime) fn second(
        &self,
        member: &str,
        ordinal: &str,
        second: Second,
    ) -> Result<String> {
        let first = self.pod(member)?.blueprint;
        let set = first.owner.clone().context("a member is of a set")?;
        let mut pod = again(first, format!("{set}-{ordinal}"));
        if second == Second::Nothing {
            let spec = pod.spec.iter_mut();
            for container in spec.flat_map(|spec| &mut spec.containers) {
                container.command = Some(vec!["sleep".into(), "infinity".into()]);
                container.startup_probe = None;
                container.liveness_probe = None;
                container.readiness_probe = None;
            }
        }
        self.make(&pod)
    }

    pub(in crate::runtime) async fn running(&self, pod: &str, within: Duration) -> Result<()> {
        let what = format!("pod {pod} does not run");
        let runs = |state: Option<&State>| state.is_some_and(|state| state.process.is_some());
        self.until(pod, within, &what, runs).await.map(drop)
    }

    pub(in crate::runtime) fn run_of(&self, pod: &str) -> Result<Run> {
        Ok(
            match self.folder.state(pod)?.and_then(|state| state.is_done) {
                None => Run::Going("Running".into()),
                Some(true) => Run::Going("Succeeded".into()),
                Some(false) => Run::Failed,
            },
        )
    }

    /// Ends a pod at once.
    pub(in crate::runtime) fn remove(&self, pod: &str) -> Result<()> {
        self.folder.remove("Pod", pod)?;
        self.tell(pod, Manner::AtOnce, Vec::new()).map(drop)
    }
}

/// A member's pod under another name. It is not started again.
fn again(first: Blueprint, name: String) -> corev1::Pod {
    let mut spec = first.spec;
    spec.containers
        .retain(|container| container.name == names::POSTGRES_CONTAINER);
    spec.restart_policy = Some("Never".into());
    // What its StatefulSet claims for the first.
    let claims = first.claims.into_iter();
    let volumes = claims.map(|(volume, claim)| crate::k8s::volume::claim(&volume, claim));
    spec.volumes.get_or_insert_default().extend(volumes);
    corev1::Pod {
        metadata: metav1::ObjectMeta {
            name: Some(name),
            ..Default::default()
        },
        spec: Some(spec),
        ..Default::default()
    }
}
