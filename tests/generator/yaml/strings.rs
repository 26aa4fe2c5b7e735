//! Every string comes back unchanged, whoever reads it: serde-saphyr (YAML 1.2), `serde_yaml` (libyaml) and kubectl (1.1).

use std::io::Write;
use std::process::{Command, Stdio};

use pgherd::k8s::Manifest;
use pgherd::output::yaml;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::nasty::{NASTY, PIECES};
use super::samples::texts;

/// Strings in a batch, which is one document.
const BATCH: usize = 100;

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => vec(select(PIECES), 0..9).prop_map(|pieces| pieces.concat()),
        1 => vec(any::<char>(), 0..6).prop_map(String::from_iter),
    ]
}

fn value(manifest: &Manifest) -> Value {
    serde_json::to_value(&manifest.object).unwrap()
}

/// The document as both parsers read it.
fn readings(text: &str) -> [Value; 2] {
    [
        serde_saphyr::from_str(text)
            .unwrap_or_else(|error| panic!("serde-saphyr: {error}\n{text}")),
        serde_yaml::from_str(text).unwrap_or_else(|error| panic!("serde_yaml: {error}\n{text}")),
    ]
}

#[test]
fn each_nasty_string_survives_alone() {
    for text in NASTY {
        let manifest = texts(&[(*text).to_owned()]);
        let rendered = yaml::render(std::slice::from_ref(&manifest));
        for reading in readings(&rendered) {
            assert_eq!(reading, value(&manifest), "{text:?} in\n{rendered}");
        }
    }
}

#[test]
fn sixty_thousand_random_strings_survive() {
    let config = Config {
        cases: 600,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&vec(string(), BATCH), |strings| {
            let manifest = texts(&strings);
            for reading in readings(&yaml::render(std::slice::from_ref(&manifest))) {
                prop_assert_eq!(reading, value(&manifest));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_value_survives() {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        string().prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((string(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    });
    let config = Config {
        cases: 1000,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&tree, |value| {
            let text = yaml::document(&value);
            for reading in readings(&text) {
                prop_assert_eq!(&reading, &value, "{}", text);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_key_of_any_length_survives() {
    for length in [100, 1000, 1023, 1024, 1025, 5000] {
        let key = "k".repeat(length);
        let value = serde_json::json!({"before": 1, &key: {&key: [&key, {&key: "text\nof two lines\n"}]}, "after": []});
        for reading in readings(&yaml::document(&value)) {
            assert_eq!(reading, value, "{length}");
        }
    }
}

#[test]
fn kubectl_reads_every_string_as_written() {
    if super::kubectl_is_left_out() {
        return;
    }
    let mut runner = TestRunner::deterministic();
    let random = vec(string(), 4000).new_tree(&mut runner).unwrap().current();
    let nasty: Vec<String> = NASTY.iter().map(|text| (*text).into()).collect();
    let manifests: Vec<Manifest> = [nasty.as_slice(), &random]
        .concat()
        .chunks(1000)
        .map(texts)
        .collect();

    let output = kubectl_label(&yaml::render(&manifests));
    let read: Vec<Value> = serde_json::Deserializer::from_str(&output)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(read.len(), manifests.len());
    for (read, manifest) in read.iter().zip(&manifests) {
        let mut expected = value(manifest);
        expected["metadata"]["labels"]["x"] = "y".into();
        assert_eq!(read, &expected);
    }
}

/// The objects as kubectl reads them, each with the label x=y; asks no cluster.
fn kubectl_label(manifests: &str) -> String {
    let mut child = Command::new("kubectl")
        .args([
            "label",
            "--local",
            "--overwrite",
            "-f",
            "-",
            "-o",
            "json",
            "x=y",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect(super::NO_KUBECTL);
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(manifests.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "kubectl label refused the manifests"
        );
        String::from_utf8(output.stdout).unwrap()
    })
}
