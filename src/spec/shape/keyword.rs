//! Whether a value keeps a keyword of the schema. Knows the keywords that the schema has, and says nothing to users.
//!
//! A library for all of JSON Schema has to compile the schema in every run, which takes longer than everything else that
//! `gen` does. The tests hold these few functions against one.

use regex_lite::Regex;
use serde_json::Value;

/// The texts of an enum, however the schema nests them.
pub(in crate::spec) fn choices(field: &Value) -> Vec<&str> {
    let nested = ["oneOf", "anyOf"]
        .into_iter()
        .filter_map(|keyword| field[keyword].as_array())
        .flatten();
    field["const"]
        .as_str()
        .into_iter()
        .chain(nested.flat_map(choices))
        .collect()
}

/// Whether one of the choices was taken, or none where none may be.
pub(super) fn is_choice(value: &Value, field: &Value) -> bool {
    let mut nested = field["anyOf"].as_array().into_iter().flatten();
    match value {
        Value::String(text) => choices(field).contains(&text.as_str()),
        Value::Null => nested.any(|one| one["type"] == "null"),
        _ => false,
    }
}

pub(super) fn is_of_type(value: &Value, field: &Value) -> bool {
    let is = |name| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        // As JSON Schema has it, 3.0 is one.
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    field["type"].is_null() || texts(&field["type"]).any(is)
}

pub(super) fn is_in_range(number: f64, field: &Value) -> bool {
    let least = field["minimum"]
        .as_f64()
        .is_none_or(|least| number >= least);
    least && field["maximum"].as_f64().is_none_or(|most| number <= most)
}

pub(super) fn is_short(text: &str, field: &Value) -> bool {
    let least = field["minLength"].as_u64();
    least.is_some_and(|least| (text.chars().count() as u64) < least)
}

pub(super) fn is_long(text: &str, field: &Value) -> bool {
    let most = field["maxLength"].as_u64();
    most.is_some_and(|most| text.chars().count() as u64 > most)
}

pub(super) fn has_form(text: &str, field: &Value) -> bool {
    let pattern = field["pattern"].as_str();
    pattern.is_none_or(|pattern| Regex::new(pattern).is_ok_and(|form| form.is_match(text)))
}

/// A keyword's text, or its texts where it has several.
pub(super) fn texts(keyword: &Value) -> impl Iterator<Item = &str> {
    let several = keyword.as_array().into_iter().flatten();
    keyword
        .as_str()
        .into_iter()
        .chain(several.filter_map(Value::as_str))
}
