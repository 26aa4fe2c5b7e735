//! Amounts as Kubernetes writes them: what a container asks for must not exceed what it may use.

use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::{Path, path};
use crate::spec::{PoolerKind, Resources};

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let mut findings = resources(draft, &path(&["resources"]), &draft.spec.resources);
    if draft.spec.pooler.kind != PoolerKind::None {
        findings.extend(resources(
            draft,
            &path(&["pooler", "resources"]),
            &draft.spec.pooler.resources,
        ));
    }
    if draft.spec.metrics.enabled {
        findings.extend(resources(
            draft,
            &path(&["metrics", "resources"]),
            &draft.spec.metrics.resources,
        ));
    }
    findings
}

fn resources(draft: &Draft, section: &Path, resources: &Resources) -> Vec<Finding> {
    let Resources { requests, limits } = resources;
    let rules = [
        (
            "cpu",
            &requests.cpu,
            &limits.cpu,
            processors as fn(&str) -> Option<f64>,
        ),
        ("memory", &requests.memory, &limits.memory, memory),
    ];
    let mut findings = Vec::new();
    for (field, request, limit, amount) in rules {
        let (Some(request), Some(limit)) = (request, limit) else {
            continue;
        };
        let (asked, most) = (
            section.key("requests").key(field),
            section.key("limits").key(field),
        );
        let known = !draft
            .broken
            .iter()
            .any(|broken| broken.touches(&asked) || broken.touches(&most));
        if known && amount(request) > amount(limit) {
            // Whichever of the two is written; the other is a default.
            let written = if draft.document.find(&asked).is_some() {
                asked
            } else {
                most
            };
            findings.push(Finding {
                hint: Some(format!("requests.{field} is {request}, limits.{field} is {limit}; Kubernetes refuses such pods")),
                ..Finding::value(written, "the request is above the limit:")
            });
        }
    }
    findings
}

/// Bytes of `512Mi` and the like.
pub(super) fn memory(amount: &str) -> Option<f64> {
    let end = amount.find(|c: char| !c.is_ascii_digit())?;
    let factor = match &amount[end..] {
        "Ki" => 1024_f64,
        "Mi" => 1024_f64.powi(2),
        "Gi" => 1024_f64.powi(3),
        "Ti" => 1024_f64.powi(4),
        _ => return None,
    };
    amount[..end]
        .parse::<f64>()
        .ok()
        .map(|number| number * factor)
}

/// Processors of `500m`, `0.5` and the like.
fn processors(amount: &str) -> Option<f64> {
    match amount.strip_suffix('m') {
        Some(thousandths) => thousandths
            .parse::<f64>()
            .ok()
            .map(|number| number / 1000.0),
        None => amount.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{memory, processors};

    #[test]
    fn amounts_are_compared_in_one_unit() {
        assert_eq!(memory("1Gi"), memory("1024Mi"));
        assert_eq!(memory("1G"), None);
        assert_eq!(processors("500m"), processors("0.5"));
    }
}
