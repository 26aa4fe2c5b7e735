//! Specs that are read, and what reading them must not say.

use std::fmt::Write;

use pgherd::cluster::Cluster;
use pgherd::spec::{Errors, Quantities, Source, schema};
use pgherd::validate::read;

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
        assert!(jsonschema::is_valid(&schema(), &spec));
    }
}

/// Helm merges what is written into the defaults map by map, and a null takes a default away: so does a spec.
#[test]
fn defaults_are_filled_in_field_by_field() {
    let spec = |fields: &str| {
        let text = format!("{{name: a, topology: streaming, {fields}}}");
        clusters(&text).unwrap_or_else(|errors| panic!("{text}\n{errors}"))[0]
            .spec
            .clone()
    };
    let amounts = |quantities: &Quantities| (quantities.cpu.clone(), quantities.memory.clone());
    let some = |text: &str| Some(text.to_owned());

    let resources = spec("resources: {limits: {cpu: '1'}}").resources;
    assert_eq!(amounts(&resources.limits), (some("1"), some("512Mi")));
    assert_eq!(amounts(&resources.requests), (some("100m"), some("512Mi")));

    let resources = spec("resources: {requests: {cpu: null}, limits: {memory: null}}").resources;
    assert_eq!(amounts(&resources.limits), (None, None));
    assert_eq!(amounts(&resources.requests), (None, some("512Mi")));

    let pooler = spec("pooler: {resources: {requests: {memory: 64Mi}, limits: {}}}").pooler;
    assert_eq!(pooler.replicas, 2);
    assert_eq!(
        amounts(&pooler.resources.requests),
        (some("50m"), some("64Mi"))
    );
    assert_eq!(amounts(&pooler.resources.limits), (None, some("128Mi")));

    let postgres = spec("postgres: {initdb: {checksums: false}}").postgres;
    assert_eq!(
        (postgres.version, postgres.initdb.locale.as_str()),
        (17, "C.UTF-8")
    );
    let empty = spec("labels: {}, roles: {}, storage: {}, postgres: {}, resources: {}, pooler: {}");
    assert_eq!(empty, spec("members: 3"));
}

/// The schema says of every field what is filled in for it, in whatever section its type is used.
#[test]
fn the_schema_has_the_default_of_each_field_where_it_stands() {
    let schema = schema();
    let default = |pointer: &str| &schema.pointer(pointer).unwrap()["default"];
    let memory = "properties/requests/properties/memory";
    assert_eq!(default(&format!("/properties/resources/{memory}")), "512Mi");
    assert_eq!(
        default(&format!("/properties/pooler/properties/resources/{memory}")),
        "128Mi"
    );
    assert_eq!(
        default("/properties/pooler/properties/resources/properties/limits")["memory"],
        "128Mi"
    );
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
        "{name: a, topology: streaming, resources: {limits: {memory: 4GB}}, postgres: {parameters: {shared_buffers: 1GB}}}",
        "{name: a, topology: streaming, resources: {limits: {memroy: 4Gi}}, postgres: {parameters: {shared_buffers: 1GB}}}",
    ] {
        assert_eq!(clusters(text).unwrap_err().count(), 1, "{text}");
    }
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..8 {
        let alias = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{alias}]").unwrap();
    }
    assert!(
        clusters(&text)
            .unwrap_err()
            .to_string()
            .contains("more values than a spec can have")
    );
}

/// Whatever is cut out of a spec, reading ends with clusters or errors, never with a panic.
#[test]
fn damaged_specs_are_judged_like_any_other() {
    let lines: Vec<&str> = EVERYTHING.lines().collect();
    for missing in 0..lines.len() {
        let text = [&lines[..missing], &lines[missing + 1..]]
            .concat()
            .join("\n");
        let _ = clusters(&text);
        let _ = clusters(&lines[..missing].join("\n"));
    }
}
