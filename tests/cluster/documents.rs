//! docs/status.md knows every id and every field, docs/operations.md has a section for every id.

use std::path::Path;

use pgherd::status::{Id, judge};

use crate::shop::{FIRST, disconnect, well};

#[test]
fn every_finding_and_every_field_is_documented() {
    let page = page("docs/status.md");
    for id in Id::ALL.map(Id::text) {
        let row = format!("| [`{id}`](operations.md#{id}) |");
        assert!(page.contains(&row), "{id}");
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

#[test]
fn every_finding_has_its_section_in_the_runbook_in_order() {
    let page = page("docs/operations.md");
    let sections = page
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'));
    let sections: Vec<&str> = sections.collect();
    assert_eq!(sections, Id::ALL.map(Id::text));
}

fn page(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(file).expect(path)
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
