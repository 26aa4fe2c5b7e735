//! What members have in common: the names that are taken, how many a drain leaves running, the first database.

use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;

/// Endings of object names, and values of the component label, that pgherd uses itself.
pub(crate) const TAKEN: [&str; 14] = [
    "server",
    "members",
    "external",
    "pgpool",
    "config",
    "cluster",
    "scripts",
    "init",
    "credentials",
    "tls",
    "authority",
    "sync",
    "metrics",
    "dashboard",
];
/// Databases from which others are copied: what is written there would be in each of them.
const TEMPLATES: [&str; 2] = ["template0", "template1"];

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let mut findings = Vec::from_iter(drain(draft));
    findings.extend(first_database(draft));
    findings.extend(encoding(draft));
    findings
}

fn drain(draft: &Draft) -> Option<Finding> {
    let standbys = draft.spec.members - 1;
    let kept = draft
        .spec
        .disruption
        .min_standbys
        .filter(|_| draft.knows(&[&["members"], &["disruption"]]))?;
    (kept >= standbys).then(|| Finding {
        allowed: Some(format!(
            "0 to {}, as {} members are 1 primary and {standbys} standbys",
            standbys - 1,
            standbys + 1
        )),
        hint: Some(
            "a drain waits until one standby more than this is running: it could never go on"
                .into(),
        ),
        ..Finding::value(
            path(&["disruption", "minStandbys"]),
            "leaves no standby that may be stopped:",
        )
    })
}

fn first_database(draft: &Draft) -> Vec<Finding> {
    let postgres = &draft.spec.postgres;
    let mut findings = Vec::new();
    if TEMPLATES.contains(&postgres.database.as_str()) {
        findings.push(Finding {
            hint: Some("other databases are copied from it; name one of your own".into()),
            ..Finding::value(
                path(&["postgres", "database"]),
                "not a database for an application:",
            )
        });
    }
    let owner = postgres.owner.as_str();
    if owner.starts_with("pg_")
        || owner == crate::names::SUPERUSER
        || owner == crate::names::REPLICATOR
    {
        findings.push(Finding {
            hint: Some("postgres, replicator and names that begin with pg_ belong to the server and to pgherd".into()),
            ..Finding::value(path(&["postgres", "owner"]), "not a name for the owner:")
        });
    }
    findings
}

/// initdb refuses an encoding that the locale contradicts.
fn encoding(draft: &Draft) -> Option<Finding> {
    let initdb = &draft.spec.postgres.initdb;
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let of_locale = plain(initdb.locale.split_once('.')?.1.split('@').next()?);
    let known = draft.knows(&[
        &["postgres", "initdb", "encoding"],
        &["postgres", "initdb", "locale"],
    ]);
    (known && of_locale == "utf8" && plain(&initdb.encoding) != "utf8").then(|| Finding {
        allowed: Some("UTF8".into()),
        hint: Some(format!(
            "the locale {} works with UTF8 alone; C works with every encoding",
            initdb.locale
        )),
        ..Finding::value(
            path(&["postgres", "initdb", "encoding"]),
            "contradicts the locale:",
        )
    })
}
