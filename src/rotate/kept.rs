//! The credentials file that `gen` and `apply` read: replaced as a whole, once what is new is in use.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::NamedTempFile;

use crate::secrets::certificate::Certificates;
use crate::secrets::passwords::{FILES, Passwords};
use crate::secrets::{Secrets, credentials};

/// A credentials file.
#[derive(Clone, Debug)]
pub struct Kept {
    path: PathBuf,
    secrets: Secrets,
}

/// What the file is going to be, written beside it. Gone where it does not take its place.
pub(super) struct Successor {
    file: NamedTempFile,
    path: PathBuf,
}

impl Kept {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read, or is no credentials file.
    pub fn read(path: &Path) -> Result<Kept> {
        let shown = path.display();
        // A link stays one: it is what it leads to that is replaced.
        let path = path.canonicalize();
        let path = path.with_context(|| format!("{shown}: cannot be read"))?;
        let text = std::fs::read_to_string(&path);
        let text = text.with_context(|| format!("{shown}: cannot be read"))?;
        let secrets = credentials::parse(&shown.to_string(), &text)?;
        Ok(Kept { path, secrets })
    }

    /// Fails unless the file holds one of these: another cluster's must not be replaced. One that was written before there was
    /// a password for metrics is this cluster's, too.
    pub(super) fn require_one_of(&self, known: &[&Passwords]) -> Result<()> {
        let is_own = |known: &&Passwords| {
            FILES
                .iter()
                .all(|file| known.0.get(*file) == self.secrets.passwords.0.get(*file))
        };
        ensure!(
            known.iter().any(is_own),
            "{}: its passwords are not those of the cluster, nothing was changed\n\
             hint: it is another cluster's file, or the Secret was changed without it; leave --credentials out, or \
             write the Secret's passwords into it",
            self.path.display()
        );
        Ok(())
    }

    /// Fails unless the file holds this authority's certificate.
    pub(super) fn require_authority(&self, authority: &str) -> Result<()> {
        let own = self.secrets.certificates.as_ref();
        ensure!(
            own.is_some_and(|own| own.authority.trim() == authority.trim()),
            "{}: it does not have the cluster's authority, nothing was changed\nhint: leave --credentials out",
            self.path.display()
        );
        Ok(())
    }

    /// The file with other passwords, written beside it with mode 0600.
    pub(super) fn with_passwords(&self, passwords: &Passwords) -> Result<Successor> {
        self.beside(&Secrets {
            passwords: passwords.clone(),
            certificates: self.secrets.certificates.clone(),
        })
    }

    /// The file with another certificate, written beside it with mode 0600.
    pub(super) fn with_certificates(&self, certificates: &Certificates) -> Result<Successor> {
        self.beside(&Secrets {
            passwords: self.secrets.passwords.clone(),
            certificates: Some(certificates.clone()),
        })
    }

    fn beside(&self, secrets: &Secrets) -> Result<Successor> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let text = credentials::text(secrets);
        let write = || -> std::io::Result<NamedTempFile> {
            // A temporary file has mode 0600 from its first byte.
            let mut file = NamedTempFile::with_prefix_in(".pgherd-", folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            Ok(file)
        };
        let file = write().with_context(|| {
            format!(
                "{}: cannot be replaced, nothing was changed",
                self.path.display()
            )
        })?;
        Ok(Successor {
            file,
            path: self.path.clone(),
        })
    }
}

impl Successor {
    /// Takes the file's place.
    pub(super) fn replace(self) -> Result<()> {
        let path = self.path;
        let replaced = self.file.persist(&path);
        let Err(failed) = replaced else { return Ok(()) };
        Err(failed.error).with_context(|| {
            format!(
                "{}: cannot be replaced; the same command completes what was begun",
                path.display()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::secrets::passwords::generate;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_stays_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.yaml");
        let secrets = || Secrets {
            passwords: generate(),
            certificates: None,
        };
        let (old, new) = (secrets(), secrets());
        std::fs::write(&path, credentials::text(&old)).unwrap();
        let kept = Kept::read(&path).unwrap();
        assert!(kept.require_one_of(&[&old.passwords]).is_ok());
        let refused = kept
            .require_one_of(&[&new.passwords])
            .unwrap_err()
            .to_string();
        assert!(refused.contains("another cluster's"), "{refused}");
        // Nothing happens to the file until its successor takes its place.
        drop(kept.with_passwords(&new.passwords).unwrap());
        assert_eq!(Kept::read(&path).unwrap().secrets, old);
        kept.with_passwords(&new.passwords)
            .unwrap()
            .replace()
            .unwrap();
        assert_eq!(Kept::read(&path).unwrap().secrets, new);
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
