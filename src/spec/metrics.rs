//! The section of a spec about metrics.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::workload::{Quantities, Resources};

/// Metrics of each member for Prometheus, and what watches and shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Metrics {
    /// Whether each member's pod has an exporter beside the server, on port 9187. A change restarts the members.
    pub enabled: bool,
    /// Image with the exporter's program; needed where metrics are enabled. The one of prometheus-community's
    /// `postgres_exporter`, or the one that image/Dockerfile makes. A change restarts the members.
    #[schemars(regex(pattern = r"^[!-~]+$"))]
    #[schemars(extend("examples" = ["prometheuscommunity/postgres-exporter:v0.17.1"]))]
    pub image: Option<String>,
    /// What each exporter may use. A change restarts the members.
    pub resources: Resources,
    /// An object by which Prometheus Operator finds the exporters.
    pub pod_monitor: PodMonitoring,
    /// Alerts for Prometheus Operator, in an object of kind `PrometheusRule`.
    pub rules: Monitoring,
    /// A dashboard for Grafana, in a ConfigMap that its sidecar picks up. One shows every cluster that is scraped.
    pub dashboard: Monitoring,
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics {
            enabled: false,
            image: None,
            resources: Resources {
                requests: Quantities {
                    cpu: Some("10m".into()),
                    memory: Some("64Mi".into()),
                },
                limits: Quantities {
                    cpu: None,
                    memory: Some("64Mi".into()),
                },
            },
            pod_monitor: PodMonitoring::default(),
            rules: Monitoring::default(),
            dashboard: Monitoring::default(),
        }
    }
}

/// An object by which Prometheus Operator finds the exporters.
/// <https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitor>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PodMonitoring {
    /// Whether there is a PodMonitor, whose kind the Kubernetes cluster has to know. A change is taken without a restart.
    pub enabled: bool,
    /// Labels by which a Prometheus chooses it, besides those of every object.
    #[schemars(extend("examples" = [{"release": "prometheus"}]))]
    pub labels: BTreeMap<String, String>,
    /// Time between two looks at an exporter, such as `30s` or `1m`.
    #[schemars(regex(pattern = r"^[1-9][0-9]*(s|m)$"))]
    pub interval: String,
}

impl Default for PodMonitoring {
    fn default() -> Self {
        PodMonitoring {
            enabled: false,
            labels: BTreeMap::new(),
            interval: "30s".into(),
        }
    }
}

/// An object for another program, which finds it by labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Monitoring {
    /// Whether there is such an object. A change is taken without a restart.
    pub enabled: bool,
    /// Labels by which it is chosen, besides those of every object.
    #[schemars(extend("examples" = [{"release": "prometheus"}]))]
    pub labels: BTreeMap<String, String>,
}
