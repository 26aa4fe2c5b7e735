//! The shape as judged here and as a library for JSON Schema judges it.

use std::num::NonZeroUsize;
use std::thread;

use serde_json::{Value, json};

use super::findings;
use crate::spec::{KUBERNETES, MEMBER, schema};

/// What only says something of a field to people and to editors, and what is judged here.
const KEYWORDS: [&str; 20] = [
    KUBERNETES,
    MEMBER,
    "$schema",
    "title",
    "description",
    "default",
    "examples",
    "type",
    "properties",
    "additionalProperties",
    "required",
    "items",
    "oneOf",
    "anyOf",
    "const",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
];

#[test]
fn every_keyword_of_the_schema_is_known() {
    fn walk(section: &Value) {
        for (keyword, value) in section.as_object().into_iter().flatten() {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{keyword}: {value}");
            match value {
                Value::Object(fields) if keyword == "properties" => fields.values().for_each(walk),
                Value::Array(choices) if keyword.ends_with("Of") => choices.iter().for_each(walk),
                Value::Object(_) if keyword != "default" => walk(value),
                _ => {}
            }
        }
    }
    walk(&schema());
}

/// A spec with every field, each of them damaged in every way that a keyword may mind.
#[test]
fn what_json_schema_refuses_is_refused_and_nothing_else() {
    let whole: Value =
        serde_saphyr::from_str(include_str!("../../../e2e/every-option.yaml")).unwrap();
    let all = pointers("", &whole);
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = all.len().div_ceil(threads);
    let refused: usize = thread::scope(|scope| {
        let begun: Vec<_> = (all.chunks(share))
            .map(|share| scope.spawn(|| refused(&whole, share)))
            .collect();
        begun.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert!(refused > 1000, "only {refused} were refused");
}

/// How many specs are refused where these places are damaged, by both.
fn refused(whole: &Value, places: &[String]) -> usize {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut refused = 0;
    for pointer in places {
        for odd in odd() {
            let mut damaged = whole.clone();
            *damaged.pointer_mut(pointer).unwrap() = odd;
            let findings = findings(&schema, &damaged);
            assert_eq!(
                findings.is_empty(),
                validator.is_valid(&damaged),
                "{pointer}: {damaged}\n{findings:?}"
            );
            refused += usize::from(!findings.is_empty());
        }
    }
    refused
}

fn pointers(at: &str, value: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    let below = below
        .into_iter()
        .flat_map(|(step, value)| pointers(&format!("{at}/{step}"), value));
    std::iter::once(at.to_owned()).chain(below).collect()
}

fn odd() -> Vec<Value> {
    let texts = [
        "", "a", "-a", "a b", "a_b", "A", "0", "1", "10Gi", "0Gi", "1.5", "5m", "\u{e9}",
        "a\u{a0}b", "a\n",
    ];
    let numbers = [
        json!(-1),
        json!(0),
        json!(3),
        json!(3.0),
        json!(3.5),
        json!(40_000),
        json!(u64::MAX),
        json!(1e300),
    ];
    let others = [
        json!(null),
        json!(true),
        json!([]),
        json!([1]),
        json!({}),
        json!({"x": 1}),
        json!({"x": "a"}),
    ];
    let long = [10, 11, 40, 41, 63, 64, 253, 254].map(|length| json!("a".repeat(length)));
    texts
        .into_iter()
        .map(Value::from)
        .chain(numbers)
        .chain(others)
        .chain(long)
        .collect()
}
