//! The credentials file: what a cluster's Secrets hold, as `keygen` writes it and `gen` and `apply` read it. Never shows a value.

use std::collections::BTreeMap;

use serde_json::json;

use super::Secrets;
use super::certificate::Certificates;
use super::passwords::{FILES, Passwords};
use crate::names;
use crate::output::yaml;

/// The files of certificates in a credentials file.
const CERTIFICATE_FILES: [&str; 4] = [
    names::CERTIFICATE_FILE,
    names::CERTIFICATE_KEY_FILE,
    names::AUTHORITY_FILE,
    names::AUTHORITY_KEY_FILE,
];

/// Why a credentials file cannot be used. Never shows a value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not a map of texts.
    #[error("{0}: not a map of password names to passwords, as `pgherd keygen -o file` writes it")]
    Malformed(String),
    /// A password is missing.
    #[error("{file}: the password `{missing}` is missing\nhint: it needs {}", FILES.join(", "))]
    Missing {
        /// The credentials file.
        file: String,
        /// What it lacks.
        missing: &'static str,
    },
    /// Some of the certificate's files are there, others not.
    #[error("{file}: a part of the certificate is missing\nhint: it is {}", CERTIFICATE_FILES.join(", "))]
    HalfACertificate {
        /// The credentials file.
        file: String,
    },
    /// A password has a character that no password file could carry.
    #[error("{file}: the password `{name}` is empty or has a line break or NUL in it")]
    Unusable {
        /// The credentials file.
        file: String,
        /// Whose password it is.
        name: String,
    },
}

/// The text of a credentials file.
pub fn text(secrets: &Secrets) -> String {
    let mut texts = secrets.passwords.0.clone();
    if let Some(given) = &secrets.certificates {
        for (file, text) in CERTIFICATE_FILES.into_iter().zip([
            &given.certificate,
            &given.key,
            &given.authority,
            &given.authority_key,
        ]) {
            texts.insert(file.into(), text.clone());
        }
    }
    yaml::document(&json!(texts))
}

/// Reads a credentials file as `keygen` writes it; `name` is shown in errors.
///
/// # Errors
/// When a password is missing or unusable, or a part of the certificate is missing.
pub fn parse(name: &str, text: &str) -> Result<Secrets, Error> {
    let mut passwords: BTreeMap<String, String> =
        serde_saphyr::from_str(text).map_err(|_| Error::Malformed(name.to_owned()))?;
    let certificates = certificates(name, &mut passwords)?;
    if let Some(missing) = FILES
        .into_iter()
        .find(|file| !passwords.contains_key(*file))
    {
        return Err(Error::Missing {
            file: name.to_owned(),
            missing,
        });
    }
    let unusable = |value: &str| value.is_empty() || value.contains(['\n', '\r', '\0']);
    match passwords.iter().find(|(_, value)| unusable(value)) {
        Some((bad, _)) => Err(Error::Unusable {
            file: name.to_owned(),
            name: bad.clone(),
        }),
        None => Ok(Secrets {
            passwords: Passwords(passwords),
            certificates,
        }),
    }
}

/// The certificates among the texts of a credentials file, which are taken out of them: all of them, or none.
fn certificates(
    name: &str,
    texts: &mut BTreeMap<String, String>,
) -> Result<Option<Certificates>, Error> {
    let [certificate, key, authority, authority_key] =
        CERTIFICATE_FILES.map(|file| texts.remove(file));
    match (certificate, key, authority, authority_key) {
        (None, None, None, None) => Ok(None),
        (Some(certificate), Some(key), Some(authority), Some(authority_key)) => {
            Ok(Some(Certificates {
                authority,
                authority_key,
                certificate,
                key,
            }))
        }
        _ => Err(Error::HalfACertificate {
            file: name.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::passwords::generate;
    use super::*;

    #[test]
    fn what_was_written_is_read_and_half_a_certificate_refused() {
        let passwords = generate();
        let pem = |what: &str| format!("-----BEGIN {what}-----\n0a\n-----END {what}-----\n");
        let certificates = Certificates {
            authority: pem("a"),
            authority_key: pem("b"),
            certificate: pem("c"),
            key: pem("d"),
        };
        for certificates in [None, Some(certificates)] {
            let secrets = Secrets {
                passwords: passwords.clone(),
                certificates,
            };
            assert_eq!(parse("a.yaml", &text(&secrets)).unwrap(), secrets);
        }
        let half = text(&Secrets {
            passwords,
            certificates: None,
        });
        let half = parse("a.yaml", &format!("{half}tls.crt: text\n"));
        assert!(matches!(half, Err(Error::HalfACertificate { .. })));
    }
}
