//! values.schema.json: what the chart's values may be, made from the spec's schema.
//!
//! It refuses what `gen` refuses by type, range, pattern or unknown key. Rules across fields are not here.

use serde_json::{Map, Value, json};

use crate::chart::sample::schema::words;
use crate::spec;
use crate::spec::comment::{is_optional, is_section};

/// Keys that only the chart has; a spec with one of them is refused.
pub(super) const CHART_ONLY: [&str; 2] = ["fullnameOverride", "global"];

/// The schema of the chart's values: draft-07, self-contained, unknown keys refused.
///
/// Every default stands at its leaf. A key that cannot be null is required: values.yaml sets it, and Helm takes it
/// away where a user's value is null, which would otherwise render as nothing.
pub fn schema() -> Value {
    let mut schema = spec::schema();
    schema["title"] = "Values of the pgherd chart".into();
    settle(&mut schema, &Value::Null);
    // What a spec has to say, the chart can tell by itself.
    let topology = &mut schema["properties"]["topology"];
    topology["default"] = json!(words(topology).first());
    schema["properties"]["namespace"]["description"] =
        "Namespace of every object; by default the release's. Never changed afterwards.".into();
    name(&mut schema["properties"]);
    initial_sql(&mut schema["properties"]["postgres"]["properties"]["initSql"]);
    require(&mut schema);
    schema
}

/// Moves the defaults of sections to the fields in them: a section within another may have other defaults than its
/// fields alone, and Helm merges values leaf by leaf.
fn settle(section: &mut Value, defaults: &Value) {
    for (name, field) in entries(&mut section["properties"]) {
        let default = defaults.get(name).unwrap_or(&field["default"]).clone();
        remove(field, "default");
        if is_section(field) {
            settle(field, &default);
        } else if !default.is_null() {
            field["default"] = default;
        }
    }
}

/// The cluster's name is the release's unless it is given, and a chart above may give it.
fn name(known: &mut Value) {
    let text = |description: &str| {
        let mut field = known["name"].clone();
        field["type"] = json!(["string", "null"]);
        field["description"] = description.into();
        field
    };
    let name = text(
        "Name of the cluster, and the beginning of every object's name; by default the release's name. Never changed \
         afterwards.",
    );
    let full_name = text(
        "Name of the cluster instead of `name` and of the release's, as other charts call it. Never changed \
         afterwards.",
    );
    known["name"] = name;
    known["fullnameOverride"] = full_name;
    known["global"] = json!({
        "type": "object",
        "description": "Values that a parent chart shares with all of its charts; this one reads none of them.",
        "default": {},
    });
}

/// A chart reads no files of the user's: SQL is given as a text.
fn initial_sql(list: &mut Value) {
    list["items"]["description"] = "SQL for the first start.".into();
    list["items"]["properties"] = json!({
        "text": {"type": "string", "description": "The SQL itself."},
    });
    list["items"]["required"] = json!(["text"]);
    list["examples"] = json!([[{"text": "CREATE EXTENSION pg_trgm"}]]);
}

fn require(section: &mut Value) {
    let mut required = Vec::new();
    for (name, field) in entries(&mut section["properties"]) {
        if is_section(field) {
            require(field);
        }
        // Helm gives `global` to every chart below another; by itself a chart has no use for it.
        if !is_optional(field) && name != "global" {
            required.push(name.clone());
        }
    }
    // No list at all where nothing is required: draft-04, which some editors still read, takes no empty one.
    if required.is_empty() {
        remove(section, "required");
    } else {
        section["required"] = required.into();
    }
}

fn entries(fields: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    fields.as_object_mut().into_iter().flatten()
}

fn remove(field: &mut Value, key: &str) {
    // In the order in which they were: `remove` would put the last key into the gap.
    field
        .as_object_mut()
        .and_then(|known: &mut Map<_, _>| known.shift_remove(key));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::schema;
    use crate::chart::values;

    /// Why values over those of values.yaml are refused; nothing where they are not. A null takes a key away.
    fn refusal(over: &Value) -> Option<String> {
        fn merge(into: &mut Value, over: &Value) {
            for (key, value) in over.as_object().into_iter().flatten() {
                match value {
                    Value::Null => drop(into.as_object_mut().and_then(|map| map.remove(key))),
                    Value::Object(_) if into[key].is_object() => merge(&mut into[key], value),
                    _ => into[key] = value.clone(),
                }
            }
        }
        let mut all = values();
        merge(&mut all, over);
        let validator = jsonschema::draft7::new(&schema()).unwrap();
        validator
            .iter_errors(&all)
            .next()
            .map(|error| error.to_string())
    }

    #[test]
    fn it_is_a_closed_draft_07_schema() {
        assert_eq!(
            schema()["$schema"],
            "http://json-schema.org/draft-07/schema#"
        );
        assert!(jsonschema::draft7::meta::is_valid(&schema()));
    }

    #[test]
    fn what_a_chart_takes_and_a_spec_does_not() {
        for over in [
            json!({}),
            json!({"name": null, "fullnameOverride": "shop"}),
            json!({"global": {"anything": {"at": ["all"]}}}),
            json!({"global": null}),
            json!({"postgres": {"initSql": [{"text": "select 1"}], "image": null}}),
            json!({"resources": {"limits": {"memory": null}}}),
        ] {
            assert_eq!(refusal(&over), None, "{over}");
        }
    }

    #[test]
    fn what_gen_refuses_by_shape_is_refused() {
        for over in [
            json!({"memebrs": 3}),
            json!({"postgres": {"verison": 17}}),
            json!({"members": 1}),
            json!({"members": "3"}),
            json!({"members": null}),
            json!({"name": "Shop"}),
            json!({"fullnameOverride": "9lives"}),
            json!({"global": "text"}),
            json!({"postgres": null}),
            json!({"postgres": {"initdb": {"checksums": null}}}),
            json!({"storage": {"size": "10G"}}),
            json!({"topology": "none"}),
            json!({"labels": {"a": 1}}),
            json!({"postgres": {"initSql": [{"file": "first.sql"}]}}),
            json!({"postgres": {"initSql": [{"text": null}]}}),
            json!({"postgres": {"initSql": [{}]}}),
            json!({"postgres": {"initSql": [{"text": "select 1", "file": null}]}}),
        ] {
            assert!(refusal(&over).is_some(), "{over}");
        }
    }
}
