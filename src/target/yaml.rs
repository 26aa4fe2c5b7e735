//! YAML that a reviewer likes to read and that every parser reads alike.
//!
//! The emitter is our own, because the usual ones write `on` and `0x1f` without quotes, which kubectl reads
//! as a boolean and a number, and print a script that has a tab as one long quoted line. It drops nothing
//! and cannot fail.

use serde_json::{Map, Number, Value};

use super::scalar;
use crate::k8s::Manifest;

/// Blanks by which a level is indented; lists too, as yamllint expects.
const STEP: usize = 2;

/// Bytes of a written key up to which it stands before its colon: parsers give up after 1024 characters.
const LONGEST_KEY: usize = 1000;

/// A stream of documents in the order of the manifests: `---`, the comment, the object in a reader's order.
pub fn render(manifests: &[Manifest]) -> String {
    manifests.iter().map(manifest).collect()
}

/// One value as a document, its keys in the order that they have; ends in a newline, begins without `---`.
pub fn document(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => write_map(&mut out, map, 0),
        Value::Array(list) if !list.is_empty() => write_list(&mut out, list, 0),
        leaf => write_leaf(&mut out, leaf, 0),
    }
    out
}

/// One document of the stream.
pub(super) fn manifest(manifest: &Manifest) -> String {
    let comment = scalar::comment(&manifest.comment);
    let object = document(&super::value(&manifest.object));
    if comment.is_empty() {
        format!("---\n{object}")
    } else {
        format!("---\n# {comment}\n{object}")
    }
}

/// Writes entries at `indent`; the first continues the line that the caller has begun.
fn write_map(out: &mut String, map: &Map<String, Value>, indent: usize) {
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            pad(out, indent);
        }
        let key = scalar::inline(key);
        if key.len() > LONGEST_KEY {
            out.push_str("? ");
            out.push_str(&key);
            out.push('\n');
            pad(out, indent);
        } else {
            out.push_str(&key);
        }
        out.push(':');
        write_under_key(out, value, indent);
    }
}

/// Writes a value after its key's colon.
fn write_under_key(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            pad(out, indent + STEP);
            write_map(out, map, indent + STEP);
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('\n');
            pad(out, indent + STEP);
            write_list(out, list, indent + STEP);
        }
        leaf => {
            out.push(' ');
            write_leaf(out, leaf, indent);
        }
    }
}

/// Writes items at `indent`; the first continues the line that the caller has begun.
fn write_list(out: &mut String, list: &[Value], indent: usize) {
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            pad(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => write_map(out, map, indent + STEP),
            Value::Array(list) if !list.is_empty() => write_list(out, list, indent + STEP),
            leaf => write_leaf(out, leaf, indent),
        }
    }
}

/// Writes what has nothing below it, with its newline; `indent` is that of the key or dash before it.
fn write_leaf(out: &mut String, leaf: &Value, indent: usize) {
    match leaf {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => return write_text(out, text, indent),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
    out.push('\n');
}

fn write_text(out: &mut String, text: &str, indent: usize) {
    let Some(header) = scalar::block(text) else {
        out.push_str(&scalar::inline(text));
        out.push('\n');
        return;
    };
    out.push_str(&header);
    out.push('\n');
    for line in text.split_terminator('\n') {
        if !line.is_empty() {
            pad(out, indent + STEP);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// A number as both YAML 1.1 and 1.2 read it: 1.1 takes an exponent only behind a fraction and with its sign.
fn number_text(number: &Number) -> String {
    let text = number.to_string();
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    let fraction = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) {
        ""
    } else {
        "+"
    };
    format!("{mantissa}{fraction}e{sign}{exponent}")
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}
