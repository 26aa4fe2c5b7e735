//! New passwords for every role of a cluster.
//!
//! The order is what makes it safe. First the Secret gets the next passwords beside those of now, and every member has
//! them as files. Then the server is told, all roles in one transaction; then the Secret. Whatever is cut off in between,
//! members find out which passwords are in use (`choose_passwords` in server.sh), and the next run finds the next ones
//! in the Secret and goes on with them.
//!
//! The exporters' is simpler: the primary's probe has their role follow the Secret (metrics.sh), so that it is only written
//! there, also into a Secret that never had it.

use std::collections::BTreeMap;

use anyhow::Result;
use postgres_protocol::password::scram_sha_256;

use super::{Kept, Rotation, Task, pooler, stored};
use crate::apply::Unfit;
use crate::names::{self, METRICS_PASSWORD_FILE, OWNER_PASSWORD_FILE};
use crate::secrets::passwords::{FILES, Passwords};
use crate::status;

const ALTER_SH: &str = include_str!("files/alter.sh");
const TAKEN_SH: &str = include_str!("files/taken.sh");
const REFUSED_SH: &str = include_str!("files/refused.sh");

/// Ending of the Secret's files that hold the next passwords. server.sh knows it, too.
const NEXT: &str = ".next";

/// Replaces every password by these, or, where a rotation was cut off, by those of that one. When it returns, every member
/// and the pooler work with the new ones, and the old ones are refused.
///
/// # Errors
/// When something is not there, is refused or takes too long. Running it again completes what was begun.
pub async fn passwords(on: &Rotation<'_>, new: &Passwords, kept: Option<&Kept>) -> Result<()> {
    let mut secret = stored::read(on, &on.cluster.credentials_secret()).await?;
    let old = secret.passwords("")?;
    let begun = secret.passwords(NEXT).ok();
    let new = &match &begun {
        Some(begun) => with_metrics_of(begun, new),
        None => new.clone(),
    };
    let successor = match kept {
        Some(kept) => {
            kept.require_one_of(&[&old, new])?;
            Some(kept.with_passwords(new)?)
        }
        None => None,
    };
    let leader = status::leader(on.runtime, on.cluster).await;
    if begun.is_some() {
        on.progress
            .say("a rotation was cut off", "going on with it");
    } else {
        secret.write(&staged(new)).await?;
    }
    taken(
        on,
        "members have the next passwords at hand",
        &["files", NEXT],
        &lines(new, str::to_owned),
    )
    .await?;

    let verifiers = lines(new, |password| scram_sha_256(password.as_bytes()));
    let alter = Task {
        script: ALTER_SH,
        arguments: &[],
        input: &verifiers,
    };
    on.run(&leader, names::POSTGRES_CONTAINER, &alter).await?;
    on.progress.say("the server", "takes the new passwords");
    if let Some(successor) = successor {
        successor.replace().map_err(Unfit)?;
    }
    secret.write(&settled(new)).await?;
    pooler::follow(on, &new.0[OWNER_PASSWORD_FILE]).await?;
    taken(
        on,
        "members work with the new passwords",
        &["use"],
        &all_lines(new),
    )
    .await?;

    let refused = Task {
        script: REFUSED_SH,
        arguments: &[],
        input: &all_lines(&old),
    };
    on.run(&leader, names::POSTGRES_CONTAINER, &refused).await?;
    on.progress.say("the old passwords", "are refused");
    Ok(())
}

async fn taken(on: &Rotation<'_>, what: &str, arguments: &[&str], input: &str) -> Result<()> {
    let task = Task {
        script: TAKEN_SH,
        arguments,
        input,
    };
    on.until_all(what, &on.members(), async |pod| {
        on.run(pod, names::POSTGRES_CONTAINER, &task).await
    })
    .await
}

/// A line for each password, in the order of [`FILES`].
fn lines(passwords: &Passwords, line: impl Fn(&str) -> String) -> String {
    FILES
        .iter()
        .map(|file| line(&passwords.0[*file]) + "\n")
        .collect()
}

/// The same, and behind it a line for the exporters' password, which is empty where there is none.
fn all_lines(passwords: &Passwords) -> String {
    let metrics = passwords
        .0
        .get(METRICS_PASSWORD_FILE)
        .map_or("", String::as_str);
    format!("{}{metrics}\n", lines(passwords, str::to_owned))
}

/// The passwords of a rotation that was cut off, with the exporters' of this one, which is not staged.
fn with_metrics_of(begun: &Passwords, new: &Passwords) -> Passwords {
    let mut passwords = begun.clone();
    let metrics = new.0.get_key_value(METRICS_PASSWORD_FILE);
    passwords
        .0
        .extend(metrics.map(|(file, password)| (file.clone(), password.clone())));
    passwords
}

/// The Secret's change that adds the next passwords.
fn staged(new: &Passwords) -> BTreeMap<String, Option<String>> {
    let next = FILES.iter().map(|file| (file, &new.0[*file]));
    next.map(|(file, password)| (format!("{file}{NEXT}"), Some(password.clone())))
        .collect()
}

/// The Secret's change that makes the next passwords those of now.
fn settled(new: &Passwords) -> BTreeMap<String, Option<String>> {
    let gone = FILES.iter().map(|file| (format!("{file}{NEXT}"), None));
    let now = new.0.iter();
    now.map(|(file, password)| (file.clone(), Some(password.clone())))
        .chain(gone)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::passwords;

    #[test]
    fn what_is_staged_is_what_is_settled_and_nothing_of_it_stays() {
        let new = passwords::generate();
        let (staged, settled) = (staged(&new), settled(&new));
        assert_eq!(staged.len(), FILES.len());
        for (file, text) in &staged {
            assert_eq!(settled[file], None);
            assert_eq!(&settled[file.trim_end_matches(NEXT)], text);
        }
    }

    #[test]
    fn the_exporters_password_is_written_once_and_those_that_were_begun_stay() {
        let (begun, new) = (passwords::generate(), passwords::generate());
        assert!(
            !staged(&new)
                .keys()
                .any(|file| file.starts_with(METRICS_PASSWORD_FILE))
        );
        assert_eq!(
            settled(&new)[METRICS_PASSWORD_FILE].as_ref(),
            Some(&new.0[METRICS_PASSWORD_FILE])
        );
        let merged = with_metrics_of(&begun, &new);
        assert_eq!(merged.0[OWNER_PASSWORD_FILE], begun.0[OWNER_PASSWORD_FILE]);
        assert_eq!(
            merged.0[METRICS_PASSWORD_FILE],
            new.0[METRICS_PASSWORD_FILE]
        );
        let mut without = begun.clone();
        without.0.remove(METRICS_PASSWORD_FILE);
        assert_eq!(all_lines(&without).lines().last(), Some(""));
        assert_eq!(
            all_lines(&new).lines().last(),
            Some(&*new.0[METRICS_PASSWORD_FILE])
        );
    }

    #[test]
    fn the_server_is_told_verifiers_in_the_order_in_which_it_reads_them() {
        let new = passwords::generate();
        let told = lines(&new, |password| scram_sha_256(password.as_bytes()));
        assert_eq!(told.lines().count(), FILES.len());
        for line in told.lines() {
            assert!(line.starts_with("SCRAM-SHA-256$4096:"), "{line}");
            assert!(!line.contains(['\'', '\\']), "{line}");
        }
        assert_eq!(
            lines(&new, str::to_owned).lines().next(),
            Some(&*new.0[FILES[0]])
        );
    }
}
