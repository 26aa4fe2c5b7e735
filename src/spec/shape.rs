//! The shape of a spec: unknown keys, types, ranges, patterns and missing fields, judged by the schema.
//!
//! Turns what the validator says into findings in users' words; rules across fields are elsewhere.

use jsonschema::JsonType;
use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind};
use serde_json::Value;

use super::finding::Finding;
use super::hints;
use super::path::Path;
use super::words;

/// Every mistake of shape in a document.
pub(super) fn findings(
    validator: &jsonschema::Validator,
    schema: &Value,
    document: &Value,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for error in validator.iter_errors(document) {
        for finding in describe(&error, schema) {
            // An empty text breaks a length and a pattern: one message, as it names both.
            if !findings.iter().any(|earlier| earlier.path == finding.path) {
                findings.push(finding);
            }
        }
    }
    findings
}

fn describe(error: &ValidationError, schema: &Value) -> Vec<Finding> {
    let path = Path::from(error.instance_path());
    let field = field_schema(error, schema);
    let value = error.instance();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|key| unknown_key(&path, key, field, schema))
            .collect(),
        ValidationErrorKind::Required { property } => {
            vec![missing(&path, property.as_str().unwrap_or_default(), field)]
        }
        ValidationErrorKind::Type { kind } => vec![Finding {
            allowed: allowed(field),
            hint: hints::kind(kind, value, &path),
            ..Finding::value(
                path,
                format!("expected {}, found{}", expected(kind), found(value)),
            )
        }],
        ValidationErrorKind::OneOfNotValid { .. }
        | ValidationErrorKind::AnyOf { .. }
        | ValidationErrorKind::Constant { .. } => {
            vec![Finding {
                allowed: allowed(field),
                hint: hints::choice(value, field),
                ..Finding::value(path, "not one of the choices:")
            }]
        }
        ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
            vec![Finding {
                allowed: allowed(field),
                hint: hints::range(&path, value),
                ..Finding::value(path, "out of range:")
            }]
        }
        ValidationErrorKind::MinLength { .. } => {
            vec![Finding {
                allowed: allowed(field),
                ..Finding::value(path, "empty:")
            }]
        }
        ValidationErrorKind::MaxLength { .. } => vec![Finding {
            allowed: allowed(field),
            hint: hints::length(&path),
            ..Finding::value(path, "too long:")
        }],
        ValidationErrorKind::Pattern { .. } => {
            vec![Finding {
                allowed: allowed(field),
                hint: hints::pattern(&path, value),
                ..Finding::value(path, "malformed:")
            }]
        }
        _ => vec![Finding::value(path, error.masked_with("it").to_string())],
    }
}

/// The schema of the field that an error is about: the object around the keyword.
fn field_schema<'a>(error: &ValidationError, schema: &'a Value) -> &'a Value {
    let keyword = error.schema_path().as_str();
    let field = keyword.rsplit_once('/').map_or("", |(field, _)| field);
    schema.pointer(field).unwrap_or(&Value::Null)
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

/// The texts of an enum, however the schema nests them.
pub(super) fn choices(field: &Value) -> Vec<&str> {
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

/// The types a field takes, in words.
pub(super) fn expected(kind: &TypeKind) -> String {
    let names: Vec<&str> = match kind {
        TypeKind::Single(one) => vec![one.as_str()],
        TypeKind::Multiple(several) => several.iter().map(JsonType::as_str).collect(),
    };
    let listed = names
        .into_iter()
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
