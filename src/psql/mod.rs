//! psql beside a member's own server: the user's terminal here, the server's socket there.
//!
//! It needs no password and no open port; what it may do is what the superuser may.

use std::time::Duration;

use anyhow::Result;

use crate::runtime::{End, Runtime};

const END_SH: &str = include_str!("files/end.sh");
/// Variable by which a session is found where it runs.
const SESSION: &str = "PGHERD_SESSION";
/// How long ending a session may take.
const END_WITHIN: Duration = Duration::from_secs(5);

/// Runs psql on a member with the user's arguments until it ends; returns its exit code.
///
/// # Errors
/// When the member is not there, when its server's container does not run, or when the connection breaks.
pub async fn psql(
    runtime: &Runtime,
    member: &str,
    database: &str,
    arguments: &[String],
) -> Result<u8> {
    let session = format!("{SESSION}={:016x}", rand::random::<u64>());
    let words = command(&session, database, arguments);
    match runtime.psql(member, words).await? {
        End::There(code) => Ok(code),
        End::Here(code) => {
            end_there(runtime, member, &session).await;
            Ok(code)
        }
    }
}

/// Ends a psql whose user has left: it would not notice, and would keep its connection.
async fn end_there(runtime: &Runtime, member: &str, session: &str) {
    let command = ["bash", "-c", END_SH, "end", session];
    if let Err(error) = runtime.run(member, &command, END_WITHIN).await {
        eprintln!("note: psql may still run in pod {member}: {error:#}");
    }
}

/// The words of the command. What psql would write at its end has no place there.
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
