//! Hints for mistakes of shape: what was probably meant, or why the bounds are where they are.
//!
//! Only what helps in the single case; what is allowed at all is said by the schema.

use serde_json::Value;

use super::path::Path;
use super::shape::choices;
use super::words;

/// For a field without a value that has to have one.
const WITHOUT_VALUE: &str = "remove the key, or give it a value";

/// For a value that is not one of the choices.
pub(super) fn choice(value: &Value, field: &Value) -> Option<String> {
    if value.is_null() {
        return Some(WITHOUT_VALUE.into());
    }
    let nearest = words::nearest(value.as_str()?, choices(field))?;
    Some(format!("did you mean {nearest:?}?"))
}

/// For a value of another type.
pub(super) fn kind(expected: &str, value: &Value, path: &Path) -> Option<String> {
    if value.is_null() {
        return Some(WITHOUT_VALUE.into());
    }
    match value {
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
        _ => quotes(value).filter(|_| expected == "a text"),
    }
}

fn quotes(value: &Value) -> Option<String> {
    let plain = matches!(value, Value::Number(_) | Value::Bool(_));
    plain.then(|| format!("put it in quotes: \"{value}\""))
}

/// For a number out of range.
pub(super) fn range(path: &Path, value: &Value) -> Option<String> {
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

/// For a text that is too long.
pub(super) fn length(path: &Path) -> Option<String> {
    match path.to_string().as_str() {
        "name" | "roles.primary" | "roles.standby" => Some(
            "object names are made from it, and a StatefulSet's may have 52 characters, a Job's 63"
                .into(),
        ),
        _ => None,
    }
}

/// For a text of another form.
pub(super) fn pattern(path: &Path, value: &Value) -> Option<String> {
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
