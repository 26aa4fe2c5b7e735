//! What the chart says of itself, and the texts that come with it: Chart.yaml, README.md, NOTES.txt, the test.
//!
//! Facts come from the schema and the crate; no template of the cluster's objects is here.

use std::fmt::Write;

use serde_json::{Value, json};

use super::schema::schema;
use crate::chart::package::{CHART, Files, MARK, NAME, VERSION};
use crate::output::yaml;
use crate::spec::KUBERNETES;
use crate::spec::comment::{is_optional, is_section, meaning, scalar};
use crate::topology::ChartTexts;

/// The Kubernetes versions that the objects are made for. `-0` lets versions with a suffix in, as clouds call theirs.
const KUBERNETES_VERSIONS: &str = ">=1.33.0-0";

/// The files by their path below the chart's folder.
pub(super) fn files(topologies: &[(String, ChartTexts)]) -> Files {
    [
        (CHART, chart(topologies)),
        ("LICENSE", include_str!("../../../LICENSE").into()),
        ("README.md", readme(topologies)),
        (
            "files/test-replication.sh",
            include_str!("files/test-replication.sh").into(),
        ),
        (
            "templates/NOTES.txt",
            include_str!("files/NOTES.txt").into(),
        ),
        (
            "templates/tests/test-replication.yaml",
            include_str!("files/test-replication.yaml").into(),
        ),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into()
}

/// Chart.yaml. It names no home, source or maintainer: there is none to point to yet.
/// <https://helm.sh/docs/topics/charts/#the-chartyaml-file>
fn chart(topologies: &[(String, ChartTexts)]) -> String {
    let schema = schema();
    let version = &schema["properties"]["postgres"]["properties"]["version"]["default"];
    let texts = || topologies.iter().map(|(_, texts)| texts);
    let descriptions: Vec<&str> = texts().map(|texts| texts.description).collect();
    let mut keywords = vec!["postgresql", "postgres", "database", "sql"];
    keywords.extend(texts().flat_map(|texts| texts.keywords));
    keywords.push("pgpool");
    let links = texts().flat_map(|texts| texts.links);
    let links: Vec<String> = links
        .map(|(name, address)| format!("- name: {name}\n  url: {address}\n"))
        .collect();
    let chart = json!({
        "apiVersion": "v2",
        "name": NAME,
        "description": format!("PostgreSQL with {}", descriptions.join(", or ")),
        "type": "application",
        "version": VERSION,
        "appVersion": version.to_string(),
        "kubeVersion": KUBERNETES_VERSIONS,
        "keywords": keywords,
        // https://artifacthub.io/docs/topics/annotations/helm/
        "annotations": {
            "artifacthub.io/category": "database",
            "artifacthub.io/license": env!("CARGO_PKG_LICENSE"),
            "artifacthub.io/operator": "false",
            "artifacthub.io/images": format!("- name: postgres\n  image: postgres:{version}\n"),
            "artifacthub.io/links": links.concat(),
        },
    });
    format!(
        "{MARK}: changed there, not here\n{}",
        yaml::document(&chart)
    )
}

/// README.md: its text, and a row for each value.
fn readme(topologies: &[(String, ChartTexts)]) -> String {
    let texts = || topologies.iter().map(|(_, texts)| texts);
    let services = texts().flat_map(|texts| texts.services);
    let services: Vec<String> = services
        .map(|(name, purpose)| format!("| `{name}` | {purpose} |\n"))
        .collect();
    let about: Vec<&str> = texts().map(|texts| texts.about).collect();
    let refused: Vec<&str> = texts().map(|texts| texts.refused).collect();
    let names = || texts().flat_map(|texts| texts.names);
    let changed: Vec<String> = names()
        .map(|(field, parts)| format!("`{field}` changes {parts} in these names."))
        .collect();
    let fields: Vec<String> = names().map(|(field, _)| format!(", `{field}`")).collect();
    let mut text = include_str!("files/README.md")
        .replace("{about}\n", &about.join("\n"))
        .replace("{services}\n", &services.concat())
        .replace("{names}", &changed.join(" "))
        .replace("{fields}", &fields.concat())
        .replace("{refused}", &refused.join(", "))
        .replace("{topology}", &topologies[0].0);
    text.push_str("| Key | Type | Default | Meaning |\n|---|---|---|---|\n");
    rows("", &schema(), &mut text);
    text
}

fn rows(path: &str, section: &Value, text: &mut String) {
    for (name, field) in section["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{name}");
        if is_section(field) {
            let _ = writeln!(text, "| **`{path}`** | | | {} |", cell(&meaning(field)));
            rows(&format!("{path}."), field, text);
            continue;
        }
        let _ = writeln!(
            text,
            "| `{path}` | {} | {} | {} |",
            kind(field),
            default(field),
            cell(&meaning(field))
        );
        rows(&format!("{path}[]."), &field["items"], text);
    }
}

/// The default as code; a field of a list's element may have none.
fn default(field: &Value) -> String {
    match &field["default"] {
        Value::Null if !is_optional(field) => String::new(),
        default => format!("`{}`", scalar(default)),
    }
}

/// The type in a reader's words.
fn kind(field: &Value) -> String {
    if let Some(kind) = field[KUBERNETES].as_str() {
        return format!("Kubernetes' `{kind}`");
    }
    if let Some(kind) = field["items"][KUBERNETES].as_str() {
        return format!("list of Kubernetes' `{kind}`");
    }
    let words = match &field["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => vec!["choice".into()],
        one => vec![one.clone()],
    };
    let words: Vec<&str> = words
        .iter()
        .filter_map(Value::as_str)
        .filter(|word| *word != "null")
        .map(|word| match word {
            "object" => "map",
            "array" => "list",
            "string" => "text",
            "integer" => "whole number",
            "boolean" => "true or false",
            other => other,
        })
        .collect();
    words.join(" or ")
}

/// Lines in one cell of a table.
fn cell(lines: &[String]) -> String {
    let words = |line: &String| match line
        .strip_prefix("- ")
        .and_then(|line| line.split_once(": "))
    {
        Some((word, meaning)) => format!("`{word}`: {meaning}"),
        None => line.clone(),
    };
    let lines: Vec<String> = lines.iter().map(words).collect();
    lines.join("<br>").replace('|', "\\|")
}
