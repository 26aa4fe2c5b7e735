//! YAML that a reviewer likes to read and that every parser reads alike.
//!
//! The emitter is our own, because the usual ones write `on` and `0x1f` without quotes, which kubectl reads
//! as a boolean and a number, and print a script that has a tab as one long quoted line. It drops nothing
//! and cannot fail.

use std::io::{self, Write};

use serde_json::{Map, Number, Value};

use super::scalar;
use crate::k8s::Manifest;

/// Blanks by which a level is indented; lists too, as yamllint expects.
const STEP: usize = 2;

/// What indentation is cut from: most of a stream's bytes are lines of scripts, each of which is indented.
const BLANKS: &str = "                ";

/// Bytes of a written key up to which it stands before its colon: parsers give up after 1024 characters.
const LONGEST_KEY: usize = 1000;

/// A stream of documents in the order of the manifests: `---`, the comment, the object in a reader's order.
pub fn render(manifests: &[Manifest]) -> String {
    manifests.iter().map(manifest).collect()
}

/// Writes what [`render`] gives, document by document: no more than one is held, however many there are.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, mut manifests: impl Iterator<Item = Manifest>) -> io::Result<()> {
    manifests.try_for_each(|one| out.write_all(manifest(&one).as_bytes()))
}

/// One value as a document, its keys in the order that they have; ends in a newline, begins without `---`.
pub fn document(value: &Value) -> String {
    let mut out = String::new();
    write_document(&mut out, value);
    out
}

/// One document of the stream.
pub(super) fn manifest(manifest: &Manifest) -> String {
    let comment = scalar::comment(&manifest.comment);
    let mut out = String::from("---\n");
    if !comment.is_empty() {
        out.push_str("# ");
        out.push_str(&comment);
        out.push('\n');
    }
    write_document(&mut out, &super::value(&manifest.object));
    out
}

fn write_document(out: &mut String, value: &Value) {
    match value {
        Value::Object(map) if !map.is_empty() => write_map(out, map, 0),
        Value::Array(list) if !list.is_empty() => write_list(out, list, 0),
        leaf => write_leaf(out, leaf, 0),
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
    let mut left = indent;
    while left > 0 {
        let some = left.min(BLANKS.len());
        out.push_str(&BLANKS[..some]);
        left -= some;
    }
}
