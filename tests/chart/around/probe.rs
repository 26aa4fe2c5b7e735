//! `helm test`: the pod as it is rendered, and its script with a stand-in for psql. Real servers see it in `pgherd e2e`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use k8s_openapi::api::core::v1::{Container, Pod};
use tempfile::TempDir;

use super::Chart;

fn pod(values: &str) -> Pod {
    let text = Chart::new()
        .template("templates/tests/test-replication.yaml", values)
        .expect("the pod");
    let written: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
    let pod: Pod = serde_json::from_value(written.clone()).expect("a Pod");
    // A field that Kubernetes does not know would be lost here.
    assert_eq!(serde_json::to_value(&pod).expect("JSON"), written);
    pod
}

fn container(pod: &Pod) -> &Container {
    &pod.spec.as_ref().expect("a spec").containers[0]
}

fn variable(container: &Container, name: &str) -> String {
    let variables = container.env.as_ref().expect("variables");
    let variable = variables
        .iter()
        .find(|variable| variable.name == name)
        .expect("the variable");
    variable.value.clone().expect("a value")
}

#[test]
fn the_pod_runs_the_script_as_it_is_in_git() {
    let pod = pod("");
    let container = container(&pod);
    let script = include_str!("../../../src/chart/around/files/test-replication.sh");
    let command = container.command.as_ref().expect("a command");
    assert_eq!(command.join("\n"), format!("bash\n-c\n{script}"));
    // The kubelet takes the first for one dollar sign, and the second for a variable of the container.
    assert!(!script.contains("$$"));
    for variable in container.env.as_ref().expect("variables") {
        assert!(!script.contains(&format!("$({})", variable.name)));
    }
}

#[test]
fn names_that_are_words_of_yaml_stay_texts() {
    for name in ["on", "null", "y"] {
        let pod = pod(&format!("{{name: '{name}', namespace: '123'}}"));
        let labels = pod.metadata.labels.expect("labels");
        assert_eq!(labels[pgherd::names::INSTANCE_LABEL], name);
        assert_eq!(pod.metadata.namespace.as_deref(), Some("123"));
        let spec = pod.spec.expect("a spec");
        assert_eq!(spec.service_account_name.as_deref(), Some(name));
    }
}

#[test]
fn the_pod_keeps_to_the_restricted_standard() {
    let pod = pod("");
    let spec = pod.spec.as_ref().expect("a spec");
    let rights = spec.security_context.as_ref().expect("rights");
    assert_eq!(rights.run_as_non_root, Some(true));
    assert_eq!(
        (rights.run_as_user, rights.fs_group),
        (Some(999), Some(999))
    );
    assert_eq!(
        rights.seccomp_profile.as_ref().expect("a profile").type_,
        "RuntimeDefault"
    );
    assert_eq!(spec.automount_service_account_token, Some(false));
    assert_eq!(
        container(&pod).security_context,
        Some(pgherd::k8s::pod::container_security())
    );
    assert!(container(&pod).resources.is_some());
}

#[test]
fn the_pod_takes_what_the_cluster_takes() {
    let pod = pod(
        "{name: violet, namespace: data, postgres: {version: 16, database: shop, owner: clerk}, roles: {primary: leader},
          credentials: {existingSecret: mine}, security: {runAsUser: 20001}, imagePullSecrets: [registry],
          labels: {team: payments, on: 'on'}, annotations: {owner: payments@example.com},
          scheduling: {nodeSelector: {disk: ssd}, priorityClassName: database,
                       tolerations: [{key: dedicated, value: database, effect: NoSchedule}]}}",
    );
    let spec = pod.spec.as_ref().expect("a spec");
    assert_eq!(pod.metadata.namespace.as_deref(), Some("data"));
    assert_eq!(
        pod.metadata.labels.as_ref().expect("labels")["team"],
        "payments"
    );
    assert_eq!(container(&pod).image.as_deref(), Some("postgres:16"));
    assert_eq!(variable(container(&pod), "PRIMARY"), "violet-leader");
    assert_eq!(variable(container(&pod), "STANDBYS"), "violet-standby");
    assert_eq!(variable(container(&pod), "PGUSER"), "clerk");
    assert_eq!(variable(container(&pod), "PGDATABASE"), "shop");
    assert_eq!(
        spec.security_context.as_ref().expect("rights").run_as_user,
        Some(20001)
    );
    assert_eq!(spec.tolerations.as_ref().expect("tolerations").len(), 1);
    assert_eq!(
        spec.image_pull_secrets.as_ref().expect("secrets")[0].name,
        "registry"
    );
    let secret = spec.volumes.as_ref().expect("volumes")[0].secret.as_ref();
    assert_eq!(
        secret.expect("a Secret").secret_name.as_deref(),
        Some("mine")
    );
}

/// Runs the script with a deadline of a second and a psql that does what `psql` says, with the host in `$host` and the
/// SQL in `$sql`.
fn run(psql: &str) -> (Output, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let script = include_str!("../../../src/chart/around/files/test-replication.sh").replacen(
        "seconds=60",
        "seconds=1",
        1,
    );
    fs::write(
        path("psql"),
        format!(
            "#!/bin/bash\nhost=$6 sql=$8\necho \"$host: $sql\" >>{0}/asked\n{psql}\n",
            folder.path().display()
        ),
    )
    .expect("a stub");
    fs::set_permissions(path("psql"), fs::Permissions::from_mode(0o755)).expect("a program");
    fs::write(path("owner"), "a:b\\c").expect("a password");
    let out = Command::new("bash")
        .args(["-c", &script])
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .envs([
            ("PRIMARY", "lead"),
            ("STANDBYS", "follow"),
            ("PGUSER", "app"),
            ("PGDATABASE", "app"),
        ])
        .envs([
            ("PGPASSFILE", path("passfile")),
            ("PASSWORD_FILE", path("owner")),
        ])
        .env("HOSTNAME", "pod-0")
        .output()
        .expect("bash runs");
    (out, folder)
}

#[test]
fn a_row_that_is_read_on_a_standby_is_a_success_and_the_table_goes() {
    let (out, folder) = run("grep -o \"pod-0-[0-9]*\" <<<\"$sql\" || true");
    assert!(out.status.success(), "{out:?}");
    let said = String::from_utf8_lossy(&out.stdout);
    assert_eq!(
        said,
        "write a row on lead: done\nread the row on follow: done\n"
    );
    let asked = fs::read_to_string(folder.path().join("asked")).expect("questions");
    assert!(
        asked.ends_with("lead: drop table if exists pgherd_helm_test\n"),
        "{asked}"
    );
    let passfile = folder.path().join("passfile");
    assert_eq!(
        fs::read_to_string(&passfile).expect("written"),
        "*:*:*:app:a\\:b\\\\c\n"
    );
    let mode = fs::metadata(&passfile)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_row_that_never_comes_is_a_failure_with_what_was_seen() {
    let (out, folder) = run(
        "[ \"$host\" = lead ] || { echo 'no such table' >&2; exit 1; }\ngrep -o \"pod-0-[0-9]*\" <<<\"$sql\" || true",
    );
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(
        said,
        "failed to read the row on follow within 1 s; last seen: no such table\n"
    );
    let asked = fs::read_to_string(folder.path().join("asked")).expect("questions");
    assert!(
        asked.ends_with("lead: drop table if exists pgherd_helm_test\n"),
        "{asked}"
    );
}
