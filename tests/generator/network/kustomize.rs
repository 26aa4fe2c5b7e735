//! The policies behind a kustomization that renames and relabels: they let through what they did before. It asks
//! kubectl alone, and no cluster.

use std::fs;
use std::path::Path;
use std::process::Command;

use pgherd::{names, output, topology};
use serde::Deserialize as _;
use serde_json::Value;
use tempfile::TempDir;

use super::clusters::{NOBODY, gets_in, missing};
use super::world::{HOME, cluster, stranger, world};

/// Kustomize changes names, and labels where it is told to: policies follow, as they name nobody.
#[test]
fn kustomize_breaks_no_connection() {
    if std::env::var("PGHERD_SKIP_KUBECTL").is_ok_and(|skip| skip == "1") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let files = output::files::files(&topology::objects(&cluster(NOBODY), None));
    output::files::write(&folder.path().join("base"), &files).unwrap();
    let overlay = "
namePrefix: eu-
nameSuffix: -blue
namespace: elsewhere
labels: [{pairs: {team: storefront, app.kubernetes.io/instance: eu-shop}, includeSelectors: true}]
resources: [../base]
";
    let read = kustomized(folder.path(), overlay);
    let policies = read
        .iter()
        .filter(|object| object["kind"] == "NetworkPolicy");
    assert!(policies.clone().count() > 1);
    for policy in policies {
        let name = policy["metadata"]["name"].as_str().unwrap();
        assert!(name.starts_with("eu-") && name.ends_with("-blue"), "{name}");
    }
    let world = world(&read);
    assert_eq!(world.members().len(), 3);
    assert_eq!(world.with("team", "storefront").len(), world.pods.len());
    let test = [
        (names::INSTANCE_LABEL, "eu-shop"),
        (names::COMPONENT_LABEL, names::HELM_TEST),
        ("team", "storefront"),
    ];
    assert_eq!(missing(&world, &stranger(HOME, &test)), [""; 0]);
    assert!(!gets_in(&world, &stranger(HOME, &[("app", "web")])));
}

fn kustomized(folder: &Path, overlay: &str) -> Vec<Value> {
    let path = folder.join("overlay");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("kustomization.yaml"), overlay).unwrap();
    let output = Command::new("kubectl")
        .arg("kustomize")
        .arg(&path)
        .output()
        .expect("kubectl is not on PATH: install it, or set PGHERD_SKIP_KUBECTL=1 to leave out what needs it");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_yaml::Deserializer::from_slice(&output.stdout)
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}
