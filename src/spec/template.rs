//! The spec that `pgherd init` prints: every field with its meaning and its default, ready to be edited.
//!
//! Made from the schema alone, so that it never forgets a field. Sections and fields with a default are set; fields
//! without one are commented out, beside an example from the schema.

use serde_json::{Map, Value};

use super::comment::{Margin, comment, is_empty, is_optional, is_section, meaning, written};
use super::schema;

const HEAD: &str = "# yaml-language-server: $schema=pgherd.schema.json
#
# A PostgreSQL cluster. Only name and topology are needed: what is set below is what you get without it.
# Where `#` is followed by a name without a blank, remove it to set the field: the value is an example.
#   pgherd schema > pgherd.schema.json    lets editors complete and check this file
#   pgherd gen -f FILE                    prints every object of the cluster
";

/// A commented spec that is valid as it stands.
pub fn template() -> String {
    let mut text = String::from(HEAD);
    let schema = schema();
    fields(
        &schema,
        &Value::Null,
        Margin {
            depth: 0,
            mark: "",
            below: 0,
        },
        &mut text,
    );
    text
}

/// The fields of a section; `defaults` are those of the section around it and win over the fields' own.
fn fields(section: &Value, defaults: &Value, margin: Margin, text: &mut String) {
    let none = Map::new();
    let known = section["properties"].as_object().unwrap_or(&none);
    let top = margin.depth + margin.below == 0;
    let mut after_section = top;
    for (position, (name, field)) in known.iter().enumerate() {
        let default = defaults.get(name).unwrap_or(&field["default"]);
        if after_section || is_section(field) && position > 0 {
            text.push('\n');
        }
        after_section = top || is_section(field);
        comment(&meaning(field), margin, text);
        if is_section(field) {
            let margin = if is_empty(default) {
                margin.unset()
            } else {
                margin
            };
            margin.line(&format!("{name}:"), text);
            fields(field, default, margin.inner(), text);
        } else {
            value(name, field, default, margin, text);
        }
    }
}

fn value(name: &str, field: &Value, default: &Value, margin: Margin, text: &mut String) {
    let example = &field["examples"][0];
    if !is_empty(default) {
        written(name, default, margin, text);
    } else if default.is_null() && !is_optional(field) {
        written(name, example, margin, text);
    } else {
        written(name, example, margin.unset(), text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::template;
    use crate::spec::{Source, Spec, schema};
    use crate::validate::read;

    #[test]
    fn the_template_is_the_least_spec_with_every_default_written_out() {
        let read = |text| {
            read(&Source {
                name: "spec",
                text,
                folder: None,
            })
            .unwrap()
        };
        assert_eq!(read(&template()), read("{name: shop, topology: streaming}"));
    }

    #[test]
    fn every_field_has_a_comment_and_what_is_not_set_an_example() {
        fn walk(path: &str, field: &Value) {
            if path != "/" {
                assert!(
                    field["description"]
                        .as_str()
                        .is_some_and(|text| text.ends_with('.')),
                    "{path} has no description"
                );
                let set = !super::is_empty(&field["default"]) || super::is_section(field);
                assert!(
                    set || field["examples"][0] != Value::Null,
                    "{path} has neither a default nor an example"
                );
            }
            for (name, field) in field["properties"].as_object().into_iter().flatten() {
                walk(&format!("{path}/{name}"), field);
            }
        }
        walk("/", &schema());
    }

    #[test]
    fn examples_are_of_the_right_shape() {
        fn walk(schema: &Value) {
            if let Some(example) = schema.get("examples").and_then(|examples| examples.get(0)) {
                assert!(jsonschema::is_valid(schema, example), "{example}");
            }
            for (_, field) in schema["properties"].as_object().into_iter().flatten() {
                walk(field);
            }
        }
        walk(&schema());
        let spec: Spec =
            serde_json::from_value(serde_json::json!({"name": "shop", "topology": "streaming"}))
                .unwrap();
        assert!(
            jsonschema::is_valid(&schema(), &serde_json::to_value(spec).unwrap()),
            "a spec as it is written by pgherd"
        );
    }
}
