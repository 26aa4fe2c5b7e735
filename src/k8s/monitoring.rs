//! The objects of Prometheus Operator's that pgherd emits, with the fields that it sets; no crate is worth their weight.
//! <https://prometheus-operator.dev/docs/api-reference/api/>

use std::collections::BTreeMap;

use serde::Serialize;

use super::metav1::{LabelSelector, ObjectMeta};

/// The API's group.
pub const GROUP: &str = "monitoring.coreos.com";
/// The API's version.
pub const VERSION: &str = "v1";
/// Both.
pub const API_VERSION: &str = "monitoring.coreos.com/v1";

/// A kind and its name in addresses of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The kind.
    pub kind: &'static str,
    /// Its name in addresses of the API.
    pub plural: &'static str,
}

/// Which pods Prometheus asks for metrics.
pub const POD_MONITOR: Kind = Kind {
    kind: "PodMonitor",
    plural: "podmonitors",
};
/// What Prometheus watches.
pub const PROMETHEUS_RULE: Kind = Kind {
    kind: "PrometheusRule",
    plural: "prometheusrules",
};

/// Which pods Prometheus asks for metrics.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodMonitor {
    /// [`API_VERSION`].
    pub api_version: &'static str,
    /// That of [`POD_MONITOR`].
    pub kind: &'static str,
    /// Name and labels.
    pub metadata: ObjectMeta,
    /// Which pods, and how.
    pub spec: PodMonitorSpec,
}

/// Which pods are asked, and how. Without `namespaceSelector`, those of the object's own namespace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodMonitorSpec {
    /// The pods.
    pub selector: LabelSelector,
    /// Their ports.
    pub pod_metrics_endpoints: Vec<PodMetricsEndpoint>,
}

/// A port that is asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodMetricsEndpoint {
    /// Name of the container's port.
    pub port: &'static str,
    /// Time between two looks.
    pub interval: String,
    /// What series are labelled with besides pod and namespace.
    pub relabelings: Vec<Relabeling>,
}

/// Gives series a label with the value of another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Relabeling {
    /// Where the value comes from.
    pub source_labels: Vec<&'static str>,
    /// The label.
    pub target_label: &'static str,
}

/// What Prometheus watches.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrometheusRule {
    /// [`API_VERSION`].
    pub api_version: &'static str,
    /// That of [`PROMETHEUS_RULE`].
    pub kind: &'static str,
    /// Name and labels.
    pub metadata: ObjectMeta,
    /// The rules, as in a file of Prometheus'.
    pub spec: RuleGroups,
}

/// A file of rules. <https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/>
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleGroups {
    /// Rules that are looked at one after the other.
    pub groups: Vec<RuleGroup>,
}

/// Rules that are looked at one after the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleGroup {
    /// Name of the group.
    pub name: String,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A rule that alerts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// Name of the alert.
    pub alert: &'static str,
    /// What has to have a value.
    pub expr: String,
    /// For how long.
    #[serde(rename = "for")]
    pub lasting: &'static str,
    /// Labels of the alert.
    pub labels: BTreeMap<&'static str, &'static str>,
    /// What it says.
    pub annotations: BTreeMap<&'static str, String>,
}
