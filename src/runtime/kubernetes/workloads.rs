//! The StatefulSets that keep members running.

use anyhow::{Context, Result};
use k8s_openapi::api::apps::v1::StatefulSet;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::{Place, denied};
use crate::apply::Api;
use crate::cluster::MemberSet;
use crate::runtime::Workload;

impl Place {
    /// Scales a StatefulSet.
    pub(in crate::runtime) async fn keep(&self, set: &str, count: usize) -> Result<()> {
        let patch = Patch::Merge(json!({"spec": {"replicas": count}}));
        let params = PatchParams::default();
        let sets = self.api::<StatefulSet>();
        let scaled = sets.patch(set, &params, &patch).await;
        scaled.map(drop).with_context(|| format!("scaling {set}"))
    }

    /// The StatefulSets of members.
    pub(in crate::runtime) async fn workloads(
        &self,
        wanted: &[MemberSet],
    ) -> (Vec<Workload>, Vec<String>) {
        let api: Api<StatefulSet> = self.api();
        let mut sets = Vec::new();
        let mut unseen = Vec::new();
        for set in wanted {
            let found = api.get_opt(&set.name).await;
            let live = found.unwrap_or_else(|error| {
                unseen.push(denied("StatefulSets")(error));
                None
            });
            sets.push(Workload {
                name: set.name.clone(),
                wanted: set.replicas.into(),
                replicas: live.and_then(|live| live.spec?.replicas),
            });
        }
        unseen.dedup();
        (sets, unseen)
    }
}
