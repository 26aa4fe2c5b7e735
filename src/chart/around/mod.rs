//! What is around the templates of the objects: values, their schema, what the chart says of itself, named templates.

use super::package::Files;
use crate::topology::ChartTexts;

mod about;
mod refusals;
mod schema;
mod values;

pub use schema::schema;
pub use values::values;

/// The named templates that objects' templates use: names, and the twins of `formula`'s functions.
const HELPERS: &str = include_str!("files/_helpers.tpl");

/// The files by their path below the chart's folder, for topologies by their words.
pub(super) fn files(topologies: &[(String, ChartTexts)]) -> Files {
    let mut files = about::files(topologies);
    files.extend(refusals::files(topologies));
    files.extend([
        ("templates/_helpers.tpl".into(), HELPERS.into()),
        ("values.yaml".into(), values::file()),
        ("values.schema.json".into(), format!("{:#}\n", schema())),
    ]);
    files
}
