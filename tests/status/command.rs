//! The commands themselves, as far as they go without a cluster.

use std::fs;

use assert_cmd::Command;
use tempfile::TempDir;

fn pgherd(arguments: &[&str]) -> (i32, String, String) {
    let folder = TempDir::new().expect("a folder");
    let spec = folder.path().join("shop.yaml");
    fs::write(
        &spec,
        "name: shop\ntopology: streaming\nnamespace: store\nexpose: {type: NodePort, nodePort: 32000}\n",
    )
    .expect("a spec");
    let mut command = Command::cargo_bin("pgherd").expect("the program");
    command.env("KUBECONFIG", folder.path().join("no-kubeconfig"));
    for argument in arguments {
        if *argument == "SPEC" {
            command.arg(&spec);
        } else {
            command.arg(argument);
        }
    }
    let output = command.output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().expect("a code"),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn without_a_cluster_the_environment_is_not_fit() {
    for command in ["status", "psql"] {
        let (code, stdout, stderr) = pgherd(&[command, "-f", "SPEC"]);
        assert_eq!((code, stdout.as_str()), (3, ""), "{stderr}");
        assert!(stderr.contains("kubeconfig"), "{stderr}");
    }
}

#[test]
fn wrong_usage_is_told_before_a_cluster_is_looked_for() {
    for arguments in [
        &["status"][..],
        &["status", "-f", "SPEC", "-n", "other"],
        &["psql", "-f", "SPEC", "--standby", "2"],
        &["psql", "-f", "-"],
        &["psql", "-f", "SPEC", "-f", "SPEC"],
    ] {
        let (code, stdout, stderr) = pgherd(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
    }
}
