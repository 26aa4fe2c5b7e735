//! What is run in members, commands, scripts and statements, and what it leaves behind.

use std::time::Duration;

use anyhow::Result;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use thiserror::Error as ThisError;

use super::Runtime;
use crate::names;

/// What a command left behind.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// What it printed on stdout.
    pub(crate) stdout: String,
    /// What it printed on stderr.
    pub(crate) stderr: String,
    /// Whether its exit code was 0.
    pub(crate) success: bool,
}

/// A command that ended by itself and said why it did not do its work; unlike one of which nothing more is known.
#[derive(Debug, ThisError)]
#[error("{member}: {words}")]
pub(crate) struct Failed {
    member: String,
    words: String,
    /// What it had printed.
    pub(crate) stdout: String,
}

/// How a session came to its end.
pub(crate) enum End {
    /// The program ended, with this exit code.
    There(u8),
    /// The user has left; the exit code that says so.
    Here(u8),
}

impl Runtime {
    /// Runs a command beside a member's server; its exit code is part of what it returns.
    ///
    /// # Errors
    /// When it cannot be run, or does not end within the time.
    pub(crate) async fn run(
        &self,
        member: &str,
        words: &[&str],
        within: Duration,
    ) -> Result<Output> {
        self.run_in(member, names::POSTGRES_CONTAINER, words, "", within)
            .await
    }

    /// Runs a command in a container, a server's or another, with something on stdin. Secrets go this way, and no other.
    ///
    /// # Errors
    /// As [`Runtime::run`].
    pub(crate) fn run_in<'a>(
        &'a self,
        pod: &'a str,
        container: &'a str,
        words: &'a [&'a str],
        input: &'a str,
        within: Duration,
    ) -> BoxFuture<'a, Result<Output>> {
        // A connection's future is large, and every step of every command has one: on the heap it is compiled once.
        match self {
            Runtime::Kubernetes(place) => place.run(pod, container, words, input, within).boxed(),
            Runtime::Processes(place) => place.run(pod, words, input, within).boxed(),
        }
    }

    /// Runs psql beside a member's server, with the input and output of this program, until it ends or the user leaves.
    ///
    /// # Errors
    /// When the server's container does not run, or the connection to it breaks.
    pub(crate) async fn psql(&self, member: &str, words: Vec<String>) -> Result<End> {
        match self {
            Runtime::Kubernetes(place) => place.psql(member, words).await,
            Runtime::Processes(place) => place.psql(member, words).await,
        }
    }

    /// Runs a script of a member's; when it fails, the last words of its log are the error.
    ///
    /// # Errors
    /// As [`Runtime::run`], and [`Failed`].
    pub(crate) async fn script(
        &self,
        member: &str,
        words: &[&str],
        within: Duration,
    ) -> Result<String> {
        let path = format!("{}/{}", names::SCRIPTS_MOUNT, words[0]);
        let words = [&[path.as_str()], &words[1..]].concat();
        said(member, &self.run(member, &words, within).await?)
    }

    /// One statement on a member's own server, as the superuser; returns bare values.
    ///
    /// # Errors
    /// As [`Runtime::run`], and [`Failed`].
    pub(crate) async fn sql(
        &self,
        member: &str,
        statement: &str,
        within: Duration,
    ) -> Result<String> {
        said(member, &self.run(member, &psql(statement), within).await?)
    }
}

/// The words of a command that runs one statement on a member's own server, as the superuser, and prints bare values.
pub(crate) fn psql(statement: &str) -> [&str; 8] {
    [
        "psql",
        "--no-psqlrc",
        "-qAtX",
        "--no-password",
        "-d",
        "postgres",
        "-c",
        statement,
    ]
}

/// What a command printed; its last words where it failed.
pub(super) fn said(member: &str, output: &Output) -> Result<String> {
    if output.success {
        return Ok(output.stdout.trim().to_owned());
    }
    let words = output
        .stderr
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty());
    let words = words.unwrap_or("it failed without a word");
    // Scripts put the time and their name before their words.
    let words = words
        .split_once(" pgherd: ")
        .map_or(words, |(_, words)| words);
    Err(Failed {
        member: member.into(),
        words: words.into(),
        stdout: output.stdout.clone(),
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_a_script_are_the_error_without_what_it_puts_before_them() {
        let output = |stderr: &str, success| Output {
            stdout: " printed\n".into(),
            stderr: stderr.into(),
            success,
        };
        assert_eq!(said("shop-0", &output("", true)).unwrap(), "printed");
        let log = "2026-01-01 pgherd: waiting\n2026-01-01 pgherd: no, never\n\n";
        let error = said("shop-0", &output(log, false)).unwrap_err();
        assert_eq!(error.to_string(), "shop-0: no, never");
        assert_eq!(error.downcast_ref::<Failed>().unwrap().stdout, " printed\n");
        let silent = said("shop-0", &output("", false)).unwrap_err();
        assert_eq!(silent.to_string(), "shop-0: it failed without a word");
    }
}
