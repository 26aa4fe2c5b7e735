//! The section of a spec about who may connect to pods, and where pods may connect to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kubernetes;
use crate::k8s::networkingv1;

/// Which connections the network lets through: what pgherd needs itself, and what is said here.
/// <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NetworkPolicies {
    /// Whether there are NetworkPolicies, which the network's plugin has to enforce. A change is taken without a restart.
    pub enabled: bool,
    /// Who may connect to the members and the pooler besides those of `from`.
    pub clients: Clients,
    /// More clients, in the words of Kubernetes: an element of a rule's `from`.
    #[schemars(schema_with = "kubernetes::clients")]
    pub from: Vec<networkingv1::NetworkPolicyPeer>,
    /// Who may ask the members' exporters for metrics, in the words of Kubernetes; nobody by default.
    #[schemars(schema_with = "kubernetes::scrapers")]
    pub metrics: Vec<networkingv1::NetworkPolicyPeer>,
    /// What else the members' pods may receive and reach.
    pub members: Connections,
    /// What else the pooler's pods may receive and reach.
    pub pooler: Connections,
}

/// Who may connect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Clients {
    /// Every pod of the cluster's namespace.
    #[default]
    Namespace,
    /// Nobody else.
    Listed,
    /// Everybody, also from outside the Kubernetes cluster.
    Anywhere,
}

/// Connections besides those that pgherd needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Connections {
    /// Rules in the words of Kubernetes, such as for the port of a container in `extra`.
    #[schemars(schema_with = "kubernetes::ingress_rules")]
    pub ingress: Vec<networkingv1::NetworkPolicyIngressRule>,
    /// Rules in the words of Kubernetes, such as for an archive of WAL.
    #[schemars(schema_with = "kubernetes::egress_rules")]
    pub egress: Vec<networkingv1::NetworkPolicyEgressRule>,
}
