//! Labels, annotations, selectors and tolerations: Kubernetes' syntax, and what pgherd sets itself.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>

use std::collections::BTreeMap;

use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::{Path, path};
use crate::spec::{Spec, Toleration, TolerationOperator};

const LONGEST: usize = 63;
const LONGEST_PREFIX: usize = 253;
const FORM: &str =
    "up to 63 letters, digits and `-_.`, beginning and ending with a letter or digit";

/// Keys that pgherd or Kubernetes' controllers set on the objects; the last is the dashboard's own.
const OWNED: [&str; 10] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
    "app.kubernetes.io/managed-by",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-hash",
    "kubectl.kubernetes.io/last-applied-configuration",
    "grafana_dashboard",
];
/// Prefixes of such keys.
const OWNED_PREFIXES: [&str; 4] = [
    "apps.kubernetes.io",
    "batch.kubernetes.io",
    "statefulset.kubernetes.io",
    "deployment.kubernetes.io",
];

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let spec = &draft.spec;
    let labels = path(&["labels"]);
    let selector = path(&["scheduling", "nodeSelector"]);
    let mut findings = keys(&labels, &spec.labels);
    findings.extend(values(&labels, &spec.labels));
    findings.extend(taken(&labels, &spec.labels));
    for (at, own) in labels_of_objects(spec) {
        findings.extend(keys(&at, own));
        findings.extend(values(&at, own));
        findings.extend(taken(&at, own));
        findings.extend(set_twice(&at, own, &spec.labels, "labels"));
    }
    for (at, annotations) in annotations(&draft.spec) {
        findings.extend(keys(&at, annotations));
        findings.extend(taken(&at, annotations));
    }
    findings.extend(twice(&draft.spec));
    findings.extend(keys(&selector, &spec.scheduling.node_selector));
    findings.extend(values(&selector, &spec.scheduling.node_selector));
    for (index, toleration) in spec.scheduling.tolerations.iter().enumerate() {
        findings.extend(tolerated(
            toleration,
            &path(&["scheduling", "tolerations"]).index(index),
        ));
    }
    findings
}

/// Every map of annotations: those on all objects first.
fn annotations(spec: &Spec) -> [(Path, &BTreeMap<String, String>); 6] {
    let services = &spec.services;
    [
        (path(&["annotations"]), &spec.annotations),
        (path(&["podAnnotations"]), &spec.pod_annotations),
        (
            path(&["services", "primary", "annotations"]),
            &services.primary.annotations,
        ),
        (
            path(&["services", "standby", "annotations"]),
            &services.standby.annotations,
        ),
        (
            path(&["services", "pooler", "annotations"]),
            &services.pooler.annotations,
        ),
        (path(&["expose", "annotations"]), &spec.expose.annotations),
    ]
}

/// The maps of labels that are one object's alone.
fn labels_of_objects(spec: &Spec) -> [(Path, &BTreeMap<String, String>); 3] {
    let metrics = &spec.metrics;
    let at = |part| path(&["metrics", part, "labels"]);
    [
        (at("podMonitor"), &metrics.pod_monitor.labels),
        (at("rules"), &metrics.rules.labels),
        (at("dashboard"), &metrics.dashboard.labels),
    ]
}

/// A Service's annotations that every object has already.
fn twice(spec: &Spec) -> Vec<Finding> {
    let [(_, everywhere), _, services @ ..] = annotations(spec);
    services
        .into_iter()
        .flat_map(|(at, own)| set_twice(&at, own, everywhere, "annotations"))
        .collect()
}

/// What every object has already: which of the two values counts would be anyone's guess.
fn set_twice(
    at: &Path,
    own: &BTreeMap<String, String>,
    everywhere: &BTreeMap<String, String>,
    field: &str,
) -> Vec<Finding> {
    let both = own.keys().filter(|key| everywhere.contains_key(*key));
    both.map(|key| Finding {
        hint: Some(format!(
            "`{field}` sets it on every object: say it in one of the two"
        )),
        ..Finding::key(at.key(key), "set twice")
    })
    .collect()
}

fn keys(at: &Path, map: &BTreeMap<String, String>) -> Vec<Finding> {
    let malformed = map.keys().filter(|key| !is_key(key));
    malformed
        .map(|key| Finding {
            allowed: Some(format!("{FORM}; before it a domain and `/`, or nothing")),
            ..Finding::key(at.key(key), "malformed key")
        })
        .collect()
}

fn values(at: &Path, map: &BTreeMap<String, String>) -> Vec<Finding> {
    let malformed = map
        .iter()
        .filter(|(_, value)| !value.is_empty() && !is_word(value));
    malformed
        .map(|(key, _)| Finding {
            allowed: Some(FORM.into()),
            ..Finding::value(at.key(key), "malformed value:")
        })
        .collect()
}

fn taken(at: &Path, map: &BTreeMap<String, String>) -> Vec<Finding> {
    let hint = "pgherd's selectors, Kubernetes' controllers or Grafana rely on it";
    let ours = map.keys().filter(|key| is_owned(key));
    ours.map(|key| Finding {
        hint: Some(hint.into()),
        ..Finding::key(at.key(key), "cannot be set in a spec")
    })
    .collect()
}

fn is_owned(key: &str) -> bool {
    let prefix = key.split_once('/').map_or("", |(prefix, _)| prefix);
    OWNED.contains(&key)
        || OWNED_PREFIXES.contains(&prefix)
        || prefix == "pgherd"
        || prefix.starts_with("pgherd.")
}

fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => {
            prefix.len() <= LONGEST_PREFIX && prefix.split('.').all(is_domain_part) && is_word(name)
        }
        None => is_word(key),
    }
}

fn is_word(word: &str) -> bool {
    let ends = word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.ends_with(|c: char| c.is_ascii_alphanumeric());
    ends && word.len() <= LONGEST
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_domain_part(part: &str) -> bool {
    is_word(part)
        && part
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn tolerated(toleration: &Toleration, at: &Path) -> Vec<Finding> {
    let Toleration {
        key,
        operator,
        value,
        ..
    } = toleration;
    let mut findings = Vec::new();
    if *operator == TolerationOperator::Exists
        && value.as_deref().is_some_and(|value| !value.is_empty())
    {
        findings.push(Finding {
            hint: Some("Exists accepts every value: remove it, or use Equal".into()),
            ..Finding::value(at.key("value"), "a value that is never compared:")
        });
    }
    let key = key.as_deref().unwrap_or_default();
    if *operator == TolerationOperator::Equal && key.is_empty() {
        findings.push(Finding {
            hint: Some("name the taint's key, or accept every taint with operator: Exists".into()),
            ..Finding::value(at.clone(), "Equal without a key")
        });
    }
    if !key.is_empty() && !is_key(key) {
        findings.push(Finding {
            allowed: Some(FORM.into()),
            ..Finding::value(at.key("key"), "malformed key:")
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{is_key, is_word};

    #[test]
    fn keys_and_values_follow_kubernetes() {
        for key in ["team", "example.com/team", "a.b-c/X_y.z"] {
            assert!(is_key(key), "{key}");
        }
        for key in [
            "",
            "/team",
            "a/",
            "Example.com/team",
            "a/b/c",
            "-a",
            "a_",
            "team name",
            "a..b/c",
        ] {
            assert!(!is_key(key), "{key}");
        }
        assert!(is_word(&"x".repeat(63)) && !is_word(&"x".repeat(64)));
    }
}
