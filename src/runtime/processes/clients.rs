//! What clients on this machine connect with: files in a folder that is for whoever keeps the place, and nobody else.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Place;
use crate::names::AUTHORITY_FILE;

/// Where clients' files are.
pub(crate) struct ClientFiles {
    /// The owner's password, as libpq takes it.
    pub(crate) passfile: PathBuf,
    /// The certificate of the authority that they check servers by.
    pub(crate) authority: PathBuf,
}

impl Place {
    /// Where clients' files are, once they were brought.
    pub(crate) fn client_files(&self) -> ClientFiles {
        let folder = self.folder.clients();
        ClientFiles {
            passfile: folder.join("passfile"),
            authority: folder.join(AUTHORITY_FILE),
        }
    }

    /// Brings a file for clients as it is now, whole and nobody else's to read; nothing to do where it is so already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn bring_to_clients(&self, file: &Path, text: &str) -> Result<()> {
        let place = || file.display().to_string();
        if fs::read_to_string(file).is_ok_and(|now| now == text) {
            return Ok(());
        }
        let folder = self.folder.clients();
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).with_context(place);
            }
            _ => (),
        }
        // A temporary file has mode 0600 from its first byte.
        let mut new = tempfile::NamedTempFile::new_in(&folder).with_context(place)?;
        new.write_all(text.as_bytes()).with_context(place)?;
        new.persist(file)
            .map_err(|error| error.error)
            .with_context(place)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::{child, folder};
    use super::*;

    #[test]
    fn a_clients_file_is_replaced_as_a_whole_and_nobody_elses_to_read() {
        let path = tempfile::tempdir().unwrap();
        let place = Place {
            folder: folder::at(path.path()),
            settings: child::Settings {
                format: 1,
                programs: PathBuf::new(),
                user: None,
                namespace: "store".into(),
            },
        };
        let file = place.client_files().passfile;
        for text in ["first", "second", "second"] {
            place.bring_to_clients(&file, text).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&file) & 0o777, 0o600);
        let folder = file.parent().unwrap();
        assert_eq!(mode(folder) & 0o777, 0o700);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
    }
}
