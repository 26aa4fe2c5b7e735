//! `postgres.parameters`: names that pgherd owns, and values that would break replication or keep the server down.

use std::collections::BTreeMap;

use super::values::{MEGABYTE, bytes, switch, text, whole};
use super::{amounts, owned};
use crate::spec::Parameter;
use crate::spec::finding::Finding;
use crate::spec::path::{Path, path};
use crate::spec::read::Draft;

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let parameters = &draft.spec.postgres.parameters;
    let mut findings: Vec<Finding> = parameters
        .iter()
        .filter_map(|(name, value)| line(name, value, parameters))
        .collect();
    findings.extend(switches(parameters));
    findings.extend(words(parameters));
    findings.extend(counts(draft));
    findings.extend(archive(parameters));
    findings.extend(sizes(draft));
    findings.extend(hints_for_rewind(draft));
    findings
}

fn at(name: &str) -> Path {
    path(&["postgres", "parameters", name])
}

/// What a value has to be, and what goes wrong otherwise.
fn refused(name: &str, what: &str, allowed: &str, hint: &str) -> Finding {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Finding {
        allowed: some(allowed),
        hint: some(hint),
        ..Finding::value(at(name), what)
    }
}

/// Judges a parameter as a line of postgresql.conf.
fn line(name: &str, value: &Parameter, all: &BTreeMap<String, Parameter>) -> Option<Finding> {
    let lower = name.to_lowercase();
    if lower != name && all.contains_key(&lower) {
        let hint = format!("the server takes {name} and {lower} for the same");
        return Some(Finding {
            hint: Some(hint),
            ..Finding::key(at(name), "parameter is written twice")
        });
    }
    if !is_name(name) {
        let hint = is_name(&lower).then(|| format!("write {lower}"));
        let allowed =
            Some("lower-case letters, digits and `_`, with a `.` after an extension's name".into());
        return Some(Finding {
            allowed,
            hint,
            ..Finding::key(at(name), "malformed parameter name")
        });
    }
    if let Some(reason) = owned::reason(name) {
        return Some(Finding {
            hint: Some(reason),
            ..Finding::key(at(name), "cannot be set in a spec")
        });
    }
    text(value)
        .contains(['\n', '\r', '\0'])
        .then(|| Finding::value(at(name), "a value has to be one line, without NUL"))
}

fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    name.split('.').count() <= 2 && name.split('.').all(part)
}

/// Switches of which only one position is safe.
fn switches(parameters: &BTreeMap<String, Parameter>) -> Vec<Finding> {
    let rules = [
        (
            "fsync",
            true,
            "a crash would leave a broken data directory, and standbys would copy it",
        ),
        (
            "full_page_writes",
            true,
            "a crash could leave torn pages, and pg_basebackup and pg_rewind need them",
        ),
        (
            "zero_damaged_pages",
            false,
            "it deletes the rows of a damaged page instead of reporting it",
        ),
        (
            "ignore_checksum_failure",
            false,
            "it hides damage, which standbys then copy",
        ),
    ];
    let broken = |(name, safe, reason): &(&str, bool, &str)| {
        let unsafe_value = parameters
            .get(*name)
            .and_then(switch)
            .is_some_and(|on| on != *safe);
        unsafe_value.then(|| refused(name, "not safe:", if *safe { "on" } else { "off" }, reason))
    };
    rules.iter().filter_map(broken).collect()
}

/// Parameters with few choices, of which some break something.
fn words(parameters: &BTreeMap<String, Parameter>) -> Vec<Finding> {
    let rules: [(&str, &[&str], &str); 2] = [
        (
            "wal_level",
            &["replica", "logical"],
            "standbys need at least replica",
        ),
        (
            "huge_pages",
            &["off"],
            "pods have no huge pages: the server would be killed when it touches one",
        ),
    ];
    let broken = |(name, good, reason): &(&str, &[&str], &str)| {
        let written = text(parameters.get(*name)?).to_lowercase();
        (!good.contains(&written.trim()))
            .then(|| refused(name, "breaks the cluster:", &good.join(", "), reason))
    };
    rules.iter().filter_map(broken).collect()
}

/// Numbers that have to suffice for the members.
fn counts(draft: &Draft) -> Vec<Finding> {
    let parameters = &draft.spec.postgres.parameters;
    let standbys = i64::from(draft.spec.members) - 1;
    let rules = [
        (
            "max_wal_senders",
            2 * standbys + 2,
            format!(
                "2 for each of {standbys} standbys, as a copy takes two connections, and 2 to spare"
            ),
        ),
        (
            "max_replication_slots",
            standbys,
            format!("one slot for each of {standbys} standbys"),
        ),
        (
            "max_connections",
            2 * standbys + 10,
            format!(
                "2 for each of {standbys} standbys, 3 that the server keeps for superusers, and a few for clients"
            ),
        ),
    ];
    let known = draft.knows(&[&["members"]]);
    let broken = |(name, least, reason): &(&str, i64, String)| {
        let value = parameters.get(*name)?;
        let allowed = format!("{least} or more");
        match whole(value) {
            None => Some(refused(
                name,
                "expected a whole number, found",
                &allowed,
                "",
            )),
            Some(number) if known && number < *least => {
                Some(refused(name, "too few for the members:", &allowed, reason))
            }
            Some(_) => None,
        }
    };
    rules.iter().filter_map(broken).collect()
}

fn archive(parameters: &BTreeMap<String, Parameter>) -> Vec<Finding> {
    let mode = parameters
        .get("archive_mode")
        .map(text)
        .unwrap_or_default()
        .to_lowercase();
    let archives =
        mode == "always" || parameters.get("archive_mode").and_then(switch) == Some(true);
    let set = |name: &str| {
        parameters
            .get(name)
            .is_some_and(|value| !text(value).is_empty())
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
    let volume = draft
        .knows(&[&["storage", "size"]])
        .then(|| amounts::memory(&draft.spec.storage.size))
        .flatten();
    let limit = draft
        .spec
        .resources
        .limits
        .memory
        .as_deref()
        .and_then(amounts::memory);
    let rules = [
        (
            "max_slot_wal_keep_size",
            MEGABYTE,
            volume,
            "storage.size",
            "a standby that stays away would fill the volume and stop the primary",
        ),
        (
            "wal_keep_size",
            MEGABYTE,
            volume,
            "storage.size",
            "WAL that is kept for standbys would fill the volume",
        ),
        (
            "max_wal_size",
            MEGABYTE,
            volume,
            "storage.size",
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
        let bound_text = if bound_name == "storage.size" {
            Some(draft.spec.storage.size.as_str())
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

/// A member that led before can be rewound only where pages carry checksums or hints are logged.
fn hints_for_rewind(draft: &Draft) -> Option<Finding> {
    let value = draft.spec.postgres.parameters.get("wal_log_hints")?;
    let off = switch(value) == Some(false) && !draft.spec.postgres.initdb.checksums;
    (off && draft.knows(&[&["postgres", "initdb", "checksums"]])).then(|| {
        refused(
            "wal_log_hints",
            "needed where there are no checksums:",
            "on",
            "an old primary could not be rewound, only copied again",
        )
    })
}
