//! Where clusters are made when nobody says it: on kind, where that can be within a moment, else as processes.

use std::future::Future;
use std::time::Duration;

use crate::kind::{self, Error};
use crate::program::run;

/// How long a program may take to say whether it works.
const ANSWER: Duration = Duration::from_secs(10);
/// How long the registry of kind's node images may take: what is pulled from it takes minutes.
const REGISTRY: Duration = Duration::from_secs(5);

/// Why no cluster can be made on kind here; nothing where one is there, or can be made.
pub async fn without_kind() -> Option<String> {
    let found = async {
        seen("Docker", ANSWER, kind::engine()).await?;
        let clusters = seen("kind", ANSWER, kind::clusters()).await?;
        let version = ["version", "--client"];
        let kubectl = run(None, "kubectl", &version, "");
        seen("kubectl", ANSWER, kubectl).await?;
        if clusters.iter().any(|name| name == kind::CLUSTER) {
            return Ok(());
        }
        match seen("Docker", ANSWER, kind::newest_node_image()).await? {
            Some(_) => Ok(()),
            None => seen("node image", REGISTRY, kind::registry()).await,
        }
    };
    found.await.err()
}

/// What an answer is, or that there is none of what was asked for, and what was seen instead.
async fn seen<T>(
    what: &str,
    within: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, String> {
    match tokio::time::timeout(within, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(format!("no {what} here ({})", last_words(&error))),
        Err(_) => {
            let seconds = within.as_secs();
            Err(format!("no {what} here (no answer within {seconds} s)"))
        }
    }
}

/// An error in one line: what the program said last, or that it is not there.
fn last_words(error: &Error) -> String {
    let words = match error {
        Error::Failed { output, .. } => output.lines().rfind(|line| !line.trim().is_empty()),
        _ => None,
    };
    let whole = error.to_string();
    let words = words.or(whole.lines().next());
    words.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_seen_is_told_in_one_line() {
        let asked = ["version"];
        let missing = run(None, "no-such-engine", &asked, "");
        let told = seen("Docker", ANSWER, missing).await.unwrap_err();
        assert_eq!(
            told,
            "no Docker here (the program `no-such-engine` is not on PATH)"
        );
        let script = ["-c", "echo first >&2; echo 'no daemon' >&2; exit 1"];
        let failed = run(None, "sh", &script, "");
        let told = seen("Docker", ANSWER, failed).await.unwrap_err();
        assert_eq!(told, "no Docker here (no daemon)");
    }

    #[tokio::test]
    async fn nobody_waits_for_one_that_does_not_answer() {
        let silent = std::future::pending::<Result<(), Error>>();
        let told = seen("kind", Duration::ZERO, silent).await.unwrap_err();
        assert_eq!(told, "no kind here (no answer within 0 s)");
    }
}
