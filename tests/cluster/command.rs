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
        &["dsn", "-f", "SPEC", "--pooler"],
        &["dsn", "-f", "SPEC", "--read", "--outside", "node"],
        &["completions", "no-such-shell"],
        &["e2e", "-f", "SPEC", "--postgres", "14"],
        &["e2e", "-f", "SPEC", "--on", ""],
        &["e2e", "-f", "SPEC", "--on", "kind", "--context", "kind"],
        &["e2e", "-f", "SPEC", "--on", "here", "--node-image", "nodes"],
        &[
            "e2e",
            "-f",
            "SPEC",
            "--on",
            "processes",
            "--node-image",
            "nodes",
        ],
    ] {
        let (code, stdout, stderr) = pgherd(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_connection_string_is_all_that_dsn_prints() {
    for (arguments, expected) in [
        (
            &["dsn", "-f", "SPEC"][..],
            "postgresql://app@shop-primary.store.svc:5432/app?sslmode=verify-full\n",
        ),
        (
            &["dsn", "-f", "SPEC", "--read"],
            "postgresql://app@shop-standby.store.svc:5432/app?sslmode=verify-full\n",
        ),
        (
            &["dsn", "-f", "SPEC", "--outside", "10.0.0.7"],
            "postgresql://app@10.0.0.7:32000/app?sslmode=verify-full\n",
        ),
    ] {
        let (code, stdout, stderr) = pgherd(arguments);
        assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, expected, ""));
    }
}

#[test]
fn shells_and_man_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, stdout, _) = pgherd(&["completions", shell]);
        assert_eq!(code, 0);
        assert!(
            stdout.contains("status") && stdout.contains("keygen"),
            "{shell}"
        );
    }
    let (code, page, _) = pgherd(&["man"]);
    assert!(code == 0 && page.contains("pgherd\\-status"), "{page}");
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8");
    assert_eq!(pgherd(&["man", "--out", path]).0, 0);
    for page in ["pgherd.1", "pgherd-status.1", "pgherd-psql.1"] {
        assert!(folder.path().join(page).exists(), "{page}");
    }
}

/// Nothing is made: no check has such a name.
#[cfg(target_os = "linux")]
#[test]
fn without_docker_a_run_is_of_processes_unless_kubernetes_is_asked_for() {
    let empty = TempDir::new().expect("a folder");
    let spec = empty.path().join("shop.yaml");
    fs::write(&spec, "name: shop\ntopology: streaming\n").expect("a spec");
    let told = |more: &[&str]| {
        let mut command = Command::cargo_bin("pgherd").expect("the program");
        command.env("PATH", empty.path());
        command
            .args(["e2e", "--only", "no such check", "-f"])
            .arg(&spec);
        let output = command.args(more).output().expect("it runs");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let note =
        "note: no Docker here (the program `docker` is not on PATH): as processes of this machine";
    assert!(told(&[]).contains(note), "{}", told(&[]));
    for more in [
        &["--on", "kind"][..],
        &["--on", "some-context"],
        &["--context", "some-context"],
        &["--node-image", "nodes"],
    ] {
        let told = told(more);
        assert!(!told.contains("as processes"), "{more:?}: {told}");
        assert!(told.contains("no check has"), "{more:?}: {told}");
    }
}
