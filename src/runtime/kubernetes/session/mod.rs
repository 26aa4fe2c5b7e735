//! A session of psql through the API: input and output are carried there and here, with the user's terminal where there is
//! one.

use std::future::pending;
use std::io::{ErrorKind, IsTerminal as _, Read as _, Write};

use anyhow::{Context, Error, Result, anyhow, bail};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{AttachParams, AttachedProcess};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::Place;
use crate::apply::{Api, reason};
use crate::names;
use crate::runtime::End;

mod terminal;

/// Bytes of input that are sent at once.
const CHUNK: usize = 8 * 1024;
impl Place {
    /// Runs psql in a pod's container until it ends or the user leaves.
    pub(in crate::runtime) async fn psql(&self, pod: &str, words: Vec<String>) -> Result<End> {
        let pods: Api<Pod> = self.api();
        require_running(&pods, pod).await?;
        let interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let params = AttachParams {
            container: Some(names::POSTGRES_CONTAINER.into()),
            stdin: true,
            stdout: true,
            // A terminal has one stream for both.
            stderr: !interactive,
            tty: interactive,
            ..AttachParams::default()
        };
        let mut process = pods
            .streams()
            .exec(pod, words, &params)
            .await
            .map_err(|error| anyhow!("in pod {pod}: {}", reason(&error)))?;
        if interactive {
            return in_terminal(&mut process).await;
        }
        tokio::select! {
            end = talk(&mut process) => end,
            end = terminal::ended() => end.map(End::Here),
        }
    }
}

/// Has psql use the user's terminal, which is given back when this ends, however it does.
async fn in_terminal(process: &mut AttachedProcess) -> Result<End> {
    let _raw = terminal::raw()?;
    let sizes = process.terminal_size();
    tokio::select! {
        end = talk(process) => end,
        error = terminal::follow_size(sizes) => Err(error),
        code = terminal::ended() => code.map(End::Here),
    }
}

async fn require_running(pods: &Api<Pod>, pod: &str) -> Result<()> {
    let found = pods
        .get_opt(pod)
        .await
        .map_err(|error| anyhow!("looking for pod {pod}: {}", reason(&error)))?;
    let Some(found) = found else {
        bail!("there is no pod {pod}\nhint: `pgherd status` says why");
    };
    let statuses = found.status.and_then(|status| status.container_statuses);
    let runs = statuses.iter().flatten().any(|container| {
        let state = container.state.as_ref();
        container.name == names::POSTGRES_CONTAINER
            && state.is_some_and(|state| state.running.is_some())
    });
    if !runs {
        bail!("the server's container of pod {pod} does not run\nhint: `pgherd status` says why");
    }
    Ok(())
}

/// Carries input there and output here until the command ends.
async fn talk(process: &mut AttachedProcess) -> Result<End> {
    let status = process.take_status();
    let input = forward(process.stdin(), stdin());
    let (stdout, stderr) = (process.stdout(), process.stderr());
    let output = async {
        tokio::try_join!(
            copy(stdout, std::io::stdout()),
            copy(stderr, std::io::stderr())
        )?;
        match status {
            Some(status) => anyhow::Ok(status.await),
            None => Ok(None),
        }
    };
    tokio::select! {
        status = output => match status {
            Ok(Some(status)) => exit_code(&status).map(End::There),
            Ok(None) => bail!("the connection to the pod broke before psql ended"),
            // A reader that has gone away, such as `head`, has seen enough.
            Err(error) if is_broken_pipe(&error) => Ok(End::Here(0)),
            Err(error) => Err(error),
        },
        never = input => never,
    }
}

fn is_broken_pipe(error: &Error) -> bool {
    let cause = error.downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

/// Sends what comes on stdin, then that it has ended. Returns only when sending fails.
async fn forward(
    there: Option<impl AsyncWrite + Unpin>,
    mut input: mpsc::Receiver<Vec<u8>>,
) -> Result<End> {
    let Some(mut there) = there else {
        return pending().await;
    };
    while let Some(bytes) = input.recv().await {
        // It fails when the command has ended; then its status is on the way.
        if there.write_all(&bytes).await.is_err() {
            return pending().await;
        }
    }
    let _ = there.shutdown().await;
    pending().await
}

/// What is read from stdin. A thread of its own: a read that waits for a key cannot be taken back, and would keep the
/// asynchronous runtime from ending.
fn stdin() -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(4);
    std::thread::spawn(move || {
        let mut buffer = vec![0; CHUNK];
        let mut stdin = std::io::stdin().lock();
        loop {
            match stdin.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    if sender.blocking_send(buffer[..count].to_vec()).is_err() {
                        return;
                    }
                }
            }
        }
    });
    receiver
}

/// Copies a stream to its end.
async fn copy(from: Option<impl AsyncRead + Unpin>, mut to: impl Write) -> Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = from
            .read(&mut buffer)
            .await
            .context("reading what psql prints")?;
        if count == 0 {
            return Ok(());
        }
        match to.write_all(&buffer[..count]).and_then(|()| to.flush()) {
            Ok(()) => {}
            Err(error) => return Err(error).context("printing what psql prints"),
        }
    }
}

/// The exit code in the API's words.
fn exit_code(status: &Status) -> Result<u8> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let causes = status
        .details
        .iter()
        .flat_map(|details| details.causes.iter().flatten());
    let code = causes
        .filter(|cause| cause.reason.as_deref() == Some("ExitCode"))
        .find_map(|cause| cause.message.as_deref()?.parse().ok());
    match code {
        Some(code) => Ok(code),
        None => bail!(
            "psql could not be run: {}",
            status.message.as_deref().unwrap_or("no reason given")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_psqls() {
        let status =
            |text: serde_json::Value| -> Status { serde_json::from_value(text).expect("a status") };
        let done = status(serde_json::json!({"status": "Success"}));
        assert_eq!(exit_code(&done).expect("a code"), 0);
        let failed = status(serde_json::json!({
            "status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated",
            "details": {"causes": [{"reason": "ExitCode", "message": "3"}]},
        }));
        assert_eq!(exit_code(&failed).expect("a code"), 3);
        let broken = status(serde_json::json!({"status": "Failure", "message": "no such program"}));
        assert!(
            exit_code(&broken)
                .expect_err("none")
                .to_string()
                .contains("no such program")
        );
    }
}
