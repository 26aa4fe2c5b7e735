//! The folder: its names, what it refuses, and that kustomize takes it as a base.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgherd::k8s::{Manifest, Object};
use pgherd::output::files::{self, WriteError, files, write};
use pgherd::output::yaml;
use serde::Deserialize as _;
use serde_json::Value;
use tempfile::TempDir;

use super::samples::{SCRIPT, manifests};

fn names(files: &BTreeMap<PathBuf, String>) -> Vec<&str> {
    files.keys().map(|name| name.to_str().unwrap()).collect()
}

fn in_namespace(namespace: &str) -> Manifest {
    let mut manifest = manifests().remove(0);
    if let Object::ConfigMap(object) = &mut manifest.object {
        object.metadata.namespace = Some(namespace.into());
    }
    manifest
}

#[test]
fn files_sort_in_the_order_of_apply() {
    let files = files(&manifests());
    let expected = [
        "20-secret-shop-credentials.yaml",
        "30-configmap-shop-config.yaml",
        "40-service-shop-primary.yaml",
        "60-statefulset-shop-standby.yaml",
        "kustomization.yaml",
    ];
    assert_eq!(names(&files), expected);
    let service = &manifests()[2..3];
    assert_eq!(
        files[Path::new("40-service-shop-primary.yaml")],
        yaml::render(service)
    );
    insta::assert_snapshot!(files[Path::new(files::KUSTOMIZATION)], @r"
    ---
    # Made by pgherd gen: use this folder as a base, change it from an overlay
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    resources:
      - 30-configmap-shop-config.yaml
      - 20-secret-shop-credentials.yaml
      - 40-service-shop-primary.yaml
      - 60-statefulset-shop-standby.yaml
    ");
}

#[test]
fn no_object_is_lost_to_another_of_its_name() {
    let two = files(&[in_namespace("a"), in_namespace("b")]);
    let expected = [
        "30-configmap-a.shop-config.yaml",
        "30-configmap-b.shop-config.yaml",
        "kustomization.yaml",
    ];
    assert_eq!(names(&two), expected);

    let twice = [in_namespace("a"), in_namespace("a")];
    let one = files(&twice);
    assert_eq!(
        names(&one),
        ["30-configmap-shop-config.yaml", "kustomization.yaml"]
    );
    assert_eq!(
        one[Path::new("30-configmap-shop-config.yaml")],
        yaml::render(&twice)
    );
}

#[test]
fn writing_again_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let files = files(&manifests());
    fs::write(folder.path().join("README.md"), "mine").unwrap();
    fs::write(folder.path().join("patch.yaml"), "mine").unwrap();
    for _ in 0..2 {
        write(folder.path(), &files).unwrap();
        for (name, text) in &files {
            assert_eq!(&fs::read_to_string(folder.path().join(name)).unwrap(), text);
        }
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        files.len() + 2
    );
}

#[cfg(unix)]
#[test]
fn passwords_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    write(folder.path(), &files(&manifests())).unwrap();
    let secret = folder.path().join("20-secret-shop-credentials.yaml");
    assert_eq!(
        fs::metadata(secret).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn files_of_an_earlier_run_are_refused() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &files(&manifests())).unwrap();
    let fewer = files(&manifests()[..2]);
    let before = fs::read_to_string(folder.path().join(files::KUSTOMIZATION)).unwrap();

    let error = write(folder.path(), &fewer).unwrap_err();
    let WriteError::Stale { files, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        files,
        &[
            "40-service-shop-primary.yaml",
            "60-statefulset-shop-standby.yaml"
        ]
    );
    assert!(error.to_string().contains("\nhint: "), "{error}");
    assert_eq!(
        fs::read_to_string(folder.path().join(files::KUSTOMIZATION)).unwrap(),
        before
    );
}

/// Of every kind of object that there is: each golden folder was one of another spec.
#[test]
fn a_file_of_any_kind_is_known_again() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &files(&manifests())).unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let folders = fs::read_dir(golden).unwrap().map(|entry| entry.unwrap());
    let mut made: Vec<String> = folders
        .filter(|entry| entry.path().is_dir() && entry.file_name() != "invalid")
        .flat_map(|entry| fs::read_dir(entry.path()).unwrap())
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            Some(format!("{}.yaml", name.strip_suffix(".snap.yaml")?))
        })
        .filter(|name| *name != "kustomization.yaml" && !folder.path().join(name).exists())
        .collect();
    made.sort();
    made.dedup();
    assert!(made.len() > 50, "{made:?}");
    for name in &made {
        fs::write(folder.path().join(name), "kind: Of an earlier run\n").unwrap();
    }
    let Err(WriteError::Stale { files, .. }) = write(folder.path(), &files(&manifests())) else {
        panic!("a folder with other files was written");
    };
    assert_eq!(files, made);
}

#[test]
fn a_kustomization_of_the_users_own_is_kept() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(files::KUSTOMIZATION);
    fs::write(&path, "resources: [../base]\n").unwrap();

    let error = write(folder.path(), &files(&manifests())).unwrap_err();
    assert!(matches!(&error, WriteError::Foreign { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "resources: [../base]\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = write(&file, &files(&manifests())).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot make folder {}", file.display())
    );
}

#[test]
fn kustomize_takes_the_folder_as_a_base() {
    if super::kubectl_is_left_out() {
        return;
    }
    let folder = TempDir::new().unwrap();
    write(&folder.path().join("base"), &files(&manifests())).unwrap();
    let overlay = folder.path().join("overlay");
    fs::create_dir(&overlay).unwrap();
    fs::write(
        overlay.join("kustomization.yaml"),
        "namePrefix: eu-\nnamespace: other\nresources: [../base]\n",
    )
    .unwrap();

    let output = Command::new("kubectl")
        .arg("kustomize")
        .arg(&overlay)
        .output()
        .expect(super::NO_KUBECTL);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let read: Vec<Value> = serde_yaml::Deserializer::from_slice(&output.stdout)
        .map(|document| Value::deserialize(document).unwrap())
        .collect();
    let of_kind = |kind: &str| read.iter().find(|object| object["kind"] == kind).unwrap();
    assert_eq!(of_kind("ConfigMap")["data"]["start.sh"], SCRIPT);
    assert_eq!(of_kind("ConfigMap")["metadata"]["name"], "eu-shop-config");
    let standbys = of_kind("StatefulSet");
    assert_eq!(standbys["metadata"]["namespace"], "other");
    assert_eq!(standbys["spec"]["serviceName"], "eu-shop-primary");
    let volumes = &standbys["spec"]["template"]["spec"]["volumes"];
    assert_eq!(volumes[0]["configMap"]["name"], "eu-shop-config");
}
