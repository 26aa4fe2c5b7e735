//! Rules across fields that guard data: the render fails with the words of `gen`. A schema cannot say them.

use std::collections::BTreeMap;

use serde_json::json;

use crate::spec;

/// Asks, when the chart is rendered, for what is refused.
const TEMPLATE: &str = include_str!("files/refusals.yaml");

/// The template that refuses, and the list that it reads.
pub(super) fn files() -> BTreeMap<String, String> {
    let (names, beginnings) = spec::refused_parameters();
    let list = json!({"names": names, "beginnings": beginnings});
    BTreeMap::from([
        ("templates/refusals.yaml".into(), TEMPLATE.into()),
        (
            "files/refused-parameters.json".into(),
            format!("{list:#}\n"),
        ),
    ])
}
