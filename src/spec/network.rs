//! The sections of a spec that are about Services.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The Services inside the Kubernetes cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Services {
    /// For writing: leads to the primary.
    pub primary: ServiceOptions,
    /// For reading: leads to the standbys.
    pub standby: ServiceOptions,
    /// Leads to the pooler, where there is one.
    pub pooler: ServiceOptions,
}

/// What may be said of a Service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServiceOptions {
    /// Annotations on this Service, besides those on every object.
    #[schemars(extend("examples" = [{"example.com/dns-name": "shop.example.com"}]))]
    pub annotations: BTreeMap<String, String>,
}

/// How clients outside the Kubernetes cluster reach it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expose {
    /// Kind of the outside Service; `None` makes no such Service.
    #[serde(rename = "type")]
    pub kind: ExposeType,
    /// What the Service leads to.
    pub to: ExposeTarget,
    /// Port on every node, with `NodePort`; by default Kubernetes chooses one.
    #[schemars(range(min = 30000, max = 32767))]
    #[schemars(extend("examples" = [32000]))]
    pub node_port: Option<u16>,
    /// Annotations on the Service, such as those that a cloud's load balancer reads.
    #[schemars(extend("examples" = [{"example.com/load-balancer": "internal"}]))]
    pub annotations: BTreeMap<String, String>,
}

/// Kind of the Service for clients outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ExposeType {
    /// No such Service.
    #[default]
    None,
    /// A port on every node.
    NodePort,
    /// An address from the cloud's load balancer.
    LoadBalancer,
}

/// What the outside Service leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ExposeTarget {
    /// The primary, for writing and reading.
    #[default]
    Primary,
    /// The standbys, for reading.
    Standbys,
    /// The pooler.
    Pooler,
}
