//! Defaults, field by field: what was not written, filled in from the schema, as Helm merges values.
//!
//! Maps are merged deeply, lists are replaced, and a written null stays: it unsets a field that may be unset. Judges
//! nothing; a null where none is allowed has been refused by the schema before.

use serde_json::{Map, Value};

/// Makes every section's default agree with its fields' own: what stands around a field decides, so that one type
/// has other defaults in another section, and the default of a field is what is filled in for it.
pub(super) fn settle(section: &mut Value) {
    let whole = section.get("default").cloned();
    let Some(fields) = section.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, field) in fields {
        if let Some(default) = whole.as_ref().and_then(|whole| whole.get(name)) {
            set(field, default);
        }
        settle(field);
    }
}

fn set(field: &mut Value, default: &Value) {
    let Some(field) = field.as_object_mut() else {
        return;
    };
    if default.is_null() {
        field.shift_remove("default");
    } else {
        field.insert("default".into(), default.clone());
    }
}

/// Fills a section: fields that are not written get their defaults, sections are filled in turn.
pub(super) fn fill(written: &mut Value, section: &Value) {
    let (Some(written), Some(fields)) =
        (written.as_object_mut(), section["properties"].as_object())
    else {
        return;
    };
    for (name, field) in fields {
        fill_field(written, name, field);
    }
}

fn fill_field(written: &mut Map<String, Value>, name: &str, field: &Value) {
    match (written.get_mut(name), field.get("default")) {
        (Some(value), _) => fill(value, field),
        (None, Some(default)) => {
            written.insert(name.into(), default.clone());
        }
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::fill;
    use crate::spec::{Spec, schema};

    /// The schema, from which fields are filled, and the structs, which hold the defaults, say the same.
    #[test]
    fn defaults_of_sections_and_of_their_fields_agree() {
        fn whole(section: &Value) -> Value {
            let mut value = json!({});
            fill(&mut value, section);
            value
        }
        fn walk(path: &str, section: &Value) {
            for (name, field) in section["properties"].as_object().into_iter().flatten() {
                if field.get("properties").is_some() {
                    let (default, filled) = (&field["default"], whole(field));
                    for (key, value) in default.as_object().into_iter().flatten() {
                        assert_eq!(
                            value,
                            filled.get(key).unwrap_or(&Value::Null),
                            "{path}/{name}/{key}"
                        );
                    }
                    walk(&format!("{path}/{name}"), field);
                }
            }
        }
        let schema = schema();
        walk("", &schema);
        let least = json!({"name": "shop", "topology": "streaming"});
        let mut filled = least.clone();
        fill(&mut filled, &schema);
        let read = |value| serde_json::from_value::<Spec>(value).unwrap();
        assert_eq!(read(filled), read(least));
    }

    #[test]
    fn what_is_written_wins_leaf_by_leaf() {
        let section = json!({
            "default": {"a": 1, "list": [1], "map": {}, "inner": {"b": 2, "c": null}},
            "properties": {
                "a": {"default": 1},
                "list": {"default": [1]},
                "map": {"default": {}},
                "inner": {"default": {"b": 2, "c": null}, "properties": {"b": {"default": 2}, "c": {}}},
            },
        });
        for (written, filled) in [
            (
                json!({}),
                json!({"a": 1, "list": [1], "map": {}, "inner": {"b": 2, "c": null}}),
            ),
            (
                json!({"inner": {"c": 3}, "list": []}),
                json!({"a": 1, "list": [], "map": {}, "inner": {"b": 2, "c": 3}}),
            ),
            (
                json!({"a": null, "map": {"x": null}, "inner": {}}),
                json!({"a": null, "list": [1], "map": {"x": null}, "inner": {"b": 2}}),
            ),
        ] {
            let mut value = written.clone();
            fill(&mut value, &section);
            assert_eq!(value, filled, "{written}");
        }
    }
}
