//! All processes of a pod, whatever has become of their parents: those that work in one of its folders. A server's own
//! processes lead sessions of their own, but every one of them works in the data directory.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::shared_memory;
use crate::pause::BETWEEN_LOOKS;

/// How long the kernel may take to end what was killed.
const KILLED_WITHIN: Duration = Duration::from_secs(30);

/// The processes that work in one of these folders, or below.
pub(super) fn within(folders: &[PathBuf]) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let each = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let number: i32 = path.file_name()?.to_str()?.parse().ok()?;
        // One that has ended, and is still to be asked how, has no folder any more.
        let works_in = fs::read_link(path.join("cwd")).ok()?;
        let is_inside = folders.iter().any(|folder| works_in.starts_with(folder));
        is_inside.then(|| Pid::from_raw(number))?
    });
    each.collect()
}

/// Sends a signal to processes; one that has ended meanwhile is no error.
pub(super) fn signal(processes: &[Pid], signal: Signal) {
    for process in processes {
        let _ = kill_process(*process, signal);
    }
}

/// Kills all that work in these folders, and waits until there are none: also what they start meanwhile. What servers among them
/// share goes with them.
pub(super) async fn end(folders: &[PathBuf]) -> Result<()> {
    let deadline = Instant::now() + KILLED_WITHIN;
    let mut shared = BTreeSet::new();
    loop {
        let left = within(folders);
        if left.is_empty() {
            shared_memory::release(&shared);
            return Ok(());
        }
        shared.extend(shared_memory::held(&left));
        signal(&left, Signal::KILL);
        ensure!(
            Instant::now() < deadline,
            "killed, and still there after {} s: processes {left:?}",
            KILLED_WITHIN.as_secs()
        );
        tokio::time::sleep(BETWEEN_LOOKS / 10).await;
    }
}
