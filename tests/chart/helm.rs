//! Runs helm. What it prints is judged elsewhere.

use std::path::Path;
use std::process::Command;

/// What is said where helm is missing: a test that did not run is not one that passed.
pub(crate) const NO_HELM: &str =
    "helm is not on PATH: install it, or set PGHERD_SKIP_HELM=1 to leave out what needs it";

/// Whether the tests that run helm were left out on purpose.
pub(crate) fn is_left_out() -> bool {
    let left_out = std::env::var("PGHERD_SKIP_HELM").is_ok_and(|skip| skip == "1");
    if left_out {
        eprintln!("left out, as PGHERD_SKIP_HELM is 1");
    }
    left_out
}

/// helm, of which one runs on each core: it takes less of both without threads and without collecting what a short run
/// leaves.
pub(crate) fn program() -> Command {
    let mut helm = Command::new("helm");
    helm.env("GOMAXPROCS", "1").env("GOGC", "off");
    helm
}

/// What `helm template` prints for a chart and a file of values.
///
/// # Errors
/// What helm says when it refuses.
pub(crate) fn template(
    chart: &Path,
    values: &Path,
    release: &str,
    namespace: &str,
) -> Result<String, String> {
    let output = program()
        .arg("template")
        .arg(release)
        .arg(chart)
        .arg("--values")
        .arg(values)
        .args(["--namespace", namespace])
        // Without a cluster, helm assumes a version that it was built with, which may be an old one.
        .args(["--kube-version", "1.33.0"])
        .output()
        .expect(NO_HELM);
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
