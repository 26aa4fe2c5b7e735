//! The exporters of metrics: whether they were given a password. What they measure is not looked at.

use crate::status::facts::Facts;
use crate::status::finding::{Finding, Id, Severity};

/// A Secret that was made before there were metrics has no password for them, and nothing else shows it: an exporter
/// without one keeps running, so that its member stays in its Service.
pub(super) fn judge(facts: &Facts) -> Option<Finding> {
    let secret = facts.metrics_secret.as_ref()?;
    let without: Vec<&str> = facts
        .members
        .iter()
        .filter(|member| member.has_metrics_password == Some(false))
        .map(|member| member.name.as_str())
        .collect();
    (!without.is_empty()).then(|| Finding {
        id: Id::MetricsWithoutPassword,
        severity: Severity::Warning,
        subject: format!("Secret/{secret}"),
        wrong: "the Secret has no password for the exporters: there are no metrics, and no alerts".into(),
        seen: format!("no file 'metrics' in the credentials of {}", without.join(", ")),
        advice: "this adds it and makes the other passwords anew; docs/metrics.md says how to add it alone".into(),
        command: facts.commands.pgherd("rotate passwords"),
    })
}
