//! What a user adds to pods in the words of Kubernetes: typed by its API, described by `kubernetes`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kubernetes;
use crate::k8s::corev1;

/// What is added to pods, in the words of Kubernetes. pgherd's own parts cannot be replaced by it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Extra {
    /// Environment variables of pgherd's own container. What is secret comes from a Secret, by a volume.
    #[schemars(schema_with = "kubernetes::variables")]
    pub env: Vec<corev1::EnvVar>,
    /// Volumes beside pgherd's own.
    #[schemars(schema_with = "kubernetes::volumes")]
    pub volumes: Vec<corev1::Volume>,
    /// Where pgherd's own container sees them.
    #[schemars(schema_with = "kubernetes::mounts")]
    pub volume_mounts: Vec<corev1::VolumeMount>,
    /// Containers that run to their end before pgherd's own starts, and sidecars with `restartPolicy: Always`.
    #[schemars(schema_with = "kubernetes::init_containers")]
    pub init_containers: Vec<corev1::Container>,
    /// Containers beside pgherd's own. Under the Pod Security standard `restricted`, each needs its securityContext.
    #[schemars(schema_with = "kubernetes::containers")]
    pub containers: Vec<corev1::Container>,
}

impl Extra {
    /// Whether nothing is added.
    pub fn is_empty(&self) -> bool {
        *self == Extra::default()
    }

    /// The images of the containers.
    pub fn images(&self) -> impl Iterator<Item = String> {
        let containers = self.init_containers.iter().chain(&self.containers);
        containers.filter_map(|container| container.image.clone())
    }
}
