//! The pooler's pods, and replacing them by new ones.

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use kube::api::{ListParams, Patch};
use serde_json::json;

use super::{Place, params};
use crate::apply::{self, Api, Conflicts, Error, Progress};
use crate::cluster::Cluster;
use crate::k8s::Object;
use crate::runtime::selector;
use crate::{names, topology};

/// The annotation by which kubectl replaces pods, so that its next restart is told from this one.
/// <https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_restart/>
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

impl Place {
    /// The pods that run, without those that are being deleted.
    pub(in crate::runtime) async fn pooler_pods(
        &self,
        cluster: &Cluster,
    ) -> Result<Vec<String>, Error> {
        let params = ListParams::default()
            .labels(&selector(Some(&cluster.selector(names::PGPOOL))))
            .fields("status.phase=Running");
        let found = self.api::<Pod>().list(&params).await;
        let found = found.map_err(Error::request("listing the pooler's pods"))?;
        let stays = |pod: &&Pod| pod.metadata.deletion_timestamp.is_none();
        let staying = found.items.iter().filter(stays);
        Ok(staying.map(ResourceExt::name_any).collect())
    }

    /// Replaces its pods one by one, and waits until all are new.
    pub(in crate::runtime) async fn replace_pooler(
        &self,
        cluster: &Cluster,
        within: Duration,
        progress: &Progress,
    ) -> Result<(), Error> {
        let deployments: Api<Deployment> = self.api();
        let name = cluster.pgpool_name();
        let annotations = json!({RESTARTED: Timestamp::now().to_string()});
        let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
        let patched = deployments
            .patch(&name, &params(), &Patch::Merge(patch))
            .await;
        patched.map_err(Error::request(format!("changing Deployment/{name}")))?;
        let mut pooler = topology::objects(cluster, None);
        pooler.retain(|manifest| matches!(manifest.object, Object::Deployment(_)));
        let options = apply::Options {
            namespace: self.namespace.clone(),
            conflicts: Conflicts::Report,
            timeout: within,
        };
        apply::wait(&self.client, &pooler, &options, progress).await
    }
}
