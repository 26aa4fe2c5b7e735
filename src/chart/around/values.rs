//! values.yaml: every key with its default, and a comment on what it means.
//!
//! Made from the chart's schema alone, so that no key is forgotten. helm-docs reads the comments (`# --`).

use serde_json::{Map, Value};

use super::schema::{CHART_ONLY, schema};
use crate::spec::comment::{Margin, comment, is_empty, is_section, meaning, scalar, written};

const HEAD: &str = "# Values of the pgherd chart: what is below is what you get without a file of your own.
# A spec of pgherd is such a file. Only keys that are null here, or hold an amount of cpu or memory, may be null.
# Text that YAML may read as something else has to be quoted: \"on\", \"0640\", \"1e3\".
";
const CHART_HEAD: &str = "
# What follows is the chart's alone: a spec does not have it.
";

/// The values by themselves; null where a key has no default.
pub fn values() -> Value {
    defaults(&schema())
}

/// The values as a commented file.
pub(super) fn file() -> String {
    let mut text = String::from(HEAD);
    let margin = Margin {
        depth: 0,
        mark: "",
        below: 0,
    };
    fields(&schema(), margin, &mut text);
    text
}

fn defaults(section: &Value) -> Value {
    let known = section["properties"].as_object().into_iter().flatten();
    let values: Map<String, Value> = known
        .map(|(name, field)| {
            let value = if is_section(field) {
                defaults(field)
            } else {
                field["default"].clone()
            };
            (name.clone(), value)
        })
        .collect();
    values.into()
}

fn fields(section: &Value, margin: Margin, text: &mut String) {
    let top = margin.depth == 0;
    let known = section["properties"].as_object().into_iter().flatten();
    for (position, (name, field)) in known.enumerate() {
        if CHART_ONLY.first().is_some_and(|first| top && first == name) {
            text.push_str(CHART_HEAD);
        }
        if top || is_section(field) && position > 0 {
            text.push('\n');
        }
        if is_section(field) {
            comment(&meaning(field), margin, text);
            margin.line(&format!("{name}:"), text);
            fields(field, margin.inner(), text);
        } else {
            comment(&explanation(field), margin, text);
            value(name, &field["default"], margin, text);
        }
    }
}

/// The meaning as helm-docs reads it, with an example where the default shows none.
fn explanation(field: &Value) -> Vec<String> {
    let mut lines = meaning(field);
    lines[0].insert_str(0, "-- ");
    let example = &field["examples"][0];
    let choices = field["oneOf"].is_array();
    if is_empty(&field["default"]) && !example.is_null() && !choices {
        lines.push(format!("Example: {}", scalar(example)));
    }
    lines
}

/// `name: value`; an empty list or map stays on the line.
fn value(name: &str, value: &Value, margin: Margin, text: &mut String) {
    match value {
        Value::Array(_) | Value::Object(_) if is_empty(value) => {
            margin.line(&format!("{name}: {}", scalar(value)), text);
        }
        _ => written(name, value, margin, text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{file, schema, values};
    use crate::spec;
    use crate::validate;

    #[test]
    fn the_file_holds_the_values() {
        let read: serde_json::Value = serde_yaml::from_str(&file()).unwrap();
        assert_eq!(read, values());
        assert!(jsonschema::draft7::is_valid(&schema(), &values()));
    }

    #[test]
    fn with_a_name_and_without_the_charts_own_keys_they_are_the_least_spec() {
        let mut given = values();
        given["name"] = "shop".into();
        for key in super::CHART_ONLY {
            given.as_object_mut().unwrap().remove(key);
        }
        let read = |text: &str| {
            validate::read(&spec::Source {
                name: "spec",
                text,
                folder: None,
            })
            .unwrap()
        };
        assert_eq!(
            read(&given.to_string()),
            read(&json!({"name": "shop", "topology": values()["topology"]}).to_string())
        );
    }
}
