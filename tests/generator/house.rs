//! Which room of `src/` knows what: each rule with the few places that it does not hold for, and why.

use std::fs;
use std::path::Path;

/// Rooms and files that name kube's types.
const KUBE: [(&str, &str); 18] = [
    ("runtime/kubernetes/", "a runtime: members as pods"),
    ("apply/", "brings objects into Kubernetes"),
    ("kind.rs", "reads the kubeconfig of a kind cluster"),
    ("fault/site.rs", "hands the API out where there is one"),
    ("fault/objects.rs", "deletes objects, and makes some"),
    ("fault/other_scripts.rs", "changes an object by hand"),
    ("fault/taken_over.rs", "sends objects as kubectl does"),
    ("e2e/namespace.rs", "makes namespaces"),
    (
        "e2e/found.rs",
        "lists what is in a namespace, whatever it is called",
    ),
    ("e2e/dump.rs", "keeps pods, events and logs of a namespace"),
    ("e2e/secrets.rs", "asks nodes for their addresses"),
    ("e2e/upgrade/held.rs", "compares objects by uid"),
    (
        "e2e/checks/additions.rs",
        "looks at containers that a spec adds to pods",
    ),
    ("e2e/checks/again.rs", "compares objects by version"),
    ("e2e/checks/bootstrap.rs", "looks at Jobs"),
    ("e2e/checks/hardening.rs", "is about Pod Security"),
    (
        "e2e/checks/leaks.rs",
        "searches what the API shows for secrets",
    ),
    (
        "e2e/checks/outside.rs",
        "is about node ports and load balancers",
    ),
];

/// Rooms that know how clusters are judged.
const JUDGES: [(&str, &str); 2] = [
    ("e2e/", "makes the checks and keeps their rows"),
    ("cli/", "has the command"),
];

/// Rooms that know which topologies there are, and what is one's alone.
const TOPOLOGIES: [(&str, &str); 3] = [
    ("topology/", "has a folder for each"),
    ("leader/", "moves the lead in each one's way"),
    (
        "names.rs",
        "has the words that scripts and commands agree on",
    ),
];

/// What names a topology, a set of members or a field that is one topology's.
const OF_A_TOPOLOGY: [&str; 9] = [
    "Topology::",
    "streaming::",
    "spec.topology",
    ".roles",
    "spec.primary",
    "bootstrap ==",
    "Bootstrap::",
    "PRIMARY_FACT",
    "_SET\"",
];

/// Rooms that have secrets in hand.
const SECRETS: [(&str, &str); 8] = [
    ("topology/", "puts them into objects"),
    (
        "cli/",
        "makes the first ones and reads the credentials file",
    ),
    ("rollout/", "applies them with the rest"),
    ("rotate/", "replaces them"),
    ("status/", "reads the certificate that a member shows"),
    ("fault/", "installs what it breaks, and rotates"),
    ("e2e/", "makes some for every cluster of a run"),
    ("seeds/", "makes some for every cluster that it forms"),
];

#[test]
fn what_a_cluster_is_and_how_it_is_laid_out_has_no_secret() {
    let name = |text: &str| text.contains("use crate::secrets::");
    holds("takes what Secrets hold", &SECRETS, name);
}

#[test]
fn only_topologies_and_what_moves_the_lead_know_a_topology() {
    let names = |text: &str| OF_A_TOPOLOGY.iter().any(|name| text.contains(name));
    holds("names a topology", &TOPOLOGIES, names);
}

#[test]
fn only_what_is_kubernetes_own_names_the_types_of_kube() {
    let name = |text: &str| text.contains("kube::") || text.contains("Api<");
    holds("names kube's types", &KUBE, name);
}

#[test]
fn what_breaks_and_observes_does_not_know_who_judges() {
    holds("names e2e", &JUDGES, |text| text.contains("e2e::"));
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
        // Tests may name what they are about.
        is_true(text.split("#[cfg(test)]").next().unwrap_or_default())
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
