//! The JSON Schema of a spec, made from the structs: for editors, for validation, for the chart's values.
//!
//! Draft-07 without references, so that it can be embedded anywhere.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value;

use super::Spec;

/// The schema of a spec as JSON Schema draft-07, self-contained.
pub fn schema() -> Value {
    let mut settings = SchemaSettings::draft07();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<Spec>();
    RecursiveTransform(tidy).transform(&mut schema);
    schema.insert("title".into(), "pgherd cluster".into());
    schema.to_value()
}

/// Formats such as `uint8` are Rust's and make strict validators warn; a default of null says nothing.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
}
