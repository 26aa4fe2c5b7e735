//! NOTES.txt: what a user is told after an installation. The commands in it are tried where they need no cluster.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Chart, texts};

/// The notes with the values. `helm template` never shows them, so a ConfigMap does.
fn notes(values: &str) -> String {
    let chart = Chart::new();
    let shown = "notes: |\n{{ include \"pgherd/templates/NOTES.txt\" . | indent 2 }}\n";
    fs::write(chart.path().join("templates/shown.yaml"), shown).expect("a template");
    let shown = chart
        .template("templates/shown.yaml", values)
        .expect("notes");
    let document: serde_yaml::Value = serde_yaml::from_str(&shown).expect("YAML");
    document["notes"].as_str().expect("notes").to_owned()
}

#[test]
fn by_default_they_name_the_services_and_the_test() {
    let notes = notes("");
    for part in [
        "cluster shop in namespace databases, a primary and 2 standby(s)",
        "shop-primary.databases.svc   port 5432",
        "shop-standby.databases.svc   port 5432",
        "kubectl exec -it -n databases shop-primary-0 -- psql -d app\n",
        "helm test shop -n databases --logs\n",
    ] {
        assert!(notes.contains(part), "{part:?} is not in\n{notes}");
    }
    assert!(
        !notes.contains("external") && !notes.contains("pgpool"),
        "{notes}"
    );
    assert!(!notes.contains("\n\n\n"), "{notes}");
}

#[test]
fn values_change_them() {
    let notes = notes(
        "{name: violet, namespace: data, members: 2, primary: violet-leader-0, roles: {primary: leader, standby: follower},
          credentials: {existingSecret: mine}, pooler: {kind: pgpool, image: i}, expose: {type: NodePort, to: pooler}}",
    );
    for part in [
        "cluster violet in namespace data, a primary and 1 standby(s)",
        "violet-leader.data.svc ",
        "violet-follower.data.svc ",
        "violet-pgpool.data.svc ",
        "service violet-external ",
        "violet-leader-0 -- psql",
        "Secret mine,",
        "helm test shop -n databases",
    ] {
        assert!(notes.contains(part), "{part:?} is not in\n{notes}");
    }
    assert!(!notes.contains("keygen"), "{notes}");
}

#[test]
fn the_command_for_the_secret_makes_that_secret() {
    // The name has to stay a text on its way: parsers of YAML 1.2 read the word as nothing.
    let notes = notes("fullnameOverride: 'null'");
    let line = notes
        .lines()
        .find(|line| line.contains("pgherd keygen"))
        .expect("a command");
    let (make, create) = line.rsplit_once('|').expect("a pipe to kubectl");
    assert_eq!(create.trim(), "kubectl create -n databases -f -");
    let programs = Path::new(env!("CARGO_BIN_EXE_pgherd"))
        .parent()
        .expect("a folder");
    let path = format!(
        "{}:{}",
        programs.display(),
        std::env::var("PATH").expect("a path")
    );
    let out = Command::new("sh")
        .args(["-c", make])
        .env("PATH", path)
        .output()
        .expect("sh runs");
    let secret = texts(&out).unwrap();
    assert!(
        secret.contains("name: null-credentials\n"),
        "no such Secret"
    );
    let namespaces = secret.matches("  namespace: databases\n").count();
    assert_eq!(namespaces, secret.matches("kind: Secret\n").count());
    assert!(
        notes.contains("Passwords are in Secret null-credentials,"),
        "{notes}"
    );
}
