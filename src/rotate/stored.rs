//! A Secret of a rotation: its files as text, its passwords, and changes to it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::Rotation;
use crate::apply::Error;
use crate::names::METRICS_PASSWORD_FILE;
use crate::runtime::{Runtime, Secret};
use crate::secrets::passwords::{FILES, Passwords};

/// A Secret at one moment.
pub(super) struct Stored<'a> {
    runtime: &'a Runtime,
    secret: Secret,
}

/// Reads a Secret.
pub(super) async fn read<'a>(on: &Rotation<'a>, name: &str) -> Result<Stored<'a>, Error> {
    let Some(secret) = on.runtime.secret(name).await? else {
        return Err(Error::Request {
            doing: format!("reading Secret/{name}"),
            reason: format!(
                "it is not there\nhint: nothing was made yet that could be replaced; {}",
                match on.runtime {
                    Runtime::Kubernetes(_) => {
                        format!("`pgherd keygen -n {}` makes it", on.namespace)
                    }
                    Runtime::Processes(_) => {
                        "`pgherd e2e --on processes --keep` makes it with its cluster".into()
                    }
                }
            ),
        });
    };
    Ok(Stored {
        runtime: on.runtime,
        secret,
    })
}

impl Stored<'_> {
    /// One file of it, as text without the line break at its end.
    pub(super) fn text(&self, file: &str) -> Result<&str> {
        let bytes = self.secret.files.get(file);
        let bytes =
            bytes.with_context(|| format!("Secret/{} has no file {file}", self.secret.name))?;
        let text = std::str::from_utf8(bytes);
        let text =
            text.with_context(|| format!("Secret/{}: {file} is not text", self.secret.name))?;
        Ok(text.trim_end_matches('\n'))
    }

    /// Every password, from the files that end in this. One for the exporters is there, or is not.
    pub(super) fn passwords(&self, ending: &str) -> Result<Passwords> {
        let read = FILES.iter().map(|file| {
            let text = self.text(&format!("{file}{ending}"))?;
            Ok(((*file).to_owned(), text.to_owned()))
        });
        let mut passwords = read.collect::<Result<BTreeMap<_, _>>>()?;
        if let Ok(text) = self.text(&format!("{METRICS_PASSWORD_FILE}{ending}")) {
            passwords.insert(METRICS_PASSWORD_FILE.into(), text.to_owned());
        }
        Ok(Passwords(passwords))
    }

    /// Writes files, or removes those without a text, all or none of them.
    ///
    /// Fails where the Secret is no longer what was read, so that two rotations at once cannot mix their passwords.
    pub(super) async fn write(
        &mut self,
        files: &BTreeMap<String, Option<String>>,
    ) -> Result<(), Error> {
        self.secret = self.runtime.write_secret(&self.secret, files).await?;
        Ok(())
    }
}
