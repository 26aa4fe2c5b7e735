//! What is run in a pod beside what it is: commands with the pod's variables and paths.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::AsyncWriteExt as _;
use tokio::signal::unix::{SignalKind, signal};

use super::state::State;
use super::{Place, child};
use crate::runtime::{End, Output};

/// Exit code after the signal to end, as shells have it.
const TERMINATED: u8 = 143;

impl Place {
    /// A pod that runs.
    pub(super) fn pod(&self, name: &str) -> Result<State> {
        let state = self.folder.state(name)?;
        state.with_context(|| format!("there is no pod {name}"))
    }

    /// Runs a command in a pod within a time, with something on stdin. As in a container, it goes on where nobody waits for it
    /// any more.
    pub(in crate::runtime) async fn run(
        &self,
        pod: &str,
        words: &[&str],
        input: &str,
        within: Duration,
    ) -> Result<Output> {
        let state = self.pod(pod)?;
        // As in a container, of which nothing is left once its first process has ended.
        if state.process.is_none() {
            bail!("in pod {pod}: its process does not run");
        }
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut command = child::apart(&self.folder, &self.settings, &state, &words);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = child::spawned(&mut command).await;
        let mut child = child.with_context(|| format!("`{}` in pod {pod}", words[0]))?;
        let (mut stdin, input) = (child.stdin.take(), input.to_owned());
        let running = tokio::spawn(async move {
            if let Some(stdin) = &mut stdin {
                // A command that ends without reading says why by itself.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
            drop(stdin.take());
            child.wait_with_output().await
        });
        let Ok(output) = tokio::time::timeout(within, running).await else {
            bail!(
                "`{}` in pod {pod} took longer than {} s",
                words[0],
                within.as_secs()
            );
        };
        let output = output??;
        Ok(Output {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            success: output.status.success(),
        })
    }

    /// Runs psql in a pod, with this program's input and output.
    pub(in crate::runtime) async fn psql(&self, pod: &str, words: Vec<String>) -> Result<End> {
        let state = self.pod(pod)?;
        let mut command = child::command(&self.folder, &self.settings, &state, &words);
        command
            .envs(std::env::var_os("TERM").map(|name| ("TERM", name)))
            .stdin(Stdio::inherit())
            .stdout(Stdio::inherit())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        // Ctrl-C is psql's: it ends a statement, and neither of the two. Who ends this ends that, too.
        let _interrupt = signal(SignalKind::interrupt()).context("the signal of Ctrl-C")?;
        let mut terminate = signal(SignalKind::terminate()).context("the signal to end")?;
        let mut child = command.spawn().context("psql")?;
        let status = tokio::select! {
            status = child.wait() => status?,
            _ = terminate.recv() => {
                child.kill().await?;
                return Ok(End::There(TERMINATED));
            }
        };
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(End::There(code.unwrap_or(1)))
    }
}
