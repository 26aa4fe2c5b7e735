//! How Prometheus finds the exporters, what it watches, and the dashboard: objects for programs that pgherd does not bring.

use std::collections::BTreeMap;

use super::{ALERTS, Alert};
use crate::cluster::{Cluster, MemberSet};
use crate::k8s::monitoring::{
    API_VERSION, POD_MONITOR, PROMETHEUS_RULE, PodMetricsEndpoint, PodMonitor, PodMonitorSpec,
    PrometheusRule, Relabeling, Rule, RuleGroup, RuleGroups,
};
use crate::k8s::{self, corev1, metav1, network};
use crate::names;
use crate::spec::Metrics;

/// The dashboard, for every cluster that is scraped.
pub const DASHBOARD: &str = include_str!("files/dashboard.json");
/// The label by which Grafana's sidecar finds dashboards, as its chart has it.
const DASHBOARD_LABEL: (&str, &str) = ("grafana_dashboard", "1");
/// Where Prometheus finds the cluster's name: the label of pods that is part of every selector.
const CLUSTER_OF_POD: &str = "__meta_kubernetes_pod_label_app_kubernetes_io_instance";

/// Which pods Prometheus asks.
pub fn pod_monitor(cluster: &Cluster) -> Option<PodMonitor> {
    let monitor = &wanted(cluster, |metrics| metrics.pod_monitor.enabled)?.pod_monitor;
    Some(PodMonitor {
        api_version: API_VERSION,
        kind: POD_MONITOR.kind,
        metadata: labelled(cluster, cluster.metrics_name(), &monitor.labels),
        spec: PodMonitorSpec {
            selector: network::selector(cluster.member_selector()),
            pod_metrics_endpoints: vec![PodMetricsEndpoint {
                port: names::METRICS,
                interval: monitor.interval.clone(),
                relabelings: vec![Relabeling {
                    source_labels: vec![CLUSTER_OF_POD],
                    target_label: names::CLUSTER_SERIES_LABEL,
                }],
            }],
        },
    })
}

/// What Prometheus watches.
pub fn prometheus_rule(cluster: &Cluster, sets: &[MemberSet]) -> Option<PrometheusRule> {
    let rules = &wanted(cluster, |metrics| metrics.rules.enabled)?.rules;
    Some(PrometheusRule {
        api_version: API_VERSION,
        kind: PROMETHEUS_RULE.kind,
        metadata: labelled(cluster, cluster.metrics_name(), &rules.labels),
        spec: RuleGroups {
            groups: vec![RuleGroup {
                name: cluster.metrics_name(),
                rules: ALERTS
                    .iter()
                    .map(|alert| rule(cluster, sets, alert))
                    .collect(),
            }],
        },
    })
}

/// The ConfigMap with the dashboard.
pub fn dashboard(cluster: &Cluster) -> Option<corev1::ConfigMap> {
    let dashboard = &wanted(cluster, |metrics| metrics.dashboard.enabled)?.dashboard;
    let mut metadata = labelled(cluster, cluster.dashboard(), &dashboard.labels);
    let (label, value) = DASHBOARD_LABEL;
    let labels = metadata.labels.get_or_insert_default();
    labels.insert(label.into(), value.into());
    Some(corev1::ConfigMap {
        metadata,
        data: Some(BTreeMap::from([("pgherd.json".into(), DASHBOARD.into())])),
        ..Default::default()
    })
}

/// The section, where there are metrics and this part of it is wanted.
fn wanted(cluster: &Cluster, part: fn(&Metrics) -> bool) -> Option<&Metrics> {
    cluster.metrics().filter(|metrics| part(metrics))
}

fn labelled(
    cluster: &Cluster,
    name: String,
    labels: &BTreeMap<String, String>,
) -> metav1::ObjectMeta {
    let mut metadata = k8s::meta(cluster, name, names::SERVER);
    let all = metadata.labels.get_or_insert_default();
    all.extend(labels.clone());
    metadata
}

fn rule(cluster: &Cluster, sets: &[MemberSet], alert: &Alert) -> Rule {
    let one = format!("{}=\"{}\"", names::CLUSTER_SERIES_LABEL, cluster.name());
    let sets: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    let volumes = format!(
        "persistentvolumeclaim=~\"({}|{})-({})-[0-9]+\"",
        names::DATA_VOLUME,
        names::WAL_VOLUME,
        sets.join("|")
    );
    Rule {
        alert: alert.name,
        expr: alert
            .expr
            .replace("$one", &one)
            .replace("$volumes", &volumes),
        lasting: alert.lasting,
        labels: BTreeMap::from([("severity", alert.severity)]),
        annotations: BTreeMap::from([
            ("summary", alert.summary.into()),
            ("description", alert.advice.into()),
            ("runbook", format!("docs/operations.md#{}", alert.section)),
        ]),
    }
}
