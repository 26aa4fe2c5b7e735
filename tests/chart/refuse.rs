//! What `gen` refuses by type, range, pattern or unknown key, the chart's schema refuses too.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use pgherd::spec::schema;
use serde_json::{Value, json};

use crate::documents;
use crate::equal;
use crate::helm;

/// A spec of golden/invalid with mistakes of shape.
struct Case {
    /// Its file's name.
    name: String,
    /// What helm reads in it.
    document: Value,
    /// The fields that `gen` refuses by their shape, as JSON pointers.
    refused: BTreeSet<String>,
}

/// The cases as helm reads them: some mistakes are none to it, as `on` is a truth value.
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/invalid");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let case = |path: &std::path::PathBuf| {
        let documents = documents::read(&fs::read_to_string(path).unwrap()).ok()?;
        let [document] = documents.as_slice() else {
            return None;
        };
        let refused: BTreeSet<String> = mistakes(&validator, document)
            .into_iter()
            .filter(|mistake| !mistake.is_missing)
            .map(|mistake| mistake.field)
            .collect();
        (document.is_object() && !refused.is_empty()).then(|| Case {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            document: document.clone(),
            refused,
        })
    };
    files.iter().filter_map(case).collect()
}

/// A field that a schema refuses.
struct Mistake {
    field: String,
    is_missing: bool,
}

fn mistakes(validator: &Validator, document: &Value) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for error in validator.iter_errors(document) {
        let at = error.instance_path().as_str().to_owned();
        let (names, is_missing) = match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => (unexpected.clone(), false),
            ValidationErrorKind::Required { property } => {
                (vec![property.as_str().unwrap().to_owned()], true)
            }
            _ => (Vec::new(), false),
        };
        let fields = names
            .iter()
            .map(|name| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")));
        let fields: Vec<String> = fields.collect();
        let fields = if fields.is_empty() { vec![at] } else { fields };
        mistakes.extend(
            fields
                .into_iter()
                .map(|field| Mistake { field, is_missing }),
        );
    }
    mistakes
}

/// What helm validates: values.yaml has every key of the spec, and a written null takes the key away before the schema
/// sees it. So a schema refuses a null only where it requires the key.
fn merged(written: &Value, spec: &Value) -> Value {
    let (Some(written), Some(fields)) = (written.as_object(), spec["properties"].as_object())
    else {
        return written.clone();
    };
    let mut merged = written.clone();
    for (name, field) in fields {
        match written.get(name) {
            Some(Value::Null) => _ = merged.shift_remove(name),
            Some(value) => _ = merged.insert(name.clone(), self::merged(value, field)),
            None => {
                if let Some(default) = field.get("default") {
                    merged.insert(name.clone(), default.clone());
                }
            }
        }
    }
    Value::Object(merged)
}

/// The fields of golden/invalid that `gen` refuses by their shape and a chart's schema takes, as `case: field`.
pub(crate) fn taken(chart_schema: &Value) -> Vec<String> {
    let (mut taken, spec) = (Vec::new(), schema());
    let validator = jsonschema::validator_for(chart_schema).unwrap();
    for case in cases() {
        let document = merged(&case.document, &spec);
        let found: Vec<String> = mistakes(&validator, &document)
            .into_iter()
            .map(|mistake| mistake.field)
            .collect();
        let is_found = |field: &str| {
            found
                .iter()
                .any(|found| field == found || field.starts_with(&format!("{found}/")))
        };
        let missed = case.refused.iter().filter(|field| !is_found(field));
        taken.extend(missed.map(|field| format!("{}: {field}", case.name)));
    }
    taken
}

#[test]
fn the_charts_schema_refuses_what_gen_refuses_by_shape() {
    let text = fs::read_to_string(equal::chart().join("values.schema.json")).unwrap();
    let taken = taken(&serde_json::from_str(&text).unwrap());
    assert!(
        taken.is_empty(),
        "the chart's schema takes what gen refuses: {taken:#?}"
    );
}

#[test]
fn helm_refuses_what_gen_refuses_by_shape() {
    if helm::is_left_out() {
        return;
    }
    let chart = equal::chart();
    let invalid = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/invalid");
    for case in cases() {
        let rendered = helm::template(&chart, &invalid.join(&case.name), "release", "default");
        assert!(rendered.is_err(), "helm renders {}", case.name);
    }
}

/// The schema of a spec, with every key required that cannot be null, as a chart's has to be.
fn strict(mut section: Value) -> Value {
    if let Some(fields) = section.get_mut("properties").and_then(Value::as_object_mut) {
        let names: Vec<String> = fields
            .iter()
            .filter(|(_, field)| field.get("default").is_some())
            .map(|(name, _)| name.clone())
            .collect();
        fields
            .values_mut()
            .for_each(|field| *field = strict(field.take()));
        let nullable: Vec<&String> = names
            .iter()
            .filter(|name| !crate::generate::is_nullable(&fields[*name]))
            .collect();
        let nullable = json!(nullable);
        section["required"] = nullable;
    }
    section
}

#[test]
fn a_schema_that_takes_too_much_is_found_out() {
    let cases = cases();
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    for name in [
        "choices",
        "malformed-names",
        "null-where-a-value-is-needed",
        "ranges",
        "unknown-field",
        "wrong-type",
    ] {
        assert!(
            names.contains(&format!("{name}.yaml").as_str()),
            "{name} in {names:?}"
        );
    }
    let strict = strict(schema());
    assert_eq!(taken(&strict), [] as [String; 0]);
    assert!(
        taken(&schema())
            .iter()
            .all(|field| field.starts_with("null-") || field.contains("wrong-type.yaml: /pooler"))
    );
    for (pointer, keyword, expected) in [
        ("/properties/members", "maximum", "ranges.yaml: /members"),
        (
            "/properties/postgres/properties/version",
            "type",
            "wrong-type.yaml: /postgres/version",
        ),
        ("/properties/name", "pattern", "malformed-names.yaml: /name"),
        (
            "/properties/pooler/properties/kind",
            "oneOf",
            "choices.yaml: /pooler/kind",
        ),
        (
            "/properties/roles",
            "required",
            "null-where-a-value-is-needed.yaml: /roles/primary",
        ),
        ("", "additionalProperties", "unknown-field.yaml: /"),
    ] {
        let mut loose = strict.clone();
        let field = loose.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        field.shift_remove(keyword).unwrap();
        let taken = taken(&loose);
        assert!(
            taken.iter().any(|field| field.starts_with(expected)),
            "{expected} in {taken:?}"
        );
    }
}

/// What no schema can say, the render refuses, in the words of `gen`.
#[test]
fn rules_that_guard_data_fail_the_render() {
    if helm::is_left_out() {
        return;
    }
    let cases = [
        "postgres: {parameters: {listen_addresses: localhost}}",
        "postgres: {parameters: {primary_conninfo: host=elsewhere}}",
        "postgres: {parameters: {recovery_target_time: '2026-01-01'}}",
        "postgres: {version: 17, image: 'postgres:16.4'}",
        "postgres: {version: 18, image: 'registry:5000/postgres:17@sha256:0000'}",
        "postgres: {parameters: {fsync: false}}",
        "postgres: {parameters: {fsync: 'of'}}",
        "postgres: {parameters: {full_page_writes: 0}}",
        "postgres: {parameters: {zero_damaged_pages: 'Yes'}}",
        "postgres: {parameters: {wal_level: minimal}}",
        "roles: {primary: pgpool}",
        "roles: {primary: one, standby: one}",
        "primary: shop-standby-2",
        "primary: elsewhere-0",
        "pooler: {kind: pgpool}",
    ];
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("spec.yaml");
    for case in cases {
        let text = format!("name: shop\ntopology: streaming\n{case}\n");
        fs::write(&file, &text).unwrap();
        let source = pgherd::spec::Source {
            name: "spec.yaml",
            text: &text,
            folder: None,
        };
        let refused = pgherd::validate::read(&source).expect_err(case).to_string();
        let said = helm::template(&equal::chart(), &file, "shop", "default").expect_err(case);
        let words = |of: &str| refused.lines().find(|line| line.contains(of)).unwrap();
        let line = words(if case.starts_with("primary") {
            "allowed: "
        } else {
            "hint: "
        });
        assert!(said.contains(line), "{case}: {said}\ndoes not say: {line}");
    }
}
