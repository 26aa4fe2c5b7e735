//! docs/status.md knows every id and every field.

use std::path::Path;

use pgherd::status::{Id, judge};

use crate::shop::{FIRST, disconnect, well};

#[test]
fn every_finding_and_every_field_is_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/status.md");
    let page = std::fs::read_to_string(page).expect("docs/status.md is there");
    for id in Id::ALL {
        assert!(
            page.contains(&format!("| `{}` |", id.text())),
            "{}",
            id.text()
        );
    }
    let mut fields = Vec::new();
    let mut facts = well();
    disconnect(&mut facts, FIRST);
    let findings = judge(&facts);
    names(&pgherd::status::json(&facts, &findings), &mut fields);
    for field in fields {
        assert!(page.contains(&format!("`{field}`")), "{field}");
    }
}

/// Names of all fields in a value.
fn names(value: &serde_json::Value, fields: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, inner) in object {
                fields.push(name.clone());
                names(inner, fields);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| names(item, fields)),
        _ => {}
    }
}
