//! Clusters of processes that stay when a run is done: kept running until a signal comes, with what a client connects with
//! at hand. Makes no check.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use futures::future::{join_all, select_all};

use super::Signals;
use super::ground::{Housed, end_places};
use crate::apply::Progress;
use crate::cluster::Cluster;
use crate::dsn::{self, Way};
use crate::names::{AUTHORITY_FILE, OWNER_PASSWORD_FILE, POSTGRES_PORT};
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::Runtime;
use crate::runtime::processes::in_place;
use crate::status::{Commands, Located, quoted};

/// Clusters that stay. Whoever drops it without an end leaves the end to the warden of each.
pub struct Stay {
    housed: Vec<Housed>,
    signals: Signals,
}

/// From which file a cluster's spec was read.
pub struct Source {
    /// The file, as the user named it.
    pub file: String,
    /// The cluster's name.
    pub cluster: String,
}

/// What has these clusters stay until one of these signals comes.
pub(super) fn stay(housed: Vec<Housed>, signals: Signals) -> Stay {
    Stay { housed, signals }
}

impl Stay {
    /// Where each cluster is and how one gets there, for people.
    ///
    /// # Errors
    /// When the spec has no way there.
    pub async fn told(&self, sources: &[Source]) -> Result<String> {
        let mut text = String::new();
        for one in &self.housed {
            // One that was not formed stays, too: to be looked at.
            let brought = bring(one).await;
            let name = one.cluster.name();
            let of = sources.iter().filter(|source| source.cluster == name);
            let commands = Commands {
                files: of.map(|source| source.file.clone()).collect(),
                located: Located::of_place(one.kept.place()),
            };
            text.push_str(&told(one, &commands)?);
            if let Err(error) = brought {
                // Writing to a String does not fail.
                let _ = writeln!(
                    text,
                    "  clients have no password or authority yet: {error:#}"
                );
            }
        }
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "\nCtrl-C ends it and removes the folder; from elsewhere: kill {}",
            std::process::id()
        );
        Ok(text)
    }

    /// Keeps them until a signal comes or one can no longer be kept; then all of them end.
    ///
    /// # Errors
    /// Why one could no longer be kept, or did not end.
    pub async fn until_ended(mut self, progress: &Progress) -> Result<()> {
        let broken = self.housed.iter().map(|one| Box::pin(one.kept.broken()));
        let brought = self.housed.iter().map(|one| keep_brought(one, progress));
        let why = tokio::select! {
            biased;
            () = self.signals.any() => None,
            (why, _, _) = select_all(broken) => Some(why),
            _ = join_all(brought) => None,
        };
        if let Some(why) = &why {
            progress.say("processes", &format!("can no longer be kept: {why:#}"));
        }
        end_places(&self.housed, progress).await?;
        why.map_or(Ok(()), Err)
    }
}

/// Brings what clients connect with as it changes, for ever. Where it cannot, the cluster runs on, and it is said once.
async fn keep_brought(one: &Housed, progress: &Progress) {
    let mut said = String::new();
    loop {
        let why = match bring(one).await {
            Ok(()) => String::new(),
            Err(error) => format!("{error:#}"),
        };
        if !why.is_empty() && why != said {
            progress.say("files for clients", &why);
        }
        said = why;
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Brings what clients of a cluster connect with, as its Secrets are now.
async fn bring(one: &Housed) -> Result<()> {
    let (cluster, place) = (&one.cluster, one.kept.place());
    let (runtime, files) = (in_place(place), place.client_files());
    let password = text(&runtime, &cluster.credentials_secret(), OWNER_PASSWORD_FILE).await?;
    place.bring_to_clients(&files.passfile, &passfile(cluster, password.trim_end()))?;
    if cluster.is_encrypted() {
        let authority = text(&runtime, &cluster.tls_secret(), AUTHORITY_FILE).await?;
        place.bring_to_clients(&files.authority, &authority)?;
    }
    Ok(())
}

/// A file of a Secret.
async fn text(runtime: &Runtime, secret: &str, file: &str) -> Result<String> {
    let found = runtime.secret(secret).await?;
    let mut found = found.with_context(|| format!("there is no Secret/{secret}"))?;
    let bytes = found.files.remove(file);
    let bytes = bytes.with_context(|| format!("Secret/{secret} has no file {file}"))?;
    String::from_utf8(bytes).with_context(|| format!("Secret/{secret}: {file} is not text"))
}

/// The owner's line of a password file.
/// <https://www.postgresql.org/docs/current/libpq-pgpass.html>
fn passfile(cluster: &Cluster, password: &str) -> String {
    let escaped = |text: &str| text.replace('\\', r"\\").replace(':', r"\:");
    let owner = escaped(&cluster.spec.postgres.owner);
    format!("*:{POSTGRES_PORT}:*:{owner}:{}\n", escaped(password))
}

/// Where a cluster is, and the commands that get there.
fn told(one: &Housed, commands: &Commands) -> Result<String> {
    let (cluster, place) = (&one.cluster, one.kept.place());
    let psql = quoted(&place.program("psql").display().to_string());
    let session = |way| {
        let string = dsn::of_place(place, cluster, way)?;
        anyhow::Ok(format!("{psql} {}", quoted(&string)))
    };
    let rows = [
        ("to write", session(Way::Write)?),
        ("to read", session(Way::Read)?),
        ("as superuser", commands.pgherd("psql")),
        ("how it is", commands.pgherd("status")),
        ("hand the lead", commands.pgherd("switchover")),
        ("after a loss", commands.pgherd("promote")),
        ("new passwords", commands.pgherd("rotate passwords")),
    ];
    let mut text = format!(
        "\ncluster {} stays, in {}\n",
        cluster.name(),
        place.path().display()
    );
    for (what, command) in rows {
        let _ = writeln!(text, "  {what:<14} {command}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_file_has_no_colon_but_its_own() {
        let source = crate::spec::Source {
            name: "spec",
            text: "{name: shop, topology: streaming, postgres: {owner: seller}}",
            folder: None,
        };
        let cluster = crate::validate::read(&source).unwrap().remove(0);
        assert_eq!(passfile(&cluster, r"a:b\c"), "*:5432:*:seller:a\\:b\\\\c\n");
    }
}
