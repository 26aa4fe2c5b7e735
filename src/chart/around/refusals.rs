//! Rules across fields that guard data: the render fails with the words of `gen`. A schema cannot say them.

use serde_json::json;

use crate::chart::package::Files;
use crate::spec;

/// Asks, when the chart is rendered, for what is refused.
const TEMPLATE: &str = include_str!("files/refusals.yaml");

/// The template that refuses, and the tables that it reads.
pub(super) fn files() -> Files {
    let tables = json!(spec::guards());
    Files::from([
        ("templates/refusals.yaml".into(), TEMPLATE.into()),
        ("files/refusals.json".into(), format!("{tables:#}\n")),
    ])
}
