//! The shape of a spec: unknown keys, types, ranges, patterns and missing fields, judged by the schema.
//!
//! Turns what the validator says into findings in users' words; rules across fields are elsewhere.

use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind};
use serde_json::Value;

use super::finding::Finding;
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
            hint: type_hint(kind, value, &path),
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
                hint: choice_hint(value, field),
                ..Finding::value(path, "not one of the choices:")
            }]
        }
        ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
            vec![Finding {
                allowed: allowed(field),
                hint: range_hint(&path, value),
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
            hint: length_hint(&path),
            ..Finding::value(path, "too long:")
        }],
        ValidationErrorKind::Pattern { .. } => {
            vec![Finding {
                allowed: allowed(field),
                hint: pattern_hint(&path, value),
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
    let hint = field["description"].as_str().map(|text| sentence(text));
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
fn choices(field: &Value) -> Vec<&str> {
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

fn choice_hint(value: &Value, field: &Value) -> Option<String> {
    let nearest = words::nearest(value.as_str()?, choices(field))?;
    Some(format!("did you mean {nearest:?}?"))
}

fn expected(kind: &TypeKind) -> String {
    let names: Vec<&str> = match kind {
        TypeKind::Single(one) => vec![one.as_str()],
        TypeKind::Multiple(several) => several.iter().map(|one| one.as_str()).collect(),
    };
    let named = names
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
    named.collect::<Vec<_>>().join(" or ")
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

fn type_hint(kind: &TypeKind, value: &Value, path: &Path) -> Option<String> {
    let TypeKind::Single(_) = kind else {
        return quotes_hint(value);
    };
    let expected = expected(kind);
    match value {
        Value::Null => Some("remove the key, or give it a value".into()),
        Value::String(text) if expected == "a whole number" => {
            let number = text.trim().parse::<i64>().ok()?;
            Some(format!("write {number}, without quotes or leading zeros"))
        }
        Value::String(text) if expected == "true or false" => match text.to_lowercase().as_str() {
            "on" | "yes" | "y" | "true" | "1" => Some("write true".into()),
            "off" | "no" | "n" | "false" | "0" => Some("write false".into()),
            _ => None,
        },
        Value::Number(number) if path.to_string() == "postgres.version" => Some(format!(
            "write the major version alone: {:.0}",
            number.as_f64()?.floor()
        )),
        _ if expected == "a list" => Some("begin each element with `- `".into()),
        _ => quotes_hint(value).filter(|_| expected == "a text"),
    }
}

fn quotes_hint(value: &Value) -> Option<String> {
    let plain = matches!(value, Value::Number(_) | Value::Bool(_));
    plain.then(|| format!("put it in quotes: \"{value}\""))
}

fn range_hint(path: &Path, value: &Value) -> Option<String> {
    let number = value.as_i64()?;
    match path.to_string().as_str() {
        "postgres.version" if number < 15 => Some(
            "PostgreSQL 14 and older are past their end of life; move the data by dump and restore"
                .into(),
        ),
        "postgres.version" => Some("newer versions come as their images appear".into()),
        "members" if number < 2 => {
            Some("replication takes a primary and at least one standby".into())
        }
        "expose.nodePort" => {
            Some("Kubernetes keeps these ports for Services of type NodePort".into())
        }
        "security.runAsUser" if number == 0 => {
            Some("pods run without root; the official image's own user is 999".into())
        }
        _ => None,
    }
}

fn length_hint(path: &Path) -> Option<String> {
    match path.to_string().as_str() {
        "name" | "roles.primary" | "roles.standby" => Some(
            "object names are made from it, and a StatefulSet's may have 52 characters, a Job's 63"
                .into(),
        ),
        _ => None,
    }
}

fn pattern_hint(path: &Path, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let name = path.to_string();
    if name == "name" || name == "namespace" {
        return text
            .contains(['_', ' ', '.'])
            .then(|| "use `-` between words".into())
            .or_else(|| {
                text.contains(char::is_uppercase)
                    .then(|| format!("write {:?}", text.to_lowercase()))
            });
    }
    let bytes = ["size", "memory"].iter().any(|field| name.ends_with(field));
    let unit = text
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
        .trim();
    match unit {
        "G" | "GB" | "gb" | "g" | "GiB" if bytes => {
            Some("Kubernetes writes gibibytes as Gi".into())
        }
        "M" | "MB" | "mb" | "m" | "MiB" if bytes => {
            Some("Kubernetes writes mebibytes as Mi".into())
        }
        "T" | "TB" | "tb" | "t" | "TiB" if bytes => {
            Some("Kubernetes writes tebibytes as Ti".into())
        }
        _ => None,
    }
}
