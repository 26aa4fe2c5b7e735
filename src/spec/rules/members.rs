//! Who the members are: their roles' names, which of them leads, how many a drain leaves running, the first database.

use crate::spec::finding::Finding;
use crate::spec::path::path;
use crate::spec::read::Draft;

/// Endings of object names, and values of the component label, that pgherd uses itself.
pub(in crate::spec) const TAKEN: [&str; 14] = [
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
/// Why those names are refused.
const TAKEN_BY: &str = "pgherd's own objects are called";
/// Why the roles' names differ.
pub(in crate::spec) const ROLES_DIFFER: &str =
    "each role has a StatefulSet and a Service of its own";
/// Which member leads where the spec names none.
pub(in crate::spec) const PRIMARY_IS_A_MEMBER: &str =
    "leave it out, and the first member leads; `pgherd switchover` moves it";
/// Databases from which others are copied: what is written there would be in each of them.
const TEMPLATES: [&str; 2] = ["template0", "template1"];

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let mut findings = roles(draft);
    findings.extend(primary(draft));
    findings.extend(drain(draft));
    findings.extend(first_database(draft));
    findings.extend(encoding(draft));
    findings
}

/// `roles` belongs to streaming, today's only topology; one that elects its primary has to refuse it here.
fn roles(draft: &Draft) -> Vec<Finding> {
    let roles = &draft.spec.roles;
    let mut findings = Vec::new();
    for (field, name) in [("primary", &roles.primary), ("standby", &roles.standby)] {
        if draft.knows(&[&["roles", field]]) && TAKEN.contains(&name.as_str()) {
            findings.push(Finding {
                hint: Some(format!("{TAKEN_BY} {}", TAKEN.join(", "))),
                ..Finding::value(
                    path(&["roles", field]),
                    "name is taken by an object of pgherd:",
                )
            });
        }
    }
    if draft.knows(&[&["roles", "primary"], &["roles", "standby"]])
        && roles.primary == roles.standby
    {
        findings.push(Finding {
            hint: Some(ROLES_DIFFER.into()),
            ..Finding::value(path(&["roles", "standby"]), "both roles have the same name")
        });
    }
    findings
}

fn primary(draft: &Draft) -> Option<Finding> {
    let spec = &draft.spec;
    let written = spec
        .primary
        .as_ref()
        .filter(|_| draft.knows(&[&["name"], &["roles"], &["members"], &["primary"]]))?;
    let standbys = (0..spec.members - 1)
        .map(|ordinal| format!("{}-{}-{ordinal}", spec.name, spec.roles.standby));
    let first = format!("{}-{}-0", spec.name, spec.roles.primary);
    let members: Vec<String> = std::iter::once(first).chain(standbys).collect();
    (!members.contains(written)).then(|| Finding {
        allowed: Some(members.join(", ")),
        hint: Some(PRIMARY_IS_A_MEMBER.into()),
        ..Finding::value(path(&["primary"]), "not a member of this cluster:")
    })
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

#[cfg(test)]
mod tests {
    use super::TAKEN;
    use crate::spec::schema;

    /// Longest name, longest role, most members: what is made from them fits into Kubernetes' limits.
    #[test]
    fn longest_names_fit() {
        let schema = schema();
        let length = |field: &str| {
            usize::try_from(
                schema
                    .pointer(field)
                    .and_then(serde_json::Value::as_u64)
                    .unwrap(),
            )
            .unwrap()
        };
        let name = "n".repeat(length("/properties/name/maxLength"));
        let role = "r".repeat(length("/properties/roles/properties/standby/maxLength"));
        let stateful_set = format!("{name}-{role}");
        assert!(
            stateful_set.len() <= 52,
            "with the revision's hash it is a label of 63 characters"
        );
        assert!(
            format!("{stateful_set}-11").len() <= 63,
            "a pod's name is a label and a host name"
        );
        assert!(
            format!("{name}-sync-11-01234567").len() <= 63,
            "a Job's name is a label of its pods"
        );
        for part in TAKEN {
            assert!(
                format!("{name}-{part}").len() <= 63,
                "Service and Deployment names are DNS labels"
            );
        }
    }
}
