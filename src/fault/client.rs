//! The client pod inside the namespace: everything that is said of Services and DNS names is seen from there.
//!
//! A port-forward would reach one pod and prove only that pod.

use std::time::Duration;

use anyhow::{Context, Result};
use thiserror::Error as ThisError;

use super::limits::Limits;
use crate::cluster::Cluster;
use crate::runtime::{Output, Runtime};

mod pod;

/// Name of the client pod and of its container.
pub(crate) const NAME: &str = "e2e-client";
const REFUSED_SH: &str = include_str!("files/refused.sh");

/// Where a session goes and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// A DNS name or an address, as a client would write it.
    pub(crate) host: String,
    /// The port.
    pub(crate) port: i32,
    /// The role.
    pub(crate) user: String,
    /// The database.
    pub(crate) database: String,
    /// Whether the session is encrypted.
    pub(crate) encryption: Encryption,
}

/// Whether a session is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// As the spec says: with the server's name checked, where it is.
    Specified,
    /// If the server offers it; no name is checked.
    Offered,
    /// Not.
    None,
}

impl Encryption {
    /// What it adds to a connection string; the client pod's variables say what the spec says.
    fn parameter(self) -> &'static str {
        match self {
            Encryption::Specified => "",
            Encryption::Offered => " sslmode=prefer",
            Encryption::None => " sslmode=disable",
        }
    }
}

/// Why SQL had no answer.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{message}")]
pub(crate) struct Refusal {
    /// The server's SQLSTATE, where a server answered.
    pub(crate) sqlstate: Option<String>,
    /// The first line that says what is wrong.
    pub(crate) message: String,
}

/// The client pod.
pub(crate) struct ClientPod {
    runtime: Runtime,
    /// How long one command may take.
    within: Duration,
}

/// Makes the client pod and waits until it is ready.
pub(crate) async fn start(
    runtime: &Runtime,
    cluster: &Cluster,
    limits: &Limits,
) -> Result<ClientPod> {
    let pod = pod::pod(cluster);
    let started = runtime.start_pod(&pod, limits.client_ready).await;
    started.context("the client pod")?;
    Ok(at(runtime, limits))
}

/// The client pod of a namespace, whether or not it is there.
pub(crate) fn at(runtime: &Runtime, limits: &Limits) -> ClientPod {
    ClientPod {
        runtime: runtime.clone(),
        within: limits.command,
    }
}

impl ClientPod {
    /// Runs statements in one session of psql and returns their bare values, one row a line, columns by `|`.
    pub(crate) async fn psql(
        &self,
        target: &Target,
        statements: &[&str],
    ) -> Result<String, Refusal> {
        let Target {
            host,
            port,
            user,
            database,
            encryption,
        } = target;
        let session = format!(
            "{} port={port} user={user} dbname={database} connect_timeout=5{}",
            self.runtime.reach(host),
            encryption.parameter()
        );
        let mut command = vec![
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--no-align",
            "--tuples-only",
            "--no-password",
        ];
        command.extend([
            "--set=ON_ERROR_STOP=1",
            "--set=VERBOSITY=verbose",
            "--dbname",
            &session,
        ]);
        for statement in statements {
            command.extend(["--command", statement]);
        }
        let output = self.run(&command).await.map_err(|error| Refusal {
            sqlstate: None,
            message: format!("{error:#}"),
        })?;
        if output.success {
            Ok(output.stdout.trim_end().into())
        } else {
            Err(refusal(&output.stderr))
        }
    }

    /// Has its kubelet bring it what changed, as the members' do during a rotation.
    pub(crate) async fn refresh(&self) -> Result<()> {
        let label = format!("app.kubernetes.io/name={NAME}");
        self.runtime.refresh_pods(&label).await?;
        Ok(())
    }

    /// Tries to log in with a password; what psql says where it was not let in.
    pub(crate) async fn try_password(
        &self,
        host: &str,
        role: &str,
        database: &str,
        password: &str,
    ) -> Result<Option<String>> {
        let command = ["bash", "-c", REFUSED_SH, "refused", host, role, database];
        let input = format!("{password}\n");
        let ran = self
            .runtime
            .run_in(NAME, NAME, &command, &input, self.within);
        let output = ran.await?;
        Ok((!output.success).then(|| output.stderr.trim().replace('\n', " ")))
    }

    /// Runs a command in the client pod.
    pub(crate) async fn run(&self, command: &[&str]) -> Result<Output> {
        self.runtime
            .run_in(NAME, NAME, command, "", self.within)
            .await
    }
}

/// Reads what psql says with `VERBOSITY=verbose`: `ERROR:  25006: cannot execute INSERT in a read-only transaction`.
fn refusal(stderr: &str) -> Refusal {
    let severities = ["ERROR:  ", "FATAL:  ", "PANIC:  "];
    for line in stderr.lines() {
        let Some(rest) = severities
            .iter()
            .find_map(|severity| line.split_once(severity))
            .map(|(_, rest)| rest)
        else {
            continue;
        };
        let code = rest.split_once(": ").map(|(code, _)| code);
        let sqlstate = code.filter(|code| {
            code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        return Refusal {
            sqlstate: sqlstate.map(str::to_owned),
            message: line.trim().into(),
        };
    }
    let first = stderr
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("psql failed without a word");
    Refusal {
        sqlstate: None,
        message: first.trim().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sqlstate_is_read_from_the_servers_words() {
        let seen = refusal(
            "ERROR:  25006: cannot execute INSERT in a read-only transaction\nLOCATION:  x, y.c:1\n",
        );
        assert_eq!(seen.sqlstate.as_deref(), Some("25006"));
        assert!(seen.message.contains("read-only"), "{seen}");
    }

    #[test]
    fn a_refused_connection_has_no_sqlstate() {
        let seen = refusal(
            "psql: error: connection to server at \"x\", port 5432 failed: Connection refused\n\tIs it?\n",
        );
        assert_eq!(seen.sqlstate, None);
        assert!(seen.message.contains("Connection refused"), "{seen}");
        assert_eq!(
            refusal("psql: error: FATAL:  password authentication failed").sqlstate,
            None
        );
        assert_eq!(refusal("").message, "psql failed without a word");
    }
}
