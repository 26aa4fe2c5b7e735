//! Runs a program and says why it failed. One that is still running when its future is dropped is ended, with
//! everything that it started.

use std::process::Stdio;

use thiserror::Error as ThisError;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::apply::Line;

/// Lines of a failed program's output that are shown.
const LAST_LINES: usize = 30;

/// Why a program did not do what was asked.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The program is not installed.
    #[error("the program `{program}` is not on PATH\nhint: install {program} ({page})")]
    Missing {
        /// Its name.
        program: String,
        /// Where its installation is described.
        page: &'static str,
    },
    /// The program could not be run.
    #[error("`{command}` could not be run: {source}")]
    NotRun {
        /// What was run.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// The program said that it failed.
    #[error("`{command}` failed\n{output}")]
    Failed {
        /// What was run.
        command: String,
        /// The last lines it printed.
        output: String,
    },
    /// What the program printed is not what it is known to print.
    #[error("`{command}` printed something unexpected: {reason}")]
    Unexpected {
        /// What was run.
        command: String,
        /// What was wrong with it.
        reason: String,
    },
}

/// Runs a program to its end and returns what it printed on stdout. The line shows what it prints meanwhile.
pub(crate) async fn run(
    line: Option<&Line<'_>>,
    program: &str,
    arguments: &[&str],
    input: &str,
) -> Result<String, Error> {
    let command = command_line(program, arguments);
    let not_run = |source| Error::NotRun {
        command: command.clone(),
        source,
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::Missing {
                program: program.into(),
                page: page(program),
            },
            _ => not_run(source),
        })?;
    let mut group = Group(child.id());
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends without reading says why by itself.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (out, err, status) = tokio::join!(lines(stdout, line), lines(stderr, line), child.wait());
    group.0 = None;
    if status.map_err(not_run)?.success() {
        return Ok(out.join("\n"));
    }
    let all: Vec<&String> = out.iter().chain(&err).collect();
    let last = all.iter().skip(all.len().saturating_sub(LAST_LINES));
    let output = last
        .map(|text| format!("  {text}"))
        .collect::<Vec<_>>()
        .join("\n");
    Err(Error::Failed {
        command: command.clone(),
        output,
    })
}

/// Process group of a program that is running; ended when this is dropped before the program's end.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            // The program's own end is tokio's; this is for what it started. A group that is gone is no error.
            let _ = std::process::Command::new("kill")
                .args(["-TERM", "--", &format!("-{id}")])
                .stderr(Stdio::null())
                .status();
        }
    }
}

async fn lines(stream: Option<impl AsyncRead + Unpin>, line: Option<&Line<'_>>) -> Vec<String> {
    let mut all = Vec::new();
    let Some(stream) = stream else { return all };
    let mut reader = BufReader::new(stream).lines();
    // What is not text ends the reading, not the program.
    while let Ok(Some(text)) = reader.next_line().await {
        if let (Some(line), false) = (line, text.trim().is_empty()) {
            line.update(text.trim());
        }
        all.push(text);
    }
    all
}

/// The words as they would be typed.
pub(crate) fn command_line(program: &str, arguments: &[&str]) -> String {
    format!("{program} {}", arguments.join(" "))
}

fn page(program: &str) -> &'static str {
    match program {
        "kind" => {
            "https://kind.sigs.k8s.io/docs/user/quick-start/#installation; or name a cluster with --context"
        }
        "helm" => "https://helm.sh/docs/intro/install/",
        "kubectl" => "https://kubernetes.io/docs/tasks/tools/",
        _ => "https://docs.docker.com/engine/install/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_program_is_named_with_where_to_get_it() {
        let error = run(None, "no-such-program", &[], "")
            .await
            .expect_err("missing")
            .to_string();
        assert!(
            error.contains("no-such-program") && error.contains("hint:"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_failed_program_shows_what_it_printed() {
        let error = run(None, "sh", &["-c", "echo about it >&2; exit 3"], "")
            .await
            .expect_err("failed")
            .to_string();
        assert!(error.contains("about it"), "{error}");
    }
}
