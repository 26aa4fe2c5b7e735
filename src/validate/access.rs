//! `postgres.hba`: rows that are malformed, and rows that no connection can ever reach.

use super::network::{Network, contains, parse};
use crate::names::{METRICS_ROLE, REPLICATOR};
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::{Path, path};
use crate::spec::scalar::is_no_line;
use crate::spec::{Connection, HbaRow, TlsMode};

/// Words with a meaning of their own in the database column.
const KEYWORDS: [&str; 4] = ["replication", "sameuser", "samerole", "samegroup"];

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let rows = &draft.spec.postgres.hba;
    let at = path(&["postgres", "hba"]);
    let mut findings = Vec::new();
    let off = draft.knows(&[&["tls"]]) && draft.spec.tls.mode == TlsMode::Off;
    for (index, row) in rows.iter().enumerate() {
        let at = at.index(index);
        let mut mistakes = row_alone(row, &at);
        if draft.knows(&[&["metrics", "enabled"]])
            && draft.spec.metrics.enabled
            && row.user == METRICS_ROLE
        {
            mistakes.push(never_by_network(&at));
        }
        if off && row.connection == Connection::Hostssl {
            mistakes.push(never_encrypted(&at));
        }
        if mistakes.is_empty() {
            findings.extend(unreachable(row, &rows[..index], &at));
        }
        findings.extend(mistakes);
    }
    findings
}

fn never_encrypted(at: &Path) -> Finding {
    Finding {
        allowed: Some("host, hostnossl".into()),
        hint: Some("tls.mode is off: no connection is ever encrypted".into()),
        ..Finding::value(at.key("type"), "a row that can never match:")
    }
}

fn never_by_network(at: &Path) -> Finding {
    Finding {
        hint: Some(
            "with metrics.enabled, this is the exporters' role, which comes over the socket alone"
                .into(),
        ),
        ..Finding::value(at.key("user"), "a row that can never match:")
    }
}

fn row_alone(row: &HbaRow, at: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    if KEYWORDS.contains(&row.database.as_str()) {
        findings.push(Finding {
            allowed: Some("a database's name, or all".into()),
            hint: Some(match row.database.as_str() {
                "replication" => "rows for replication are pgherd's own".into(),
                _ => "write a row for each database".to_string(),
            }),
            ..Finding::value(at.key("database"), "a word that is not offered:")
        });
    }
    if row.user == REPLICATOR {
        findings.push(Finding {
            hint: Some("the replication role is admitted for replication alone, before any row of the spec".into()),
            ..Finding::value(at.key("user"), "a row that can never match:")
        });
    }
    for (field, name) in [("database", &row.database), ("user", &row.user)] {
        if name.starts_with(['+', '/', '@']) || name.contains([',', '"']) || is_no_line(name) {
            findings.push(Finding {
                allowed: Some(format!("one {field}'s name, or all")),
                hint: Some(
                    "groups, patterns, files and lists are not offered: write a row for each name"
                        .into(),
                ),
                ..Finding::value(at.key(field), "not a plain name:")
            });
        }
    }
    if let Err(hint) = parse(&row.address.0) {
        findings.push(Finding {
            allowed: Some(
                "a network such as 10.0.0.0/8 or fd00::/8, or all, samenet, samehost".into(),
            ),
            hint,
            ..Finding::value(at.key("address"), "not an address:")
        });
    }
    findings
}

/// The server takes the first row that matches: one that an earlier row covers is never read.
fn unreachable(row: &HbaRow, earlier: &[HbaRow], at: &Path) -> Option<Finding> {
    let address = parse(&row.address.0).ok()?;
    let covering = earlier
        .iter()
        .position(|before| covers(before, row, address))?;
    let before = &earlier[covering];
    Some(Finding {
        hint: Some(format!(
            "postgres.hba[{covering}] (database {:?}, user {:?}, address {}) takes every such connection first: put this row before it, or remove it",
            before.database, before.user, before.address.0
        )),
        ..Finding::value(at.clone(), "a row that can never match")
    })
}

fn covers(before: &HbaRow, row: &HbaRow, address: Network) -> bool {
    (before.connection == Connection::Host || before.connection == row.connection)
        && (before.database == "all" || before.database == row.database)
        && (before.user == "all" || before.user == row.user)
        && parse(&before.address.0).is_ok_and(|network| contains(network, address))
}
