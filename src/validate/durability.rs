//! What a commit waits for: that there are standbys enough to confirm it, and that no parameter takes it back.

use crate::spec::Durability;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;

/// Values of `synchronous_commit` with which a commit waits for a standby.
const WAITING: [&str; 3] = ["on", "remote_write", "remote_apply"];

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    if !draft.knows(&[&["durability"]]) {
        return Vec::new();
    }
    let mut findings: Vec<Finding> = gone(draft).into_iter().collect();
    findings.extend(too_few(draft));
    findings.extend(taken_back(draft));
    findings
}

fn gone(draft: &Draft) -> Option<Finding> {
    let spec = &draft.spec;
    let at = path(&["whenStandbysAreGone"]);
    if !draft.knows(&[&["whenStandbysAreGone"]]) {
        return None;
    }
    match (spec.durability, spec.when_standbys_are_gone) {
        (Durability::Sync | Durability::Quorum, None) => Some(Finding {
            allowed: Some("block".into()),
            hint: Some(
                "commits wait while no standby can confirm them: say that this is meant".into(),
            ),
            ..Finding::key(at, "missing field \"whenStandbysAreGone\"")
        }),
        _ => None,
    }
}

fn too_few(draft: &Draft) -> Option<Finding> {
    let standbys = draft.spec.members - 1;
    let few =
        draft.spec.durability == Durability::Quorum && draft.knows(&[&["members"]]) && standbys < 2;
    few.then(|| Finding {
        allowed: Some("async, sync; or 3 members at least".into()),
        hint: Some("the one standby would be waited for by each commit: that is sync".into()),
        ..Finding::value(path(&["durability"]), "too few standbys for it:")
    })
}

fn taken_back(draft: &Draft) -> Option<Finding> {
    let given = draft.spec.postgres.parameters.get("synchronous_commit")?;
    let word = given.text().trim().to_lowercase();
    let waits = draft.spec.durability == Durability::Async || WAITING.contains(&word.as_str());
    (!waits).then(|| Finding {
        allowed: Some(WAITING.join(", ")),
        hint: Some(
            "durability says that commits wait for a standby; this would take it back".into(),
        ),
        ..Finding::value(
            path(&["postgres", "parameters", "synchronous_commit"]),
            "contradicts durability:",
        )
    })
}
