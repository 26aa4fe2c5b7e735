//! The sections of a spec that are about pods and volumes rather than PostgreSQL.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::extra::Extra;
use super::kubernetes;
use crate::k8s::corev1;

/// The volumes of each member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Storage {
    /// Size of the volume, such as `10Gi`. Never changed afterwards.
    #[schemars(regex(pattern = r"^[1-9][0-9]*(Mi|Gi|Ti)$"))]
    pub size: String,
    /// Name of the StorageClass; by default the cluster's default class. Never changed afterwards.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = ["fast"]))]
    pub class_name: Option<String>,
    /// Size of a volume for WAL alone, such as `4Gi`; without it, WAL is on the data's volume. Never changed afterwards.
    #[schemars(regex(pattern = r"^[1-9][0-9]*(Mi|Gi|Ti)$"))]
    #[schemars(extend("examples" = ["4Gi"]))]
    pub wal_size: Option<String>,
    /// Name of its StorageClass; by default that of the data's volume. Never changed afterwards.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = ["fastest"]))]
    pub wal_class_name: Option<String>,
}

impl Default for Storage {
    fn default() -> Self {
        Storage {
            size: "10Gi".into(),
            class_name: None,
            wal_size: None,
            wal_class_name: None,
        }
    }
}

/// Where the passwords come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Credentials {
    /// Name of the Secret; by default `<name>-credentials`, as `pgherd keygen` makes it.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")
    )]
    #[schemars(extend("examples" = ["shop-passwords"]))]
    pub existing_secret: Option<String>,
}

/// A connection pooler in front of the members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Pooler {
    /// Which pooler, if any.
    pub kind: PoolerKind,
    /// Image with the pooler's program; needed where there is a pooler. image/Dockerfile makes one.
    #[schemars(regex(pattern = r"^[!-~]+$"))]
    #[schemars(extend("examples" = ["pgherd-postgres:17"]))]
    pub image: Option<String>,
    /// Number of pods.
    #[schemars(range(min = 1, max = 20))]
    pub replicas: u8,
    /// Clients that one pod serves at the same time; each may take a connection on every server.
    #[schemars(range(min = 1, max = 5000))]
    pub max_clients: u16,
    /// What each pooler pod may use.
    pub resources: Resources,
    /// What is added to the pooler's pods.
    pub extra: Extra,
}

impl Default for Pooler {
    fn default() -> Self {
        Pooler {
            kind: PoolerKind::None,
            image: None,
            replicas: 2,
            max_clients: 32,
            resources: Resources {
                requests: Quantities {
                    cpu: Some("50m".into()),
                    memory: Some("128Mi".into()),
                },
                limits: Quantities {
                    cpu: None,
                    memory: Some("128Mi".into()),
                },
            },
            extra: Extra::default(),
        }
    }
}

impl Pooler {
    /// The image; validation refuses a pooler without one.
    pub fn image_name(&self) -> String {
        self.image.clone().unwrap_or_default()
    }
}

/// Which pooler, if any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PoolerKind {
    /// Clients connect to the servers.
    #[default]
    None,
    /// Pgpool-II: writes go to the primary, reads are spread over the standbys.
    Pgpool,
}

/// What a container asks for and what it may use at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Resources {
    /// Reserved for the container.
    pub requests: Quantities,
    /// Not exceeded: above the memory limit the container is ended.
    pub limits: Quantities,
}

impl Default for Resources {
    fn default() -> Self {
        Resources {
            requests: Quantities {
                cpu: Some("100m".into()),
                memory: Some("512Mi".into()),
            },
            limits: Quantities {
                cpu: None,
                memory: Some("512Mi".into()),
            },
        }
    }
}

/// Amounts of processor and memory, as Kubernetes writes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Quantities {
    /// Processor time, such as `500m` or `2`.
    #[schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)?m?$"))]
    #[schemars(extend("examples" = ["500m"]))]
    pub cpu: Option<String>,
    /// Memory, such as `512Mi`.
    #[schemars(regex(pattern = r"^[1-9][0-9]*(Ki|Mi|Gi|Ti)$"))]
    #[schemars(extend("examples" = ["512Mi"]))]
    pub memory: Option<String>,
}

/// On which nodes the pods run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scheduling {
    /// Labels that a node must carry.
    #[schemars(extend("examples" = [{"kubernetes.io/arch": "amd64"}]))]
    pub node_selector: BTreeMap<String, String>,
    /// Taints that the pods accept.
    #[schemars(extend("examples" = [[{"key": "database", "operator": "Exists", "effect": "NoSchedule"}]]))]
    pub tolerations: Vec<Toleration>,
    /// Whether two members may share a node.
    pub spread: Spread,
    /// Name of the pods' PriorityClass.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = ["database"]))]
    pub priority_class_name: Option<String>,
    /// Rules beyond these, in the words of Kubernetes. A Job that copies data stands beside its standby instead.
    #[schemars(schema_with = "kubernetes::affinity")]
    pub affinity: Option<corev1::Affinity>,
}

/// Whether two members may share a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Spread {
    /// On different nodes where there are enough of them.
    #[default]
    Preferred,
    /// On different nodes always: a member without a node of its own stays pending.
    Required,
}

/// A taint that the pods accept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Toleration {
    /// The taint's key; without it, every taint.
    #[serde(default)]
    pub key: Option<String>,
    /// How the key's value is compared.
    #[serde(default)]
    pub operator: TolerationOperator,
    /// The taint's value, with `Equal`.
    #[serde(default)]
    pub value: Option<String>,
    /// The taint's effect; without it, every effect.
    #[serde(default)]
    pub effect: Option<TolerationEffect>,
}

/// How a taint's value is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TolerationOperator {
    /// The values are the same.
    #[default]
    Equal,
    /// Any value.
    Exists,
}

/// What a taint does to pods that do not accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TolerationEffect {
    /// New pods stay away.
    NoSchedule,
    /// New pods stay away where they can.
    PreferNoSchedule,
    /// Running pods are moved away, too.
    NoExecute,
}

/// As whom the pods run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Security {
    /// Numeric user of every process; also the group of the volumes. The official image's own is 999.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub run_as_user: i64,
}

impl Default for Security {
    fn default() -> Self {
        Security { run_as_user: 999 }
    }
}

/// How many standbys a drain has to leave running.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DisruptionBudget {
    /// Standbys that stay up through a drain; by default all but one.
    #[schemars(range(min = 0, max = 11))]
    #[schemars(extend("examples" = [1]))]
    pub min_standbys: Option<u8>,
}
