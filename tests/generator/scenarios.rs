//! The specs of `e2e/`, looked at without a cluster: each is accepted, and together they leave out no field.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgherd::spec;
use pgherd::validate;
use serde_json::Value;

/// Fields that no cluster of one node can fulfil, so that no scenario sets them.
const NOT_HERE: [&str; 8] = [
    // The classes that every cluster has are reserved for kube-system.
    "scheduling.priorityClassName",
    // A cluster of kind has no cert-manager.
    "tls.issuerRef",
    "tls.issuerRef.name",
    "tls.issuerRef.kind",
    "tls.issuerRef.group",
    // Of another topology.
    "patroni",
    "patroni.image",
    "patroni.timing",
];

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e");
    let mut specs: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("e2e/ exists")
        .map(|entry| entry.expect("an entry of e2e/").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    specs.sort();
    specs
}

#[test]
fn each_is_accepted() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 4, "e2e/ has lost its scenarios");
    for path in scenarios {
        let text = std::fs::read_to_string(&path).expect("a scenario is readable");
        let name = path.display().to_string();
        let source = spec::Source {
            name: &name,
            text: &text,
            folder: path.parent(),
        };
        if let Err(errors) = validate::read(&source) {
            panic!("{errors}");
        }
    }
}

#[test]
fn every_option_sets_every_field() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/every-option.yaml");
    let text = std::fs::read_to_string(path).expect("the scenario is readable");
    let spec: Value = serde_yaml::from_str(&text).expect("the scenario is YAML");
    let schema = spec::schema();
    let schema: Value = serde_json::from_str(&schema.to_string()).expect("the schema is JSON");
    let (mut known, mut set) = (BTreeSet::new(), BTreeSet::new());
    known_fields(&schema, &schema, "", &mut known);
    set_fields(&spec, "", &mut set);
    let missing: Vec<&String> = known
        .iter()
        .filter(|field| !set.contains(*field) && !NOT_HERE.contains(&field.as_str()))
        .collect();
    assert!(known.len() > 40, "only {} fields were found", known.len());
    assert!(missing.is_empty(), "not set: {missing:?}");
}

/// The paths of every field that a schema names; those of a list's items without their position.
fn known_fields(root: &Value, part: &Value, path: &str, fields: &mut BTreeSet<String>) {
    let target = part.get("$ref").and_then(Value::as_str);
    if let Some(found) = target.and_then(|target| root.pointer(target.trim_start_matches('#'))) {
        known_fields(root, found, path, fields);
    }
    for choice in ["allOf", "anyOf", "oneOf"] {
        for one in part
            .get(choice)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            known_fields(root, one, path, fields);
        }
    }
    if let Some(items) = part.get("items") {
        known_fields(root, items, path, fields);
    }
    for (name, field) in part
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let path = below(path, name);
        known_fields(root, field, &path, fields);
        fields.insert(path);
    }
}

fn set_fields(value: &Value, path: &str, fields: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| set_fields(item, path, fields)),
        Value::Object(map) => {
            for (name, value) in map {
                let path = below(path, name);
                set_fields(value, &path, fields);
                fields.insert(path);
            }
        }
        _ => {}
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
