//! The texts that builders compute from a spec instead of putting its values somewhere unchanged.
//!
//! There are few, and each is a function here, because each has a twin in the chart (`src/chart/around/files/_helpers.tpl`). The chart is made by
//! building objects from a spec whose texts are marks. A function that is given a mark returns a mark, which says
//! what is to be computed when the chart is rendered. A mark never reaches a user's objects: no spec can hold the
//! characters of which it is made.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Begins a mark.
pub const OPEN: char = '\u{F0000}';
/// Stands between the parts of a mark.
pub const NEXT: char = '\u{F0001}';
/// Ends a mark.
pub const CLOSE: char = '\u{F0002}';

/// Characters of a short hash.
pub const SHORT: usize = 8;

/// A text in place of which the chart computes something.
pub fn mark(parts: &[&str]) -> String {
    let next = NEXT.to_string();
    format!("{OPEN}{}{CLOSE}", parts.join(&next))
}

/// Whether a text is, or holds, a mark.
pub fn is_marked(text: &str) -> bool {
    text.contains(OPEN)
}

/// The text without a prefix; unchanged where it does not begin with it.
pub fn without_prefix(text: &str, prefix: &str) -> String {
    if is_marked(text) {
        return mark(&["without prefix", text, prefix]);
    }
    text.strip_prefix(prefix).unwrap_or(text).into()
}

/// The digits at the end of a pod's name, behind its last hyphen; the whole text where there is none.
pub fn ordinal(pod: &str) -> String {
    if is_marked(pod) {
        return mark(&["ordinal of", pod]);
    }
    pod.rsplit('-').next().unwrap_or(pod).into()
}

/// A value of postgresql.conf: bare where it is a plain word or number, else in single quotes with quotes doubled and
/// backslashes, which the file reads as escapes, doubled.
/// <https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-CONFIGURATION-FILE>
pub fn setting(value: &str) -> String {
    if is_marked(value) {
        return mark(&["setting", value]);
    }
    let plain = value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let number = !value.is_empty()
        && value.len() < 16
        && value.chars().all(|letter| letter.is_ascii_digit());
    if plain || number {
        return value.into();
    }
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

/// A database's or user's name in pg_hba.conf. In quotes, `all` and the like lose their meaning and are names; so are
/// names that begin with a sign that the file reads otherwise (`@`, `+`, `/`).
/// <https://www.postgresql.org/docs/current/auth-pg-hba-conf.html>
pub fn hba_name(name: &str) -> String {
    if is_marked(name) {
        return mark(&["hba name", name]);
    }
    let plain = name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter));
    if plain {
        name.into()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// SHA-256, in hexadecimal, of the [`digest`]s of `ConfigMap`s, which are given by name, in an order that counts.
pub fn checksum(maps: &[(String, &str)]) -> String {
    if maps.iter().any(|(name, _)| is_marked(name)) {
        let names = maps.iter().map(|(name, _)| name.as_str());
        return mark(&["checksum"].into_iter().chain(names).collect::<Vec<_>>());
    }
    sha256(maps.iter().map(|(_, digest)| *digest))
}

/// SHA-256, in hexadecimal, of files by their names. What is the same for every cluster is hashed once, and the chart has
/// it as a word: reading and hashing scripts takes longer than everything else that it does.
pub fn digest(files: &impl Serialize) -> String {
    sha256([canonical(serde_json::to_value(files).unwrap_or_default()).as_str()])
}

/// The first characters of the SHA-256 of an object's part, in hexadecimal.
pub fn short_hash(part: &impl Serialize) -> String {
    let part = serde_json::to_value(part).unwrap_or_default();
    if holds_mark(&part) {
        return mark(&["short hash"]);
    }
    sha256([canonical(part).as_str()])[..SHORT].into()
}

fn holds_mark(value: &Value) -> bool {
    match value {
        Value::String(text) => is_marked(text),
        Value::Array(items) => items.iter().any(holds_mark),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, value)| is_marked(key) || holds_mark(value)),
        _ => false,
    }
}

fn sha256<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// JSON as Go writes it, because the chart's templates hash the same text: keys in order, no blanks, and what HTML
/// reads as its own escaped. <https://pkg.go.dev/encoding/json#Marshal>
fn canonical(mut value: Value) -> String {
    value.sort_all_objects();
    ['<', '>', '&', '\u{2028}', '\u{2029}']
        .into_iter()
        .fold(value.to_string(), |text, sign| {
            text.replace(sign, &format!("\\u{:04x}", u32::from(sign)))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_quoted_where_the_file_would_misread_them() {
        let cases = [
            ("on", "on"),
            ("42", "42"),
            ("256MB", "'256MB'"),
            ("it's", "'it''s'"),
            (r"a\b", r"'a\\b'"),
            ("", "''"),
            ("a # b", "'a # b'"),
            ("%m [%p]", "'%m [%p]'"),
        ];
        for (value, expected) in cases {
            assert_eq!(setting(value), expected, "{value}");
        }
    }

    #[test]
    fn names_are_quoted_where_the_file_would_misread_them() {
        for (name, expected) in [
            ("all", "all"),
            ("my app", "\"my app\""),
            ("+admins", "\"+admins\""),
            ("a\"b", "\"a\"\"b\""),
        ] {
            assert_eq!(hba_name(name), expected, "{name}");
        }
    }

    #[test]
    fn json_is_written_as_go_writes_it() {
        let value = json!({"b": [1, "<&>"], "a": "tab\t é \u{2028}"});
        assert_eq!(
            canonical(value),
            "{\"a\":\"tab\\t é \\u2028\",\"b\":[1,\"\\u003c\\u0026\\u003e\"]}"
        );
    }

    #[test]
    fn a_function_of_a_mark_is_a_mark() {
        let name = mark(&["value", "name"]);
        for text in [
            setting(&name),
            hba_name(&name),
            without_prefix(&name, "x"),
            short_hash(&[&name]),
            checksum(&[(name.clone(), "")]),
        ] {
            assert!(is_marked(&text), "{text}");
        }
        assert!(!is_marked(&checksum(&[("name".into(), "")])));
    }
}
