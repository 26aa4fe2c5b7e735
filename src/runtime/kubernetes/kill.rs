//! Kills a member's postmaster, which is process 1 of its container, through the node; and what the kubelet has killed.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Event;
use kube::api::ListParams;

use super::Place;
use super::member::container;
use crate::kind;
use crate::runtime::member::Life;

impl Place {
    /// Kills the first process of the server's container, on one of kind's nodes.
    pub(in crate::runtime) async fn kill(&self, pod: &str) -> Result<()> {
        let found = self.pod(pod).await?;
        let node = found.spec.as_ref().and_then(|spec| spec.node_name.clone());
        let id = container(&found).and_then(|status| status.container_id.clone());
        let id = id.and_then(|id| Some(id.split_once("://")?.1.to_owned()));
        let (node, container) = node
            .zip(id)
            .with_context(|| format!("pod {pod} does not run"))?;
        Ok(kind::kill(&node, &container).await?)
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
