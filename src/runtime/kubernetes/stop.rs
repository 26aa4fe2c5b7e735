//! Ends a member's pod in order.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, Preconditions};

use super::Place;
use crate::apply::{Api, reason};
use crate::pause::BETWEEN_LOOKS;

/// How long a pod may take to go: its grace period and some more.
const GONE_WITHIN: Duration = Duration::from_secs(200);

impl Place {
    /// Deletes a pod in order and waits until it is gone, which its kubelet says only once its containers have ended.
    /// Its StatefulSet makes the next one. Nothing to do where there is none.
    pub(in crate::runtime) async fn stop(&self, pod: &str) -> Result<()> {
        let pods: Api<Pod> = self.api();
        let failed = |error: kube::Error| anyhow!("deleting Pod/{pod}: {}", reason(&error));
        let Some(uid) = pods
            .get_opt(pod)
            .await
            .map_err(failed)?
            .and_then(|found| found.metadata.uid)
        else {
            return Ok(());
        };
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(uid.clone()),
                ..Preconditions::default()
            }),
            ..DeleteParams::default()
        };
        match pods.delete(pod, &params).await {
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(()),
            deleted => drop(deleted.map_err(failed)?),
        }
        let deadline = Instant::now() + GONE_WITHIN;
        loop {
            let found = pods.get_opt(pod).await.map_err(failed)?;
            if found.is_none_or(|found| found.metadata.uid.as_ref() != Some(&uid)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!(
                    "the pod {pod} is not gone after {} s: its node has not said that its server has ended",
                    GONE_WITHIN.as_secs()
                );
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}
