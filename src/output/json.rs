//! One JSON text with every object, for programs; comments have no place in it.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::k8s::Manifest;

/// A `v1` `List` of the objects in their order, indented, ending in a newline; kubectl takes it as it is.
pub fn render(manifests: &[Manifest]) -> String {
    let items: Vec<Value> = manifests
        .iter()
        .map(|manifest| super::value(&manifest.object))
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    format!("{list:#}\n")
}

/// Writes what [`render`] gives, object by object: no more than one is held, however many there are.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, manifests: impl Iterator<Item = Manifest>) -> io::Result<()> {
    let mut manifests = manifests.peekable();
    if manifests.peek().is_none() {
        return out.write_all(render(&[]).as_bytes());
    }
    out.write_all(b"{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [")?;
    let mut before = "\n";
    for manifest in manifests {
        // No text has a newline of its own: JSON writes it as two characters.
        let object = format!("{:#}", super::value(&manifest.object)).replace('\n', "\n    ");
        write!(out, "{before}    {object}")?;
        before = ",\n";
    }
    out.write_all(b"\n  ]\n}\n")
}
