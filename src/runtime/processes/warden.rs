//! Ends every process of a place when whoever keeps it is no more, however that came: it waits for the end of its input, and
//! the kernel closes that of a process that was killed.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::process::{Child, Command};

const SCRIPT: &str = include_str!("files/warden.sh");

/// A process that waits for the end of this one.
pub(crate) struct Warden(Child);

/// Has someone watch over a place's folder. Where this is dropped, the folder goes, too.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn watch(folder: &Path) -> Result<Warden> {
    let child = Command::new("bash")
        .args(["-c", SCRIPT, "warden.sh"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // What the terminal tells pgherd is not for it.
        .process_group(0)
        .spawn();
    Ok(Warden(child.context("bash")?))
}

impl Warden {
    /// It is not needed any more: nothing is left that it could end.
    pub(super) async fn dismiss(&mut self) {
        let _ = self.0.kill().await;
        // What it waits with ends with its input.
        drop(self.0.stdin.take());
    }
}
