//! Rules across fields that guard data: the render fails with the words of `gen`. A schema cannot say them.

use serde_json::json;

use crate::chart::package::Files;
use crate::topology::ChartTexts;
use crate::validate;

/// Asks, when the chart is rendered, for what is refused.
const TEMPLATE: &str = include_str!("files/refusals.yaml");
/// The line behind which topologies refuse what is theirs.
const OWN: &str = "{{- /* What else the topology refuses. */ -}}\n";

/// The template that refuses, and the tables that it reads.
pub(super) fn files(topologies: &[(String, ChartTexts)]) -> Files {
    let tables = json!(validate::guards());
    let own: String = topologies
        .iter()
        .map(|(word, texts)| only(word, texts.refusals, topologies))
        .collect();
    let template = TEMPLATE.replace(OWN, &format!("{OWN}{own}"));
    Files::from([
        ("templates/refusals.yaml".into(), template),
        ("files/refusals.json".into(), format!("{tables:#}\n")),
    ])
}

/// A part of the template that is asked with one topology alone; where there is no other, without a condition.
fn only(word: &str, part: &str, topologies: &[(String, ChartTexts)]) -> String {
    if topologies.len() == 1 {
        return part.into();
    }
    format!("{{{{- if eq .Values.topology \"{word}\" -}}}}\n{part}{{{{- end -}}}}\n")
}
