//! The StatefulSets that keep members running.

use k8s_openapi::api::apps::v1::StatefulSet;

use super::{Place, denied};
use crate::apply::Api;
use crate::cluster::MemberSet;
use crate::runtime::Workload;

impl Place {
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
