//! From the text of specs to drafts: parses, judges the shape of each, fills in defaults. Rules across fields are
//! `validate`'s.
//!
//! Reports everything it finds at once, and nothing that only follows from another mistake.

use std::path::Path as Folder;

use serde_json::{Value, json};

use super::defaults;
use super::finding::Finding;
use super::kubernetes;
use super::path::{Path, Place, Step, path};
use super::problem::{Errors, Problem};
use super::shape;
use super::tree::{self, Content, Node};
use super::{Spec, schema};
use crate::k8s;

/// The text of one or more specs and where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// How error messages call it, usually the file's name.
    pub name: &'a str,
    /// One YAML document per cluster.
    pub text: &'a str,
    /// The folder from which `initSql` files are named; without it, the current one.
    pub folder: Option<&'a Folder>,
}

/// A document on its way to a cluster.
pub(crate) struct Draft {
    pub(crate) document: Node,
    /// What was written, defaults in place; fields at or below `broken` hold a stand-in.
    pub(crate) spec: Spec,
    /// Fields with a mistake of shape: no rule may judge them.
    pub(crate) broken: Vec<Path>,
}

/// The documents of a stream, judged by the shape of each; what is wrong goes to `problems`.
///
/// # Errors
/// Where the text is no stream of documents.
pub(crate) fn read(source: &Source, problems: &mut Vec<Problem>) -> Result<Vec<Draft>, Errors> {
    match tree::documents(source.text, problems) {
        Ok(documents) => Ok(drafts(documents, problems)),
        Err(end) => {
            problems.push(*end);
            Err(Errors::new(source.name, std::mem::take(problems)))
        }
    }
}

fn drafts(documents: Vec<Node>, problems: &mut Vec<Problem>) -> Vec<Draft> {
    let schema = schema();
    let mut written: Vec<Node> = documents
        .into_iter()
        .filter(|document| !is_null(document))
        .collect();
    if written.is_empty() {
        problems.push(empty());
    }
    written
        .drain(..)
        .filter_map(|document| draft(document, &schema, problems))
        .collect()
}

fn draft(document: Node, schema: &Value, problems: &mut Vec<Problem>) -> Option<Draft> {
    let mut value = document.to_value();
    let mut findings = shape::findings(schema, &value);
    for finding in kubernetes::findings(schema, &value) {
        if !findings.iter().any(|known| known.path == finding.path) {
            findings.push(finding);
        }
    }
    for finding in &findings {
        remove(&mut value, &finding.path);
    }
    let meant = findings.iter().filter_map(|finding| finding.meant.clone());
    let broken = findings
        .iter()
        .map(|finding| finding.path.clone())
        .chain(meant)
        .collect();
    stand_in(&mut value);
    defaults::fill(&mut value, schema);
    let clean = findings.is_empty();
    problems.extend(
        findings
            .into_iter()
            .map(|finding| finding.locate(&document)),
    );
    match k8s::read(&value) {
        Ok(spec) => Some(Draft {
            document,
            spec,
            broken,
        }),
        Err(error) if clean => {
            problems.push(
                Finding::value(Path::default(), error.into_inner().to_string()).locate(&document),
            );
            None
        }
        Err(_) => None,
    }
}

/// Takes a broken field away so that the rest can be judged; of a list, the whole, as places go by index.
fn remove(value: &mut Value, path: &Path) {
    let mut here = value;
    for (position, step) in path.0.iter().enumerate() {
        let Step::Key(key) = step else { return };
        let last = position + 1 == path.0.len() || matches!(path.0[position + 1], Step::Index(_));
        let Value::Object(fields) = here else { return };
        if last {
            fields.shift_remove(key);
            return;
        }
        let Some(below) = fields.get_mut(key) else {
            return;
        };
        here = below;
    }
}

/// Puts something in the place of required fields that are missing or broken; never read, as they are in `broken`.
fn stand_in(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.entry("name").or_insert_with(|| json!("name"));
        fields
            .entry("topology")
            .or_insert_with(|| json!("streaming"));
    }
}

fn is_null(document: &Node) -> bool {
    matches!(document.content, Content::Scalar(Value::Null))
}

fn empty() -> Problem {
    Problem {
        place: Place { line: 1, column: 1 },
        path: String::new(),
        what: "no spec in it".into(),
        value: None,
        allowed: None,
        hint: Some(
            "`pgherd init` prints one to begin with; the least is a name and a topology".into(),
        ),
    }
}

impl Draft {
    /// Whether none of these fields has a mistake of shape, so that a rule may judge them.
    pub(crate) fn knows(&self, fields: &[&[&str]]) -> bool {
        fields
            .iter()
            .all(|keys| !self.broken.iter().any(|broken| broken.touches(&path(keys))))
    }
}
