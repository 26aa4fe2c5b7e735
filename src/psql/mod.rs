//! psql in a member's own container, through the API: the terminal here, the server's socket there.
//!
//! It needs no password and no open port; what it may do is what the superuser may.

use std::future::pending;
use std::io::{ErrorKind, IsTerminal, Read as _, Write};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Api;
use kube::api::{AttachParams, AttachedProcess};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

use crate::apply::reason;
use crate::{exec, names};

mod terminal;

/// Bytes of input that are sent at once.
const CHUNK: usize = 8 * 1024;
const END_SH: &str = include_str!("files/end.sh");
/// Variable by which a session is found in its container.
const SESSION: &str = "PGHERD_SESSION";
/// How long ending a session may take.
const END_WITHIN: Duration = Duration::from_secs(5);

/// How a session came to its end.
enum End {
    /// psql ended, with this exit code.
    There(u8),
    /// The user has left; the exit code that says so.
    Here(u8),
}

/// Runs psql in a pod with the user's arguments until it ends; returns its exit code.
///
/// # Errors
/// When the pod is not there, when its container does not run, or when the connection breaks.
pub async fn psql(pods: &Api<Pod>, pod: &str, database: &str, arguments: &[String]) -> Result<u8> {
    require_running(pods, pod).await?;
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
    let session = format!("{SESSION}={:016x}", rand::random::<u64>());
    let mut process = pods
        .exec(pod, command(&session, database, arguments), &params)
        .await
        .map_err(|error| anyhow!("in pod {pod}: {}", reason(&error)))?;
    let end = if interactive {
        in_terminal(&mut process).await?
    } else {
        tokio::select! {
            end = talk(&mut process) => end?,
            end = terminal::ended() => End::Here(end?),
        }
    };
    match end {
        End::There(code) => Ok(code),
        End::Here(code) => {
            end_there(pods, pod, &session).await;
            Ok(code)
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

/// Ends a psql whose user has left: it would not notice, and would keep its connection.
async fn end_there(pods: &Api<Pod>, pod: &str, session: &str) {
    let command = ["bash", "-c", END_SH, "end", session];
    let container = names::POSTGRES_CONTAINER;
    if let Err(error) = exec::run_in(pods, pod, container, &command, END_WITHIN).await {
        eprintln!("note: psql may still run in pod {pod}: {error:#}");
    }
}

/// The words of the command. What psql would write at its end has no place in the container.
fn command(session: &str, database: &str, arguments: &[String]) -> Vec<String> {
    let mut words = vec![
        "env".into(),
        session.into(),
        format!("PGDATABASE={database}"),
        "PSQL_HISTORY=/dev/null".into(),
        // A statement ends soon after its user has left.
        "PGOPTIONS=-c client_connection_check_interval=5s".into(),
        "psql".into(),
    ];
    words.extend(arguments.iter().cloned());
    words
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
