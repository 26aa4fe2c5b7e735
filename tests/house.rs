//! Which room of `src/` knows what: each rule with the few places that it does not hold for, and why.

use std::fs;
use std::path::Path;

/// Rooms and files that name kube's types.
const KUBE: [(&str, &str); 5] = [
    ("runtime/kubernetes/", "a runtime: members as pods"),
    ("apply/", "brings objects into Kubernetes"),
    (
        "e2e/",
        "looks at pods, claims and events as a user of Kubernetes does; its faults and checks are still to go through a runtime",
    ),
    ("kind.rs", "reads the kubeconfig of a kind cluster"),
    ("rollout/steps.rs", "hands the client on to apply"),
];

#[test]
fn only_what_is_kubernetes_own_names_the_types_of_kube() {
    let name = |text: &str| text.contains("kube::") || text.contains("Api<");
    holds("names kube's types", &KUBE, name);
}

/// Fails with every source file of which something is true that is none of the exceptions, and every exception of which it
/// is not true any more.
#[track_caller]
fn holds(what: &str, exceptions: &[(&str, &str)], is_true: impl Fn(&str) -> bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    assert!(found.len() > 100, "the sources are not there");
    let named = found.iter().filter(|path| {
        let text = fs::read_to_string(path).expect("a source file");
        is_true(&text)
    });
    let named: Vec<String> = named
        .map(|path| {
            let path = Path::new(path).strip_prefix(&root).expect("a file of src/");
            path.display().to_string()
        })
        .collect();
    let is_excepted = |path: &&String| exceptions.iter().any(|(place, _)| path.starts_with(place));
    let others: Vec<&String> = named.iter().filter(|path| !is_excepted(path)).collect();
    assert!(others.is_empty(), "{others:#?} {what}");
    for (place, why) in exceptions {
        let is_needed = named.iter().any(|path| path.starts_with(place));
        assert!(
            is_needed,
            "nothing in {place} {what}, though it {why}: take it off the list"
        );
    }
}

/// Every source file below a folder.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path.to_str().expect("a path in UTF-8").to_owned());
        }
    }
}
