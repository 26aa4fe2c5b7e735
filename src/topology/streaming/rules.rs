//! What a spec may say of the fields that are streaming's own: `roles` and `primary`.

use serde_json::{Value, json};

use super::layout::sets;
use crate::cluster::MemberSet;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;
use crate::spec::{Patroni, WhenStandbysAreGone};
use crate::validate::TAKEN;

/// Why those names are refused.
const TAKEN_BY: &str = "pgherd's own objects are called";
/// Why the roles' names differ.
const ROLES_DIFFER: &str = "each role has a StatefulSet and a Service of its own";
/// Why Patroni's section is refused.
const NO_PATRONI: &str = "with topology streaming no Patroni runs: `topology: patroni` is for that";
/// Which member leads where the spec names none.
const PRIMARY_IS_A_MEMBER: &str =
    "leave it out, and the first member leads; `pgherd switchover` moves it";

/// What `chart/refusals.yaml` reads.
pub(in crate::topology) fn refusal_tables() -> [(String, Value); 4] {
    [
        ("takenRoles".into(), json!(TAKEN)),
        ("rolesDiffer".into(), ROLES_DIFFER.into()),
        ("primaryIsAMember".into(), PRIMARY_IS_A_MEMBER.into()),
        ("noPatroni".into(), NO_PATRONI.into()),
    ]
}

/// Every mistake in them.
pub(in crate::topology) fn findings(draft: &Draft) -> Vec<Finding> {
    let mut findings = roles(draft);
    findings.extend(primary(draft));
    findings.extend(degrade(draft));
    findings.extend(of_patroni(draft));
    findings
}

fn degrade(draft: &Draft) -> Option<Finding> {
    let field = &["whenStandbysAreGone"];
    let degrades = draft.spec.when_standbys_are_gone == Some(WhenStandbysAreGone::Degrade);
    (degrades && draft.knows(&[field])).then(|| Finding {
        allowed: Some("block".into()),
        hint: Some("with topology streaming, nothing runs that could notice and degrade".into()),
        ..Finding::value(path(field), "not offered:")
    })
}

fn of_patroni(draft: &Draft) -> Option<Finding> {
    let is_given = draft.spec.patroni != Patroni::default();
    (is_given && draft.knows(&[&["patroni"]])).then(|| Finding {
        hint: Some(NO_PATRONI.into()),
        ..Finding::key(path(&["patroni"]), "not with topology streaming")
    })
}

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
    let members: Vec<String> = sets(spec).iter().flat_map(MemberSet::pods).collect();
    (!members.contains(written)).then(|| Finding {
        allowed: Some(members.join(", ")),
        hint: Some(PRIMARY_IS_A_MEMBER.into()),
        ..Finding::value(path(&["primary"]), "not a member of this cluster:")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::schema;

    /// Longest name, longest role, most members: what is made from them fits into Kubernetes' limits.
    #[test]
    fn longest_names_fit() {
        let schema = schema();
        let length = |field: &str| {
            usize::try_from(schema.pointer(field).and_then(Value::as_u64).unwrap()).unwrap()
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
