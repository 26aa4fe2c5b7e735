//! The Helm chart, made from the spec.

use std::collections::BTreeMap;

mod about;
pub mod package;
mod schema;
mod values;

pub use schema::schema;
pub use values::values;

/// Every file of the chart by its path below the chart's folder, `/` between folders.
pub fn files() -> BTreeMap<String, String> {
    about::files()
        .into_iter()
        .chain([
            ("values.yaml".into(), values::file()),
            ("values.schema.json".into(), format!("{:#}\n", schema())),
        ])
        .collect()
}
