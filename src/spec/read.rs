//! From the text of a spec to a [`Cluster`]: parse, judge the shape, then the rules across fields.
//!
//! Reports everything it finds at once, and nothing that only follows from another mistake.

use std::path::Path as Folder;

use serde_json::{Value, json};

use super::finding::Finding;
use super::path::{Path, Place, Step, path};
use super::problem::{Errors, Problem};
use super::rules;
use super::shape;
use super::tree::{self, Content, Node};
use super::{Spec, schema};
use crate::cluster::Cluster;

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
pub(super) struct Draft {
    pub(super) document: Node,
    /// What was written, defaults in place; fields at or below `broken` hold a stand-in.
    pub(super) spec: Spec,
    /// Fields with a mistake of shape: no rule may judge them.
    pub(super) broken: Vec<Path>,
}

/// The clusters of a stream, without passwords. All documents are checked before any is returned.
///
/// # Errors
/// Every mistake in the stream, located.
pub fn read(source: &Source) -> Result<Vec<Cluster>, Errors> {
    let mut problems = Vec::new();
    let documents = match tree::documents(source.text, &mut problems) {
        Ok(documents) => documents,
        Err(end) => {
            problems.push(end);
            return Err(Errors::new(source.name, problems));
        }
    };
    let drafts = drafts(documents, &mut problems);
    let mut clusters = Vec::new();
    for draft in &drafts {
        problems.extend(
            rules::findings(draft)
                .into_iter()
                .map(|finding| finding.locate(&draft.document)),
        );
        match rules::init_sql(draft, source.folder) {
            Ok(init_sql) => clusters.push(Cluster {
                spec: draft.spec.clone(),
                init_sql,
                passwords: None,
            }),
            Err(findings) => problems.extend(
                findings
                    .into_iter()
                    .map(|finding| finding.locate(&draft.document)),
            ),
        }
    }
    problems.extend(rules::stream(&drafts));
    if problems.is_empty() {
        Ok(clusters)
    } else {
        Err(Errors::new(source.name, problems))
    }
}

fn drafts(documents: Vec<Node>, problems: &mut Vec<Problem>) -> Vec<Draft> {
    let schema = schema();
    let validator = match jsonschema::validator_for(&schema) {
        Ok(validator) => validator,
        Err(error) => unreachable!("the schema made from the structs is valid: {error}"),
    };
    let mut written: Vec<Node> = documents
        .into_iter()
        .filter(|document| !is_null(document))
        .collect();
    if written.is_empty() {
        problems.push(empty());
    }
    written
        .drain(..)
        .filter_map(|document| draft(document, &validator, &schema, problems))
        .collect()
}

fn draft(
    document: Node,
    validator: &jsonschema::Validator,
    schema: &Value,
    problems: &mut Vec<Problem>,
) -> Option<Draft> {
    let mut value = document.to_value();
    let findings = shape::findings(validator, schema, &value);
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
    let clean = findings.is_empty();
    problems.extend(
        findings
            .into_iter()
            .map(|finding| finding.locate(&document)),
    );
    match serde_json::from_value(value) {
        Ok(spec) => Some(Draft {
            document,
            spec,
            broken,
        }),
        Err(error) if clean => {
            problems.push(Finding::value(Path::default(), error.to_string()).locate(&document));
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
    pub(super) fn knows(&self, fields: &[&[&str]]) -> bool {
        fields
            .iter()
            .all(|keys| !self.broken.iter().any(|broken| broken.touches(&path(keys))))
    }
}

#[cfg(test)]
mod tests {
    use super::{Errors, Source, read};
    use crate::cluster::Cluster;

    const EVERYTHING: &str = r#"
name: shop
namespace: null
topology: streaming
members: 4
primary: shop-master-0
bootstrap: job
roles: {primary: master, standby: slave}
postgres:
  version: 18
  image: registry:5000/postgres:18.1-trixie@sha256:0000
  initdb: {encoding: LATIN1, locale: C, checksums: false}
  parameters:
    shared_buffers: 128MB
    max_connections: 300
    log_file_mode: 0640
    random_page_cost: 1.1
    jit: off
    track_io_timing: true
    pg_stat_statements.max: 1000
    archive_mode: on
    archive_command: "cp %p '/archive/%f'"
    max_slot_wal_keep_size: 2GB
  hba:
    - {type: host, database: app, user: app, address: 10.1.0.0/16, method: reject}
    - {type: host, database: app, user: app, address: 10.0.0.0/8, method: scram-sha-256}
    - {type: host, database: "Größe", user: "a b", address: samenet, method: scram-sha-256}
  database: shop
  owner: shop
  initSql: [{text: "create extension pg_trgm"}]
storage: {size: 20Gi, className: null}
credentials: {existingSecret: shop-passwords}
pooler: {kind: pgpool, image: "pgherd-postgres:17", replicas: 2, maxClients: 100}
expose: {type: NodePort, to: pooler, nodePort: 32000}
resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: "1", memory: 1Gi}}
scheduling:
  nodeSelector: {kubernetes.io/arch: amd64}
  tolerations: [{operator: Exists}, {key: a, value: b, effect: null}]
  spread: required
security: {runAsUser: 10001}
disruption: {minStandbys: 2}
labels: {team: storefront, app.kubernetes.io/part-of: shop}
annotations: {example.com/note: "any text: at all"}
imagePullSecrets: [registry]
"#;

    fn clusters(text: &str) -> Result<Vec<Cluster>, Errors> {
        read(&Source {
            name: "spec",
            text,
            folder: None,
        })
    }

    #[test]
    fn a_spec_with_every_field_is_accepted() {
        let clusters = clusters(EVERYTHING).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(clusters.len(), 1);
        assert_eq!(clusters[0].init_sql, ["create extension pg_trgm"]);
        assert_eq!(clusters[0].spec.namespace, None);
        let parameter =
            |name: &str| serde_json::to_value(&clusters[0].spec.postgres.parameters[name]).unwrap();
        assert_eq!(parameter("log_file_mode"), "0640", "octal to PostgreSQL");
        assert_eq!(parameter("jit"), "off");
        assert_eq!(parameter("max_connections"), 300);
    }

    /// What is accepted with every field set, is accepted by the schema when written back.
    #[test]
    fn the_schema_accepts_what_is_read() {
        for text in [EVERYTHING, "{name: a, topology: streaming}"] {
            let spec = serde_json::to_value(&clusters(text).unwrap()[0].spec).unwrap();
            assert!(jsonschema::is_valid(&crate::spec::schema(), &spec));
        }
    }

    #[test]
    fn a_stream_gives_a_cluster_for_each_document() {
        let text = "---\nname: a\ntopology: streaming\n---\n# nothing\n---\nname: b\ntopology: streaming\n...\n";
        let names: Vec<String> = clusters(text)
            .unwrap()
            .iter()
            .map(|cluster| cluster.spec.name.clone())
            .collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn files_are_read_from_the_folder_of_the_spec() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("first.sql"), "select 1").unwrap();
        let text = "{name: a, topology: streaming, postgres: {initSql: [{file: first.sql}]}}";
        let read = read(&Source {
            name: "spec",
            text,
            folder: Some(folder.path()),
        });
        assert_eq!(read.unwrap()[0].init_sql, ["select 1"]);
    }

    #[test]
    fn sql_that_no_config_map_holds_is_refused() {
        let text = format!(
            "{{name: a, topology: streaming, postgres: {{initSql: [{{text: {}}}]}}}}",
            "x".repeat(300_000)
        );
        assert!(
            clusters(&text)
                .unwrap_err()
                .to_string()
                .contains("too long: 300000 bytes of SQL")
        );
    }

    /// A default must not be judged in the place of what was meant, nor a field whose value is already refused.
    #[test]
    fn nothing_is_reported_that_follows_from_another_mistake() {
        for text in [
            "{name: a, topology: streaming, postgres: {verison: 16, image: 'postgres:16'}}",
            "{name: A, topology: streaming, primary: A-primary-0}",
            "{name: a, topology: streaming, members: twelve, disruption: {minStandbys: 5}}",
            "{name: a, topology: streaming, pooler: {kind: pgpol}, expose: {type: NodePort, to: pooler}}",
            "{name: a, topology: streaming, pooler: {kind: pgpool, image: [], maxClients: 20}}",
        ] {
            assert_eq!(clusters(text).unwrap_err().count(), 1, "{text}");
        }
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..8 {
            let alias = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
        }
        assert!(
            clusters(&text)
                .unwrap_err()
                .to_string()
                .contains("more values than a spec can have")
        );
    }
}
