//! Rules across the clusters of one stream: what two of them cannot share.

use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;
use crate::spec::problem::Problem;

/// Every mistake between two specs, at the later of the two.
pub(super) fn problems(drafts: &[Draft]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (position, draft) in drafts.iter().enumerate() {
        let earlier = &drafts[..position];
        let found = same_name(draft, earlier)
            .into_iter()
            .chain(same_port(draft, earlier));
        problems.extend(found.map(|finding| finding.locate(&draft.document)));
    }
    problems
}

fn same_name(draft: &Draft, earlier: &[Draft]) -> Option<Finding> {
    let known = |draft: &Draft| draft.knows(&[&["name"], &["namespace"]]);
    let same = |before: &&Draft| {
        known(before)
            && before.spec.name == draft.spec.name
            && before.spec.namespace == draft.spec.namespace
    };
    let before = earlier.iter().find(same).filter(|_| known(draft))?;
    Some(Finding {
        hint: Some(format!(
            "the first is in line {}; give one of them another name or namespace",
            line(before, "name")
        )),
        ..Finding::value(
            path(&["name"]),
            "two clusters of the same name in one namespace:",
        )
    })
}

/// A node port belongs to the whole Kubernetes cluster, whatever the namespace.
fn same_port(draft: &Draft, earlier: &[Draft]) -> Option<Finding> {
    let port = draft.spec.expose.node_port?;
    let before = earlier
        .iter()
        .find(|before| before.spec.expose.node_port == Some(port))?;
    let place = before
        .document
        .value_place(&path(&["expose", "nodePort"]))
        .line;
    Some(Finding {
        hint: Some(format!(
            "{} has it in line {place}; a node port can be used once in a Kubernetes cluster",
            before.spec.name
        )),
        ..Finding::value(path(&["expose", "nodePort"]), "node port is used twice:")
    })
}

fn line(draft: &Draft, field: &str) -> usize {
    draft.document.value_place(&path(&[field])).line
}
