//! The chart as a folder and as an archive, and `pgherd chart`.

use std::fs;
use std::io::Read;
use std::path::Path;

use assert_cmd::Command;
use pgherd::chart::package;
use tempfile::TempDir;

use super::{chart_files, helm, root, texts};

fn pgherd(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::cargo_bin("pgherd").expect("the program");
    let out = command
        .current_dir(folder)
        .arg("chart")
        .args(args)
        .output()
        .expect("it runs");
    assert!(out.stdout.is_empty(), "stdout is for what was asked for");
    (
        out.status.code(),
        String::from_utf8_lossy(&out.stderr).into_owned(),
    )
}

#[test]
fn the_committed_chart_is_current() {
    let (code, said) = pgherd(root(), &["--check"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
}

#[test]
fn packaging_twice_gives_the_same_bytes() {
    let once = package::archive(chart_files()).expect("an archive");
    assert_eq!(once, package::archive(chart_files()).expect("an archive"));
}

#[test]
fn the_archive_is_laid_out_as_helm_does() {
    let bytes = package::archive(chart_files()).expect("an archive");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&*bytes));
    let mut paths = Vec::new();
    for entry in archive.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let header = entry.header();
        assert_eq!(header.mode().ok(), Some(0o644));
        assert_eq!((header.uid().ok(), header.gid().ok()), (Some(0), Some(0)));
        let path = entry.path().expect("a path").display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("a text");
        let name = path.strip_prefix("pgherd/").expect("in the chart's folder");
        assert_eq!(text, chart_files()[name]);
        paths.push(path);
    }
    assert_eq!(paths.len(), chart_files().len());
    assert_eq!(paths[0], "pgherd/Chart.yaml");
    assert!(paths[1..].is_sorted(), "{paths:?}");
}

#[test]
fn helm_reads_the_archive() {
    let folder = TempDir::new().expect("a folder");
    let (code, said) = pgherd(folder.path(), &["--package", "."]);
    assert_eq!(code, Some(0), "{said}");
    let archive = folder.path().join(package::archive_name());
    assert!(said.contains(&package::archive_name()), "{said}");
    let show = |what| {
        let out = helm()
            .args(["show", what])
            .arg(&archive)
            .output()
            .expect("helm runs");
        texts(&out).unwrap()
    };
    assert_eq!(show("values").trim(), chart_files()["values.yaml"].trim());
    assert_eq!(show("readme").trim(), chart_files()["README.md"].trim());
}

#[test]
fn a_chart_that_is_not_current_is_named_file_by_file() {
    let folder = TempDir::new().expect("a folder");
    let there = folder.path().join("charts/pgherd");
    assert_eq!(package::write(&there, chart_files()).ok(), Some(Vec::new()));

    fs::write(there.join("values.yaml"), "name: other\n").expect("a change");
    fs::remove_file(there.join("README.md")).expect("a loss");
    fs::write(there.join("templates/tests/old.yaml"), "").expect("a file too many");
    fs::write(there.join("mine.txt"), "").expect("a file of the user's");
    let (code, said) = pgherd(folder.path(), &["--check"]);
    assert_eq!(code, Some(1));
    for line in [
        "README.md: missing",
        "values.yaml: differs",
        "templates/tests/old.yaml: not made any more",
        "hint: pgherd chart --out charts/pgherd",
    ] {
        assert!(said.contains(line), "{said}");
    }

    let (code, said) = pgherd(folder.path(), &[]);
    assert_eq!(code, Some(0));
    assert!(
        said.contains("removed charts/pgherd/templates/tests/old.yaml"),
        "{said}"
    );
    assert!(there.join("mine.txt").exists());
    assert_eq!(
        pgherd(folder.path(), &["--check"]),
        (Some(0), String::new())
    );
}

#[test]
fn a_folder_of_somebody_else_is_left_as_it_is() {
    let folder = TempDir::new().expect("a folder");
    let chart = folder.path().join("Chart.yaml");
    fs::write(&chart, "name: pgherd\n").expect("a chart of the same name");
    let (code, said) = pgherd(folder.path(), &["--out", "."]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("not a chart that pgherd made\nhint: "),
        "{said}"
    );
    assert_eq!(
        fs::read_to_string(&chart).expect("still there"),
        "name: pgherd\n"
    );
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}
