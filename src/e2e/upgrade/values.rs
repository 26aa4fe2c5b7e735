//! A spec as the values that its owner would write: without what is default anyway.
//!
//! A chart of before does not know what was added since, not even by its default.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::chart;
use crate::cluster::Cluster;
use crate::output::yaml;

/// What helm says of values that are not of the chart's schema.
const OF_SCHEMA: &str = "specifications of the schema";

/// The values that both charts are given.
pub(super) fn written(cluster: &Cluster) -> Result<String> {
    let given: Value =
        serde_saphyr::from_str(&chart::given(cluster)).context("reading the spec as values")?;
    Ok(yaml::document(&without(&given, &chart::values())))
}

/// Why the previous chart could not be installed; the first line, which is all that a table shows, says what to do
/// where it refuses the values.
pub(super) fn explained(error: &str) -> String {
    if !error.contains(OF_SCHEMA) {
        return error.into();
    }
    format!(
        "the previous chart refuses values of this spec: take a spec that both charts know, such as e2e/classic.yaml\n\
         {error}"
    )
}

/// A value without what is the same in the defaults.
fn without(value: &Value, defaults: &Value) -> Value {
    let (Value::Object(entries), Value::Object(defaults)) = (value, defaults) else {
        return value.clone();
    };
    let differ = entries
        .iter()
        .filter(|(key, value)| defaults.get(*key) != Some(value));
    let left: Map<String, Value> = differ
        .map(|(key, value)| {
            let default = defaults.get(key).unwrap_or(&Value::Null);
            (key.clone(), without(value, default))
        })
        .collect();
    left.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;
    use crate::validate;
    use serde_json::json;

    #[test]
    fn only_what_was_written_is_left() {
        let text = "{name: shop, topology: streaming, members: 3, storage: {size: 2Gi}, \
                    postgres: {parameters: {work_mem: 7MB}, initSql: [{text: 'select 1'}]}}";
        let source = spec::Source {
            name: "spec",
            text,
            folder: None,
        };
        let cluster = validate::read(&source).expect("a spec").remove(0);
        let written = written(&cluster).expect("values");
        let read: Value = serde_saphyr::from_str(&written).expect("YAML");
        let expected = json!({
            "name": "shop", "storage": {"size": "2Gi"},
            "postgres": {"parameters": {"work_mem": "7MB"}, "initSql": [{"text": "select 1"}]},
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn a_section_keeps_what_differs() {
        let defaults = json!({"a": {"b": 1, "c": 2}, "d": [], "e": null});
        let given = json!({"a": {"b": 1, "c": 3}, "d": [1], "e": null, "f": false});
        let left = json!({"a": {"c": 3}, "d": [1], "f": false});
        assert_eq!(without(&given, &defaults), left);
    }

    #[test]
    fn a_refusal_by_the_schema_says_what_to_do() {
        let said = "Error: INSTALLATION FAILED: values don't meet the specifications of the schema(s) in the following chart(s)";
        let words = explained(said);
        assert!(words.contains("e2e/classic.yaml") && words.ends_with(said));
        assert_eq!(explained("no such file"), "no such file");
    }
}
