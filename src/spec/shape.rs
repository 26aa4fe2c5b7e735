//! The shape of a spec: unknown keys, types, ranges, patterns and missing fields, judged by the schema.
//!
//! Turns what does not keep a keyword into findings in users' words; rules across fields are elsewhere.

use serde_json::{Map, Value};

use super::finding::Finding;
use super::hints;
use super::path::Path;
use super::words;
use keyword::{has_form, is_choice, is_in_range, is_long, is_of_type, is_short, texts};

mod keyword;
#[cfg(test)]
mod tests;

pub(super) use keyword::choices;

/// Every mistake of shape in a document.
pub(super) fn findings(schema: &Value, document: &Value) -> Vec<Finding> {
    judge(&Path::default(), document, schema, schema)
}

/// What is wrong with a value, or else with what is below it.
fn judge(path: &Path, value: &Value, field: &Value, schema: &Value) -> Vec<Finding> {
    if let Some((what, hint)) = mistake(path, value, field) {
        return vec![Finding {
            allowed: allowed(field),
            hint,
            ..Finding::value(path.clone(), what)
        }];
    }
    match value {
        Value::Object(entries) => judge_map(path, entries, field, schema),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, item)| judge(&path.index(index), item, &field["items"], schema))
            .collect(),
        _ => Vec::new(),
    }
}

fn judge_map(
    path: &Path,
    entries: &Map<String, Value>,
    section: &Value,
    schema: &Value,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, value) in entries {
        let others = &section["additionalProperties"];
        match section["properties"].get(key) {
            Some(field) => findings.extend(judge(&path.key(key), value, field, schema)),
            None if others == false => findings.push(unknown_key(path, key, section, schema)),
            None => findings.extend(judge(&path.key(key), value, others, schema)),
        }
    }
    let required = texts(&section["required"]);
    let absent = required.filter(|key| !entries.contains_key(*key));
    findings.extend(absent.map(|key| missing(path, key, section)));
    findings
}

/// What is wrong with a value itself, and a hint; one mistake, as it says all that is allowed.
fn mistake(path: &Path, value: &Value, field: &Value) -> Option<(String, Option<String>)> {
    if !choices(field).is_empty() {
        let wrong = !is_choice(value, field);
        return wrong.then(|| {
            (
                "not one of the choices:".into(),
                hints::choice(value, field),
            )
        });
    }
    if !is_of_type(value, field) {
        let expected = expected(field);
        let hint = hints::kind(&expected, value, path);
        return Some((format!("expected {expected}, found{}", found(value)), hint));
    }
    let (what, hint) = match value {
        Value::Number(number) if !is_in_range(number.as_f64()?, field) => {
            ("out of range:", hints::range(path, value))
        }
        Value::String(text) if is_short(text, field) => ("empty:", None),
        Value::String(text) if is_long(text, field) => ("too long:", hints::length(path)),
        Value::String(text) if !has_form(text, field) => {
            ("malformed:", hints::pattern(path, value))
        }
        _ => return None,
    };
    Some((what.into(), hint))
}

fn unknown_key(parent: &Path, key: &str, section: &Value, schema: &Value) -> Finding {
    let fields: Vec<&str> = section["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    let meant = words::nearest(key, fields.iter().copied());
    let hint = meant.map_or_else(
        || {
            section_of(key, schema, String::new())
                .map(|place| format!("{key:?} belongs to {place}"))
        },
        |name| Some(format!("did you mean {name:?}?")),
    );
    let meant = meant.map(|name| parent.key(name));
    Finding {
        allowed: Some(words::list(fields)),
        hint,
        meant,
        ..Finding::key(parent.key(key), format!("unknown field {key:?}"))
    }
}

/// The section in which a field of that name is known.
fn section_of(key: &str, section: &Value, path: String) -> Option<String> {
    let fields = section["properties"].as_object()?;
    if fields.contains_key(key) && !path.is_empty() {
        return Some(path);
    }
    fields.iter().find_map(|(name, field)| {
        let below = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        section_of(key, field, below)
    })
}

fn missing(parent: &Path, key: &str, section: &Value) -> Finding {
    let field = &section["properties"][key];
    let hint = field["description"].as_str().map(sentence);
    Finding {
        allowed: allowed(field),
        hint,
        ..Finding::key(parent.key(key), format!("missing field {key:?}"))
    }
}

/// A doc comment's first sentence in the style of a hint.
fn sentence(text: &str) -> String {
    let first = text
        .split(". ")
        .next()
        .unwrap_or(text)
        .trim_end_matches('.');
    let mut characters = first.chars();
    characters
        .next()
        .map(|head| head.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}

/// What a field takes, in words: choices, or a range, or a form and a length, or its fields.
fn allowed(field: &Value) -> Option<String> {
    let choices = choices(field);
    if !choices.is_empty() {
        return Some(words::list(choices));
    }
    if let Some(fields) = field["properties"].as_object() {
        return Some(format!(
            "a map of {}",
            words::list(fields.keys().map(String::as_str))
        ));
    }
    let mut parts = Vec::new();
    if let (Some(least), Some(most)) = (field["minimum"].as_i64(), field["maximum"].as_i64()) {
        parts.push(format!("{least} to {most}"));
    }
    if let Some(words) = field["pattern"].as_str().and_then(words::of_pattern) {
        parts.push(words.into());
    }
    if let (Some(least), Some(most)) = (field["minLength"].as_u64(), field["maxLength"].as_u64()) {
        parts.push(format!("{least} to {most} characters"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The types a field takes, in words.
fn expected(field: &Value) -> String {
    let listed = texts(&field["type"])
        .filter(|name| *name != "null")
        .map(|name| match name {
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => "a map of fields",
            _ => "a text",
        });
    listed.collect::<Vec<_>>().join(" or ")
}

/// What was found, where the value itself is not shown beside the message.
fn found(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => " a list",
        Value::Object(_) => " a map",
        Value::String(text) if text.contains('\n') => " a text",
        Value::Null => " nothing:",
        _ => "",
    }
}
