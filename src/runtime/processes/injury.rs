//! What is done to the processes of a member that neither its server nor its keeper knows of: all of them frozen, one of the
//! server's own killed, replay held up. Each says whether it took effect.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal};

use super::keeper::folders;
use super::{Place, tree};
use crate::pause::BETWEEN_LOOKS;

/// How long the kernel may take to stop or end what it was told to.
const WITHIN: Duration = Duration::from_secs(5);
/// How long a slow server replays, and how long it then does not.
const RUNS_FOR: Duration = Duration::from_millis(4);
const HELD_FOR: Duration = Duration::from_millis(96);

impl Place {
    /// Freezes every process that a member has now, and returns how many.
    ///
    /// # Errors
    /// When it has none, or one does not stop.
    pub(crate) async fn freeze_all(&self, pod: &str) -> Result<usize> {
        let deadline = Instant::now() + WITHIN;
        loop {
            let processes = self.processes_of(pod)?;
            tree::signal(&processes, Signal::STOP);
            // What one of them started meanwhile is found by the next look.
            let stopped = processes.iter().filter(|one| state(**one) == Some('T'));
            if !processes.is_empty() && stopped.count() == processes.len() {
                return Ok(processes.len());
            }
            ensure!(
                Instant::now() < deadline,
                "pod {pod}: not all of {} processes stopped",
                processes.len()
            );
            tokio::time::sleep(BETWEEN_LOOKS / 20).await;
        }
    }

    /// Lets every process of a member go on, and returns how many had stopped.
    ///
    /// # Errors
    /// When there is no such pod.
    pub(crate) fn thaw_all(&self, pod: &str) -> Result<usize> {
        let processes = self.processes_of(pod)?;
        let stopped = processes.iter().filter(|one| state(**one) == Some('T'));
        let stopped = stopped.count();
        tree::signal(&processes, Signal::CONT);
        Ok(stopped)
    }

    /// Kills one of the server's own processes, of this kind: the server ends all sessions and recovers by itself.
    ///
    /// # Errors
    /// When it has none, or it does not end.
    pub(crate) async fn crash(&self, pod: &str, kind: &str) -> Result<()> {
        let process = self.of_kind(pod, kind)?;
        tree::signal(&[process], Signal::KILL);
        let deadline = Instant::now() + WITHIN;
        while state(process).is_some_and(|state| state != 'Z') {
            ensure!(Instant::now() < deadline, "pod {pod}: {kind} does not end");
            tokio::time::sleep(BETWEEN_LOOKS / 20).await;
        }
        Ok(())
    }

    /// Slows a standby's replay for as long as this is polled, and counts how often it was held up. The server does not know.
    pub(crate) async fn slow_replay(&self, pod: &str, held_up: &std::sync::atomic::AtomicU64) {
        loop {
            // It may be started again at any time.
            if let Ok(process) = self.of_kind(pod, "startup") {
                let held = Held(process);
                tree::signal(&[process], Signal::STOP);
                held_up.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                tokio::time::sleep(HELD_FOR).await;
                drop(held);
            }
            tokio::time::sleep(RUNS_FOR).await;
        }
    }

    fn processes_of(&self, pod: &str) -> Result<Vec<Pid>> {
        Ok(tree::within(&folders(&self.folder, &self.pod(pod)?)))
    }

    /// A process of a member's server, by the kind that PostgreSQL writes into its title.
    fn of_kind(&self, pod: &str, kind: &str) -> Result<Pid> {
        let found = self.processes_of(pod)?.into_iter().find(|process| {
            let title = fs::read(format!("/proc/{}/cmdline", process.as_raw_nonzero()));
            let title = String::from_utf8_lossy(&title.unwrap_or_default()).into_owned();
            // `postgres: startup recovering ...`, or with cluster_name before it.
            title.starts_with("postgres: ") && title.split([' ', '\0']).any(|word| word == kind)
        });
        found.with_context(|| format!("pod {pod} has no process {kind}"))
    }
}

/// A process that is stopped for as long as this is there.
struct Held(Pid);

impl Drop for Held {
    fn drop(&mut self) {
        tree::signal(&[self.0], Signal::CONT);
    }
}

/// The letter that the kernel has for a process's state; none where it is gone.
fn state(process: Pid) -> Option<char> {
    let text = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    // The name before it stands in brackets, and may have any character.
    let (_, rest) = text.rsplit_once(") ")?;
    rest.chars().next()
}
