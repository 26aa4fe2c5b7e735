//! `postgres.parameters`: names that pgherd owns, and values that would break replication or keep the server down.

use std::collections::BTreeMap;

use super::owned;
use super::values::{switch, whole};
use crate::spec::Parameter;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::number::LARGEST_WHOLE;
use crate::spec::path::{Path, path};
use crate::spec::scalar::is_no_line;

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let parameters = &draft.spec.postgres.parameters;
    let mut findings: Vec<Finding> = parameters
        .iter()
        .filter_map(|(name, value)| line(name, value, parameters))
        .collect();
    findings.extend(switches(parameters));
    findings.extend(words(parameters));
    findings.extend(counts(draft));
    findings.extend(hints_for_rewind(draft));
    findings
}

fn at(name: &str) -> Path {
    path(&["postgres", "parameters", name])
}

/// A value that is refused: what it has to be, and what would go wrong. An empty text says nothing.
pub(super) fn refused(name: &str, what: &str, allowed: &str, hint: &str) -> Finding {
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
    if is_no_line(&value.text()) {
        let what = "a value has to be one line, without control characters";
        return Some(Finding::value(at(name), what));
    }
    is_too_large(value).then(|| {
        refused(
            name,
            "more digits than a number keeps:",
            &format!("-{LARGEST_WHOLE} to {LARGEST_WHOLE}"),
            "Helm reads this file too, and its numbers are 64-bit floats: it would write another number",
        )
    })
}

/// A whole number of which a float has other digits. One that no 64-bit integer holds has been read as a text.
fn is_too_large(value: &Parameter) -> bool {
    match value {
        Parameter::Whole(number) => !(-LARGEST_WHOLE..=LARGEST_WHOLE).contains(number),
        Parameter::Text(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            digits.chars().all(|c| c.is_ascii_digit())
                && digits.len() > 18
                && text.parse::<i64>().is_err()
        }
        Parameter::Switch(_) | Parameter::Fraction(_) => false,
    }
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

/// Switches, the value that keeps data safe, and why.
pub(super) const SWITCHES: [(&str, bool, &str); 4] = [
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

/// Parameters with words, those that work here, and why no other does.
pub(super) const WORDS: [(&str, &[&str], &str); 2] = [
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

/// Switches of which only one position is safe.
fn switches(parameters: &BTreeMap<String, Parameter>) -> Vec<Finding> {
    let broken = |(name, safe, reason): &(&str, bool, &str)| {
        let unsafe_value = parameters
            .get(*name)
            .and_then(switch)
            .is_some_and(|on| on != *safe);
        unsafe_value.then(|| refused(name, "not safe:", if *safe { "on" } else { "off" }, reason))
    };
    SWITCHES.iter().filter_map(broken).collect()
}

/// Parameters of which only some words work.
fn words(parameters: &BTreeMap<String, Parameter>) -> Vec<Finding> {
    let broken = |(name, good, reason): &(&str, &[&str], &str)| {
        let written = parameters.get(*name)?.text().to_lowercase();
        (!good.contains(&written.trim()))
            .then(|| refused(name, "breaks the cluster:", &good.join(", "), reason))
    };
    WORDS.iter().filter_map(broken).collect()
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
