//! Parameters about WAL and memory: what has to fit into the volume or the limit, and what an archive needs.

use std::collections::BTreeMap;

use super::amounts;
use super::parameters::refused;
use super::values::{MEGABYTE, bytes, switch};
use crate::spec::Parameter;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let mut findings = archive(&draft.spec.postgres.parameters);
    findings.extend(sizes(draft));
    findings
}

fn archive(parameters: &BTreeMap<String, Parameter>) -> Vec<Finding> {
    let mode = parameters
        .get("archive_mode")
        .map(Parameter::text)
        .unwrap_or_default()
        .to_lowercase();
    let archives =
        mode == "always" || parameters.get("archive_mode").and_then(switch) == Some(true);
    let set = |name: &str| {
        parameters
            .get(name)
            .is_some_and(|value| !value.text().is_empty())
    };
    let mut findings = Vec::new();
    if archives && !set("archive_command") && !set("archive_library") {
        findings.push(refused(
            "archive_mode",
            "archives without a command:",
            "",
            "WAL would pile up until the volume is full: set archive_command too",
        ));
    }
    for name in ["archive_command", "archive_library"] {
        if set(name) && !archives {
            findings.push(refused(
                name,
                "never used:",
                "",
                "the server archives only with archive_mode: on",
            ));
        }
    }
    if set("archive_command") && set("archive_library") {
        findings.push(refused(
            "archive_library",
            "contradicts archive_command:",
            "",
            "the server takes one of the two",
        ));
    }
    findings
}

/// Sizes that a volume or a memory limit bounds.
fn sizes(draft: &Draft) -> Vec<Finding> {
    let storage = &draft.spec.storage;
    let (volume_name, volume_text) = match &storage.wal_size {
        Some(size) => ("storage.walSize", size),
        None => ("storage.size", &storage.size),
    };
    let volume = draft
        .knows(&[&["storage", "size"], &["storage", "walSize"]])
        .then(|| amounts::memory(volume_text))
        .flatten();
    let limit = draft
        .spec
        .resources
        .limits
        .memory
        .as_deref()
        .filter(|_| draft.knows(&[&["resources", "limits", "memory"]]))
        .and_then(amounts::memory);
    let rules = [
        (
            "max_slot_wal_keep_size",
            MEGABYTE,
            volume,
            volume_name,
            "a standby that stays away would fill the volume and stop the primary",
        ),
        (
            "wal_keep_size",
            MEGABYTE,
            volume,
            volume_name,
            "WAL that is kept for standbys would fill the volume",
        ),
        (
            "max_wal_size",
            MEGABYTE,
            volume,
            volume_name,
            "WAL between two checkpoints would fill the volume",
        ),
        (
            "shared_buffers",
            8192.0,
            limit,
            "resources.limits.memory",
            "the server would be ended for want of memory",
        ),
    ];
    let mut findings = Vec::new();
    for (name, unit, bound, bound_name, reason) in rules {
        let Some(value) = draft.spec.postgres.parameters.get(name) else {
            continue;
        };
        let bound_text = if bound_name == volume_name {
            Some(volume_text.as_str())
        } else {
            draft.spec.resources.limits.memory.as_deref()
        };
        let Some(size) = bytes(value, unit) else {
            let unit = if unit > 8192.0 {
                "megabytes"
            } else {
                "blocks of 8kB"
            };
            findings.push(refused(
                name,
                "not a size:",
                &format!("a number of {unit}, or one with B, kB, MB, GB or TB"),
                "PostgreSQL writes 4GB where Kubernetes writes 4Gi",
            ));
            continue;
        };
        let below = format!("less than {bound_name}, {}", bound_text.unwrap_or_default());
        if bound.is_some_and(|bound| size >= bound) {
            findings.push(refused(name, "does not fit:", &below, reason));
        } else if name == "max_slot_wal_keep_size" && size <= 0.0 {
            let what = if size < 0.0 {
                "keeps WAL without a bound:"
            } else {
                "keeps no WAL for standbys:"
            };
            let hint = if size < 0.0 {
                reason
            } else {
                "a standby that falls behind would have to copy everything again"
            };
            findings.push(refused(
                name,
                what,
                &format!("more than 0 and {below}"),
                hint,
            ));
        }
    }
    findings
}
