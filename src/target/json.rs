//! One JSON text with every object, for programs; comments have no place in it.

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
