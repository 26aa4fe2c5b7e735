//! What the chart has beside the cluster's objects, judged by helm: values, schema, notes, the test and the archive.
//! Needs helm 3.19 or newer on PATH.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use pgherd::chart;
use tempfile::TempDir;

use crate::equal;

mod disk;
mod notes;
mod probe;
mod values;

/// The committed chart's files, of which [`disk`] says whether they are current: making them takes long.
fn chart_files() -> &'static chart::package::Files {
    static FILES: OnceLock<chart::package::Files> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut files = chart::package::Files::new();
        collect(&equal::chart(), "", &mut files);
        files
    })
}

fn collect(folder: &Path, below: &str, files: &mut chart::package::Files) {
    for entry in fs::read_dir(folder).expect("the committed chart") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let name = format!("{below}{name}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read_to_string(&path).expect("a text"));
        }
    }
}

/// The chart in a folder of its own, removed when it is dropped.
struct Chart {
    folder: TempDir,
}

impl Chart {
    fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        chart::package::write(&folder.path().join("pgherd"), chart_files())
            .expect("the chart is written");
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("pgherd")
    }

    /// Adds a file beside the chart.
    fn beside(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file beside the chart");
        path
    }

    /// Renders the chart as release `shop` in namespace `databases` with values in YAML: what one template gives.
    fn template(&self, only: &str, values: &str) -> Result<String, String> {
        let values = self.beside("given.yaml", values);
        let out = helm()
            .args([
                "template",
                "shop",
                "--namespace",
                "databases",
                "--kube-version",
                "1.34.0",
            ])
            .args(["--show-only", only, "--values"])
            .arg(values)
            .arg(self.path())
            .output()
            .expect(crate::helm::NO_HELM);
        texts(&out)
    }
}

/// helm, with no configuration of its user's and no cluster.
fn helm() -> Command {
    let mut helm = crate::helm::program();
    helm.env("KUBECONFIG", "/dev/null");
    helm
}

/// What a program printed, or what it complained of.
fn texts(out: &Output) -> Result<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if out.status.success() {
        Ok(text(&out.stdout))
    } else {
        Err(text(&out.stderr))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn helm_lint_has_nothing_to_say() {
    let chart = Chart::new();
    let out = helm()
        .args(["lint", "--strict", "--quiet"])
        .arg(chart.path())
        .output()
        .expect("helm runs");
    assert_eq!(texts(&out).as_deref(), Ok(""));
    assert!(out.stderr.is_empty(), "{out:?}");
}
