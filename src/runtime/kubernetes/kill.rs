//! Kills a member's postmaster, which is process 1 of its container, through the node; and what the kubelet has killed.

use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::ListParams;

use super::Place;
use super::member::container;
use crate::apply::await_condition;
use crate::kind;
use crate::runtime::member::Life;

impl Place {
    /// Kills the first process of the server's container, on one of kind's nodes; returns how the kubelet says it ended.
    ///
    /// That is watched for, not looked up later: a busy kubelet forgets a container as soon as the next one runs.
    pub(in crate::runtime) async fn kill(&self, pod: &str, within: Duration) -> Result<i32> {
        let found = self.pod(pod).await?;
        let node = found.spec.as_ref().and_then(|spec| spec.node_name.clone());
        let id = container(&found).and_then(|status| status.container_id.clone());
        let (node, id) = node
            .zip(id)
            .with_context(|| format!("pod {pod} does not run"))?;
        let (_, short) = id
            .split_once("://")
            .with_context(|| format!("pod {pod} has a container without a runtime: {id}"))?;
        kind::kill(&node, short).await?;
        let ended = await_condition(self.api(), pod, |pod: Option<&Pod>| {
            pod.is_some_and(|pod| exit_code(pod, &id).is_some())
        });
        let ended = tokio::time::timeout(within, ended).await;
        let ended = ended.with_context(|| {
            let seconds = within.as_secs();
            format!("the killed container of pod {pod} is not told to have ended after {seconds} s")
        })?;
        let ended = ended.with_context(|| format!("waiting for the end of pod {pod}"))?;
        let code = ended.as_ref().and_then(|pod| exit_code(pod, &id));
        code.with_context(|| format!("pod {pod} is gone"))
    }

    /// What the kubelet says that it has killed in the pod with this uid.
    pub(in crate::runtime) async fn kills(&self, life: &Life) -> Result<Vec<String>> {
        let about = format!("involvedObject.uid={},reason=Killing", life.0);
        let params = ListParams::default().fields(&about);
        let found = self.api::<Event>().list(&params).await;
        let found = found.context("listing events")?.items.into_iter();
        Ok(found.filter_map(|event| event.message).collect())
    }
}

/// How the container with this id ended, the one that runs or the one before it.
fn exit_code(pod: &Pod, id: &str) -> Option<i32> {
    let status = container(pod)?;
    let both = [status.state.as_ref(), status.last_state.as_ref()];
    let mut ends = both
        .into_iter()
        .filter_map(|state| state?.terminated.as_ref());
    let end = ends.find(|end| end.container_id.as_deref() == Some(id))?;
    Some(end.exit_code)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_end_of_a_container_is_not_that_of_another() {
        let code = |state: &Value, last: &Value| {
            let status = json!({"name": "postgres", "image": "", "imageID": "", "ready": false,
                "restartCount": 1, "state": state, "lastState": last});
            let pod = json!({"status": {"containerStatuses": [status]}});
            exit_code(&serde_json::from_value(pod).unwrap(), "containerd://b")
        };
        let end =
            |id: &str, code: i32| json!({"terminated": {"exitCode": code, "containerID": id}});
        let running = json!({"running": {}});
        assert_eq!(code(&running, &end("containerd://a", 0)), None);
        assert_eq!(code(&running, &end("containerd://b", 137)), Some(137));
        assert_eq!(
            code(&end("containerd://b", 1), &end("containerd://a", 0)),
            Some(1)
        );
        assert_eq!(code(&running, &json!({})), None);
    }
}
