//! What a spec may say of the fields that are Patroni's own, and of those that are not.

use serde_json::{Value, json};

use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;
use crate::spec::{Bootstrap, Roles};

const NEEDS_IMAGE: &str = "the official postgres image has no Patroni in it; image/README.md says how to build one that has";
const ONE_IMAGE: &str = "the servers run on `patroni.image`, which has both";
const ELECTED: &str = "members elect who leads";
const COPIES: &str = "members copy the data by themselves";
const ROLES: &str = "there is one StatefulSet, and its members change roles";

/// What `chart/refusals.yaml` reads.
pub(in crate::topology) fn refusal_tables() -> [(String, Value); 1] {
    [(
        "patroni".into(),
        json!({
            "needsImage": NEEDS_IMAGE,
            "oneImage": ONE_IMAGE,
            "elected": ELECTED,
            "copies": COPIES,
            "roles": ROLES,
        }),
    )]
}

/// Every mistake in them.
pub(in crate::topology) fn findings(draft: &Draft) -> Vec<Finding> {
    let spec = &draft.spec;
    let mut findings = Vec::new();
    if draft.knows(&[&["patroni", "image"]]) && spec.patroni.image.is_none() {
        findings.push(Finding {
            hint: Some(NEEDS_IMAGE.into()),
            ..Finding::key(
                path(&["patroni", "image"]),
                "missing field \"image\": topology patroni needs it",
            )
        });
    }
    let others: [(&[&str], bool, &str); 4] = [
        (
            &["postgres", "image"],
            spec.postgres.image.is_some(),
            ONE_IMAGE,
        ),
        (&["primary"], spec.primary.is_some(), ELECTED),
        (&["bootstrap"], spec.bootstrap == Bootstrap::Job, COPIES),
        (&["roles"], spec.roles != Roles::default(), ROLES),
    ];
    for (field, is_given, hint) in others {
        if is_given && draft.knows(&[field]) {
            findings.push(Finding {
                hint: Some(hint.into()),
                ..Finding::key(path(field), "not with topology patroni")
            });
        }
    }
    findings
}
