//! The JSON Schema of a spec, made from the structs: for editors, for validation, for the chart's values.
//!
//! Draft-07 without references, so that it can be embedded anywhere.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value;

use super::{Spec, defaults};

/// The schema of a spec as JSON Schema draft-07, self-contained.
pub fn schema() -> Value {
    let mut settings = SchemaSettings::draft07();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<Spec>();
    RecursiveTransform(tidy).transform(&mut schema);
    schema.insert("title".into(), "pgherd cluster".into());
    let mut schema = schema.to_value();
    defaults::settle(&mut schema);
    schema
}

/// Formats such as `uint8` are Rust's and make strict validators warn; a default of null says nothing.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn the_schema_is_a_closed_draft_07_schema_without_references() {
        fn walk(schema: &Value) {
            if let Some(fields) = schema.get("properties") {
                assert_eq!(schema["additionalProperties"], false, "{fields}");
            }
            assert!(schema.get("$ref").is_none());
            match schema {
                Value::Object(fields) => fields.values().for_each(walk),
                Value::Array(elements) => elements.iter().for_each(walk),
                _ => {}
            }
        }
        let schema = super::schema();
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        assert!(jsonschema::draft7::meta::is_valid(&schema));
        walk(&schema);
    }
}
