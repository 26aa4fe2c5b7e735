//! `metrics`: what the exporters need of other sections, and what would show nothing without them.
//!
//! Fields other than the switches are accepted where metrics are off, so that they can be switched off and on in one line.

use crate::names::METRICS_ROLE;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;

const SECTION: &str = "metrics";

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let mut findings = without_metrics(draft);
    if draft.knows(&[&[SECTION, "enabled"]]) && draft.spec.metrics.enabled {
        findings.extend(image(draft));
        findings.extend(owner(draft));
        findings.extend(shut_out(draft));
    }
    findings
}

/// Alerts that never come look like a cluster that is well.
fn without_metrics(draft: &Draft) -> Vec<Finding> {
    let metrics = &draft.spec.metrics;
    let parts = [
        ("podMonitor", metrics.pod_monitor.enabled),
        ("rules", metrics.rules.enabled),
        ("dashboard", metrics.dashboard.enabled),
    ];
    let lonely = parts.into_iter().filter(|(part, enabled)| {
        *enabled && !metrics.enabled && draft.knows(&[&[SECTION, "enabled"], &[SECTION, part]])
    });
    lonely
        .map(|(part, _)| Finding {
            hint: Some("set metrics.enabled to true, or this to false".into()),
            ..Finding::value(
                path(&[SECTION, part, "enabled"]),
                "there are no metrics to look at:",
            )
        })
        .collect()
}

fn image(draft: &Draft) -> Option<Finding> {
    let at = &[SECTION, "image"][..];
    let missing = draft.knows(&[at]) && draft.spec.metrics.image.is_none();
    missing.then(|| Finding {
        hint: Some("that of prometheus-community's postgres_exporter has it, and so has the one that image/README.md says how to build".into()),
        ..Finding::key(path(at), "missing field \"image\": the exporters need it")
    })
}

fn owner(draft: &Draft) -> Option<Finding> {
    let at = &["postgres", "owner"][..];
    let taken = draft.knows(&[at]) && draft.spec.postgres.owner == METRICS_ROLE;
    taken.then(|| Finding {
        hint: Some(
            "the exporters log in as a role of this name, which reads statistics alone".into(),
        ),
        ..Finding::value(
            path(at),
            "not a name for the owner where there are metrics:",
        )
    })
}

/// Whoever names rules of their own is given the benefit of the doubt.
fn shut_out(draft: &Draft) -> Option<Finding> {
    let policy = &draft.spec.network_policy;
    let known = draft.knows(&[&["networkPolicy"], &[SECTION, "podMonitor"]]);
    let is_shut = policy.enabled && policy.metrics.is_empty() && policy.members.ingress.is_empty();
    (known && is_shut && draft.spec.metrics.pod_monitor.enabled).then(|| Finding {
        hint: Some("name its pods in networkPolicy.metrics: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]".into()),
        ..Finding::value(
            path(&[SECTION, "podMonitor", "enabled"]),
            "Prometheus is led to pods that networkPolicy shuts it out of:",
        )
    })
}
