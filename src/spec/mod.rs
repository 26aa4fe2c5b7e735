//! The spec as users write it: one struct per section, each field described once.
//!
//! Defaults live here and nowhere else; `init`, `schema` and the validation read them from these structs.
//! This folder reads specs and judges their shape; it knows no rule across fields, builds no objects and knows no output.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) mod comment;
mod defaults;
pub(crate) mod draft;
mod durability;
mod extra;
pub(crate) mod finding;
mod hints;
mod kubernetes;
mod metrics;
mod network;
mod network_policy;
pub mod number;
pub(crate) mod path;
mod patroni;
mod postgres;
pub(crate) mod problem;
pub(crate) mod scalar;
mod schema;
mod shape;
mod template;
mod tls;
mod tree;
mod words;
mod workload;

pub use durability::{Durability, WhenStandbysAreGone};
pub use extra::Extra;
pub use kubernetes::KIND as KUBERNETES;

/// The keyword of the schema of a field that names a member by its pod.
pub const MEMBER: &str = "x-member";
pub use draft::Source;
pub use metrics::{Metrics, Monitoring, PodMonitoring};
pub use network::{Expose, ExposeTarget, ExposeType, ServiceOptions, Services};
pub use network_policy::{Clients, Connections, NetworkPolicies};
pub use patroni::{Patroni, Seconds, Timing};
pub use postgres::{
    Address, Authentication, Connection, HbaRow, InitSql, Initdb, Parameter, Postgres,
};
pub use problem::Errors;
pub use schema::schema;
pub use template::template;
pub use tls::{Issuer, Tls, TlsMode};
pub use workload::{
    Credentials, DisruptionBudget, Pooler, PoolerKind, Quantities, Resources, Scheduling, Security,
    Spread, Storage, Toleration, TolerationEffect, TolerationOperator,
};

// Reading fills in defaults field by field; serde alone knows only those of a whole section.
/// A PostgreSQL cluster: what is to be created, in the words of its owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spec {
    /// Name of the cluster, and the beginning of every object's name. Never changed afterwards.
    #[schemars(
        length(min = 1, max = 40),
        regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$")
    )]
    #[schemars(extend("examples" = ["shop"]))]
    pub name: String,
    /// Namespace of every object; without it, kubectl's current one is used. Never changed afterwards.
    #[serde(default)]
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    #[schemars(extend("examples" = ["shop"]))]
    pub namespace: Option<String>,
    /// How the members replicate and who decides which of them leads. Never changed afterwards.
    #[schemars(extend("examples" = ["streaming"]))]
    pub topology: Topology,
    /// Number of servers: the primary and its standbys.
    #[serde(default = "members")]
    #[schemars(range(min = 2, max = 12))]
    pub members: u8,
    /// The member that leads, by its pod's name; by default the first of the primary's StatefulSet. Changed by `pgherd
    /// switchover` and `pgherd promote`, which move the lead and then say so here: never by hand alone.
    #[serde(default)]
    #[schemars(extend("examples" = ["shop-primary-0"], "x-member" = true))]
    pub primary: Option<String>,
    /// Who copies the primary's data to a new standby: the standby itself, or a Job.
    #[serde(default)]
    pub bootstrap: Bootstrap,
    /// What a commit waits for before it is acknowledged. A change is taken without a restart.
    #[serde(default)]
    pub durability: Durability,
    /// What happens to commits while no standby can confirm them; to be said with `durability: sync` or `quorum`.
    #[serde(default)]
    #[schemars(extend("examples" = ["block"]))]
    pub when_standbys_are_gone: Option<WhenStandbysAreGone>,
    /// What the two roles are called in object names. Never changed afterwards.
    #[serde(default)]
    pub roles: Roles,
    /// Patroni, with `topology: patroni`: its image, and how soon it acts.
    #[serde(default)]
    pub patroni: Patroni,
    /// The server: version, configuration, access.
    #[serde(default)]
    pub postgres: Postgres,
    /// The volumes of each member.
    #[serde(default)]
    pub storage: Storage,
    /// Where the passwords come from.
    #[serde(default)]
    pub credentials: Credentials,
    /// Encryption of connections to the servers and the pooler, and between them. A change restarts the members.
    #[serde(default)]
    pub tls: Tls,
    /// A connection pooler in front of the members.
    #[serde(default)]
    pub pooler: Pooler,
    /// The Services inside the Kubernetes cluster.
    #[serde(default)]
    pub services: Services,
    /// How clients outside the Kubernetes cluster reach it.
    #[serde(default)]
    pub expose: Expose,
    /// Which connections the network lets through: what pgherd needs itself, and what is said here.
    #[serde(default)]
    pub network_policy: NetworkPolicies,
    /// Metrics of each member for Prometheus, and what watches and shows them.
    #[serde(default)]
    pub metrics: Metrics,
    /// What each member may use. A change restarts the members.
    #[serde(default)]
    pub resources: Resources,
    /// On which nodes the pods run. A change restarts the members.
    #[serde(default)]
    pub scheduling: Scheduling,
    /// As whom the pods run. A change restarts the members.
    #[serde(default)]
    pub security: Security,
    /// How many standbys a drain has to leave running.
    #[serde(default)]
    pub disruption: DisruptionBudget,
    /// Labels on every object and pod, besides those that pgherd sets.
    #[serde(default)]
    #[schemars(extend("examples" = [{"team": "storefront"}]))]
    pub labels: BTreeMap<String, String>,
    /// Annotations on every object.
    #[serde(default)]
    #[schemars(extend("examples" = [{"example.com/runbook": "https://example.com/shop"}]))]
    pub annotations: BTreeMap<String, String>,
    /// Annotations on every pod, besides those that pgherd sets. A change restarts the members.
    #[serde(default)]
    #[schemars(extend("examples" = [{"example.com/scrape": "true"}]))]
    pub pod_annotations: BTreeMap<String, String>,
    /// What is added to the members' pods. A change restarts the members.
    #[serde(default)]
    pub extra: Extra,
    /// Names of the Secrets with which images are pulled.
    #[serde(default)]
    #[schemars(extend("examples" = [["registry"]]))]
    pub image_pull_secrets: Vec<String>,
}

/// How the members replicate and who decides which of them leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Topology {
    /// Streaming replication with a primary fixed by the spec: no automatic failover, so no split brain.
    Streaming,
    /// Members that elect their leader by themselves, through Patroni and the Kubernetes API: automatic failover.
    Patroni,
}

/// Who copies the primary's data to a new standby.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Bootstrap {
    /// The standby itself, when it starts without data.
    #[default]
    Init,
    /// A Job per standby; the standby waits for it and checks the copy.
    Job,
}

/// What the two roles are called in object names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Roles {
    /// Name of the StatefulSet and Service of the primary, after the cluster's name.
    #[schemars(length(min = 1, max = 10), regex(pattern = r"^[a-z][a-z0-9]*$"))]
    pub primary: String,
    /// Name of the StatefulSet and Service of the standbys, after the cluster's name.
    #[schemars(length(min = 1, max = 10), regex(pattern = r"^[a-z][a-z0-9]*$"))]
    pub standby: String,
}

impl Default for Roles {
    fn default() -> Self {
        Roles {
            primary: "primary".into(),
            standby: "standby".into(),
        }
    }
}

fn members() -> u8 {
    3
}
