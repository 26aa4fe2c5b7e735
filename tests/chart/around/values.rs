//! values.yaml and values.schema.json, as helm takes them.

use std::fs;

use serde_json::{Map, Value, json};

use super::{Chart, helm, root, texts};

const POD: &str = "templates/tests/test-replication.yaml";

#[test]
fn values_and_specs_are_taken() {
    let chart = Chart::new();
    let values = fs::read_to_string(chart.path().join("values.yaml")).expect("values.yaml");
    let mut given = vec![values, String::new(), pgherd::spec::template()];
    for case in ["minimal", "classic", "longest-names"] {
        let spec = root().join("golden").join(case).join("spec.yaml");
        given.push(fs::read_to_string(spec).expect("a golden spec"));
    }
    for values in given {
        if let Err(message) = chart.template(POD, &values) {
            panic!("{message}\n{values}");
        }
    }
}

#[test]
fn a_file_of_sql_is_refused_by_name() {
    let message = Chart::new()
        .template(POD, "postgres: {initSql: [{file: first.sql}]}")
        .unwrap_err();
    assert!(message.contains("/postgres/initSql/0"), "{message}");
    assert!(message.contains("'file' not allowed"), "{message}");
}

#[test]
fn a_null_for_a_key_that_has_a_default_is_refused() {
    let chart = Chart::new();
    for (values, key) in [
        ("members: null", "members"),
        ("storage: {size: null}", "size"),
        ("pooler: null", "pooler"),
        ("labels: null", "labels"),
    ] {
        let message = chart.template(POD, values).unwrap_err();
        assert!(
            message.contains(&format!("missing property '{key}'")),
            "{message}"
        );
    }
}

/// Helm compiles patterns with Go's regular expressions, pgherd with Rust's: both have to know each of them.
#[test]
fn every_pattern_refuses_in_helm_what_it_refuses_here() {
    fn wrong(section: &Value, path: &str, paths: &mut Vec<String>) -> Value {
        let mut values = Map::new();
        for (name, field) in section["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}/{name}");
            if field["properties"].is_object() {
                values.insert(name.clone(), wrong(field, &path, paths));
            } else if field["pattern"].is_string() {
                assert!(!jsonschema::is_valid(field, &json!("a b!\n")), "{path}");
                values.insert(name.clone(), "a b!\n".into());
                paths.push(path);
            }
        }
        values.into()
    }
    let mut paths = Vec::new();
    let values = wrong(&pgherd::chart::schema(), "", &mut paths);
    assert!(paths.len() > 15, "{paths:?}");
    let message = Chart::new().template(POD, &values.to_string()).unwrap_err();
    for path in paths {
        assert!(
            message.contains(&format!("at '{path}'")),
            "{path} is not in\n{message}"
        );
    }
}

#[test]
fn it_is_a_chart_below_another() {
    let chart = Chart::new();
    let parent = chart.beside("parent", "");
    fs::remove_file(&parent).expect("a name");
    fs::create_dir_all(parent.join("charts")).expect("a folder");
    fs::rename(chart.path(), parent.join("charts/pgherd")).expect("moved");
    fs::write(
        parent.join("Chart.yaml"),
        "{apiVersion: v2, name: parent, version: 0.1.0}",
    )
    .expect("Chart.yaml");
    let out = helm()
        .args(["template", "shop", "--kube-version", "1.34.0"])
        .args(["--set", "global.anything=1,pgherd.name=violet"])
        .arg(&parent)
        .output()
        .expect("helm runs");
    let objects = texts(&out).unwrap();
    assert!(
        objects.contains("name: violet-test-replication"),
        "{objects}"
    );
}
