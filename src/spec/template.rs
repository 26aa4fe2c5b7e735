//! The spec that `pgherd init` prints: every field with its meaning and its default, ready to be edited.
//!
//! Made from the schema alone, so that it never forgets a field. Sections and fields with a default are set; fields
//! without one are commented out, beside an example from the schema.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::schema;

const WIDTH: usize = 110;
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

/// What every line of a section begins with.
#[derive(Clone, Copy)]
struct Margin {
    /// Steps before the mark.
    depth: usize,
    /// `#` where the lines are commented out.
    mark: &'static str,
    /// Steps after the mark.
    below: usize,
}

impl Margin {
    fn line(self, content: &str, text: &mut String) {
        let step = |count| "  ".repeat(count);
        let _ = writeln!(
            text,
            "{}{}{}{content}",
            step(self.depth),
            self.mark,
            step(self.below)
        );
    }

    /// The margin of a field that is not set: commented out, unless its section is already.
    fn unset(self) -> Margin {
        Margin { mark: "#", ..self }
    }

    fn inner(self) -> Margin {
        let (live, commented) = if self.mark.is_empty() { (1, 0) } else { (0, 1) };
        Margin {
            depth: self.depth + live,
            below: self.below + commented,
            ..self
        }
    }
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
        comment(field, margin, text);
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

fn is_section(field: &Value) -> bool {
    field["properties"]
        .as_object()
        .is_some_and(|known| !known.is_empty())
}

/// Whether a default sets nothing at all.
fn is_empty(default: &Value) -> bool {
    match default {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(entries) => entries.values().all(is_empty),
        _ => false,
    }
}

/// A field's meaning, its choices, and the range where it is a number.
fn comment(field: &Value, margin: Margin, text: &mut String) {
    let mut meaning = field["description"].as_str().unwrap_or_default().to_owned();
    if let (Some(least), Some(most)) = (
        field["minimum"].as_i64(),
        field["maximum"].as_i64().filter(|most| *most < 1 << 30),
    ) {
        let _ = write!(meaning, " {least} to {most}.");
    }
    wrapped(&meaning, "", margin, text);
    for choice in field["oneOf"].as_array().into_iter().flatten() {
        let name = choice["const"].as_str().unwrap_or_default();
        let meaning = choice["description"].as_str().unwrap_or_default();
        wrapped(&format!("- {name}: {meaning}"), "  ", margin, text);
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

/// Whether a field takes null; one that does not and has no default is required.
fn is_optional(field: &Value) -> bool {
    let null = Value::from("null");
    field["type"] == null
        || field["type"]
            .as_array()
            .is_some_and(|types| types.contains(&null))
        || field["anyOf"]
            .as_array()
            .is_some_and(|either| either.iter().any(is_optional))
}

/// `name: value`, over several lines where the value is a list or map.
fn written(name: &str, value: &Value, margin: Margin, text: &mut String) {
    let elements: Vec<String> = match value {
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| format!("{key}: {}", scalar(value)))
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .map(|element| format!("- {}", scalar(element)))
            .collect(),
        _ => return margin.line(&format!("{name}: {}", scalar(value)), text),
    };
    margin.line(&format!("{name}:"), text);
    for element in elements {
        margin.inner().line(&element, text);
    }
}

/// A value in one line, quoted where another reader could take it for something else.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(word) if is_plain(word) => word.clone(),
        Value::Object(entries) => {
            let inner: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{key}: {}", scalar(value)))
                .collect();
            format!("{{{}}}", inner.join(", "))
        }
        other => other.to_string(),
    }
}

fn is_plain(word: &str) -> bool {
    const READ_OTHERWISE: [&str; 9] = ["on", "off", "yes", "no", "y", "n", "true", "false", "null"];
    let letters = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c));
    let worded = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && !READ_OTHERWISE.contains(&word.to_lowercase().as_str());
    let amount = word.trim_start_matches(|c: char| c.is_ascii_digit());
    letters && !word.ends_with(':') && (worded || ["m", "s", "Mi", "Gi", "MB"].contains(&amount))
}

/// Words broken into comment lines; those after the first are indented by `hang`.
fn wrapped(words: &str, hang: &str, margin: Margin, text: &mut String) {
    let mut current = String::from("#");
    for word in words.split_whitespace() {
        if current.len() + 1 + word.len() > WIDTH - 2 * margin.depth {
            margin.line(&current, text);
            current = format!("#{hang}");
        }
        current.push(' ');
        current.push_str(word);
    }
    margin.line(&current, text);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::template;
    use crate::spec::{Source, Spec, read, schema};

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
