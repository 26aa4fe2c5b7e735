//! One member's pod: ended, waited for, and what it tells of its server.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::ResourceExt;
use kube::api::{DeleteParams, LogParams};

use super::Place;
use crate::apply::{await_condition, is_gone, pod_text};
use crate::names;
use crate::runtime::member::{Life, Server};

impl Place {
    /// The pod as it is now.
    pub(super) async fn pod(&self, name: &str) -> Result<Pod> {
        let found = self.api::<Pod>().get(name).await;
        found.with_context(|| format!("pod {name}"))
    }

    /// The uid of a pod as it is now.
    pub(in crate::runtime) async fn life(&self, pod: &str) -> Result<Life> {
        let found = self.pod(pod).await?;
        let uid = found.uid().with_context(|| format!("pod {pod} has no uid"));
        uid.map(Life)
    }

    /// The node that a pod runs on.
    pub(in crate::runtime) async fn machine(&self, pod: &str) -> Result<String> {
        let node = self.pod(pod).await?.spec.and_then(|spec| spec.node_name);
        node.with_context(|| format!("pod {pod} runs on no node"))
    }

    /// Deletes a pod as `kubectl delete pod` does; returns the uid that it had.
    pub(in crate::runtime) async fn end(&self, pod: &str) -> Result<Life> {
        let life = self.life(pod).await?;
        let pods = self.api::<Pod>();
        let deleted = pods.delete(pod, &DeleteParams::default()).await;
        deleted.with_context(|| format!("deleting pod {pod}"))?;
        Ok(life)
    }

    /// Waits until a pod other than the one with this uid is ready under the same name.
    pub(in crate::runtime) async fn ready_again(
        &self,
        pod: &str,
        old: &Life,
        within: Duration,
    ) -> Result<()> {
        let ready = await_condition(self.api(), pod, |pod: Option<&Pod>| {
            pod.is_some_and(|pod| pod.uid().as_deref() != Some(&old.0) && is_ready(pod))
        });
        match tokio::time::timeout(within, ready).await {
            Ok(ready) => ready
                .map(drop)
                .with_context(|| format!("waiting for pod {pod}")),
            Err(_) => bail!("{}", self.not_ready(pod, within).await),
        }
    }

    /// That a pod is not ready, and what is known of it.
    pub(super) async fn not_ready(&self, pod: &str, within: Duration) -> String {
        let reason = match self.api::<Pod>().get(pod).await {
            Ok(found) => pod_text(&self.client, &self.namespace, &found).await,
            Err(error) => error.to_string(),
        };
        format!(
            "pod {pod} is not ready after {} s\n{reason}",
            within.as_secs()
        )
    }

    /// Waits until a pod with this uid is gone.
    pub(in crate::runtime) async fn gone(
        &self,
        pod: &str,
        life: &Life,
        within: Duration,
    ) -> Result<()> {
        let gone = await_condition(self.api::<Pod>(), pod, is_gone(&life.0));
        let seconds = within.as_secs();
        tokio::time::timeout(within, gone)
            .await
            .with_context(|| format!("{pod} is still there after {seconds} s"))?
            .with_context(|| format!("waiting for {pod} to go"))?;
        Ok(())
    }

    /// Waits until no Service leads to a pod.
    pub(in crate::runtime) async fn unready(&self, pod: &str, within: Duration) -> Result<()> {
        let unready = await_condition(self.api(), pod, |pod: Option<&Pod>| {
            pod.is_some_and(|pod| !is_ready(pod))
        });
        let waited = tokio::time::timeout(within, unready).await;
        let seconds = within.as_secs();
        ensure!(waited.is_ok(), "{pod} is still ready after {seconds} s");
        waited?.context("waiting for a pod not to be ready")?;
        Ok(())
    }

    /// What a pod tells of its server's container.
    pub(in crate::runtime) async fn server(&self, pod: &str) -> Result<Server> {
        Ok(server(&self.pod(pod).await?))
    }

    /// The log of the server's container.
    pub(in crate::runtime) async fn log(&self, pod: &str) -> Result<String> {
        self.log_of(pod, &LogParams::default()).await
    }

    /// The log of the server's container before that.
    pub(in crate::runtime) async fn previous_log(&self, pod: &str) -> Result<String> {
        let previous = LogParams {
            previous: true,
            ..LogParams::default()
        };
        self.log_of(pod, &previous).await
    }

    async fn log_of(&self, pod: &str, which: &LogParams) -> Result<String> {
        let params = LogParams {
            container: Some(names::POSTGRES_CONTAINER.into()),
            ..which.clone()
        };
        let log = self.api::<Pod>().streams().logs(pod, &params).await;
        log.with_context(|| format!("the log of pod {pod}"))
    }

    /// The pod's address, as the API shows it.
    pub(in crate::runtime) async fn address(&self, pod: &str) -> Result<String> {
        let status = self.pod(pod).await?.status;
        let address = status.and_then(|status| status.pod_ip);
        address.with_context(|| format!("pod {pod} has no address"))
    }
}

/// Whether Services lead to a pod.
pub(super) fn is_ready(pod: &Pod) -> bool {
    let status = pod.status.iter();
    let mut conditions = status.flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// What is known of the server's container of a pod.
pub(super) fn container(pod: &Pod) -> Option<&ContainerStatus> {
    let mut statuses = pod.status.as_ref()?.container_statuses.as_ref()?.iter();
    statuses.find(|status| status.name == names::POSTGRES_CONTAINER)
}

fn server(pod: &Pod) -> Server {
    let statuses = pod.status.iter();
    let containers = statuses.flat_map(|status| status.container_statuses.iter().flatten());
    let own = container(pod);
    let running = own.and_then(|status| status.state.as_ref()?.running.as_ref());
    Server {
        restarts: containers.map(|container| container.restart_count).sum(),
        since: running
            .and_then(|running| running.started_at.as_ref())
            .map(|time| time.0.as_second()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_runs_since_its_own_container_does() {
        let status = |name: &str, since: &str| {
            json!({"name": name, "image": "", "imageID": "", "ready": true, "restartCount": 1,
                "state": {"running": {"startedAt": since}}})
        };
        let statuses = [
            status("metrics", "1970-01-01T00:02:00Z"),
            status("postgres", "1970-01-01T00:01:00Z"),
        ];
        let pod = json!({"status": {"containerStatuses": statuses}});
        let server = |pod| server(&serde_json::from_value(pod).unwrap());
        let expected = Server {
            restarts: 2,
            since: Some(60),
        };
        assert_eq!(server(pod), expected);
        let nothing = server(json!({}));
        assert_eq!((nothing.since, nothing.restarts), (None, 0));
    }
}
