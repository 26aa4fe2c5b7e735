//! A member's volumes, by their claims.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};

use super::Place;
use crate::apply::await_condition;
use crate::runtime::member::Life;

impl Place {
    /// The uid of a member's claim.
    pub(in crate::runtime) async fn volume(&self, pod: &str, volume: &str) -> Result<String> {
        let name = claim_name(volume, pod);
        let found = self.api::<PersistentVolumeClaim>().get(&name).await;
        let found = found.with_context(|| format!("claim {name}"))?;
        found
            .uid()
            .with_context(|| format!("claim {name} has no uid"))
    }

    /// Deletes one of a member's claims and its pod, so that a new pod comes with an empty volume. The claim goes first: it
    /// stays until its pod has ended, but no other pod gets it any more.
    pub(in crate::runtime) async fn lose_volume(
        &self,
        pod: &str,
        volume: &str,
        within: Duration,
    ) -> Result<Life> {
        let (name, before) = (claim_name(volume, pod), self.volume(pod, volume).await?);
        let claims = self.api::<PersistentVolumeClaim>();
        let deleted = claims.delete(&name, &DeleteParams::default()).await;
        deleted.with_context(|| format!("deleting claim {name}"))?;
        let life = self.end(pod).await?;
        self.delete_finished(&name).await?;
        let replaced = await_condition(claims, &name, |claim: Option<&PersistentVolumeClaim>| {
            claim
                .and_then(ResourceExt::uid)
                .is_some_and(|uid| uid != before)
        });
        match tokio::time::timeout(within, replaced).await {
            Ok(replaced) => replaced
                .map(|_| life)
                .with_context(|| format!("waiting for a new claim {name}")),
            Err(_) => bail!(
                "claim {name} was not replaced within {} s",
                within.as_secs()
            ),
        }
    }

    /// Deletes the pods of finished Jobs that mount a claim: while such a pod exists, Kubernetes does not let the claim go.
    async fn delete_finished(&self, claim: &str) -> Result<()> {
        let found = self.api::<Pod>().list(&ListParams::default()).await;
        for pod in found.context("listing pods")? {
            if is_finished(&pod) && mounts(&pod, claim) {
                self.end(&pod.name_any()).await?;
            }
        }
        Ok(())
    }
}

fn claim_name(volume: &str, pod: &str) -> String {
    format!("{volume}-{pod}")
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
