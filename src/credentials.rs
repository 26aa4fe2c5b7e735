//! Passwords of a cluster: which there are, how they are made, how they are read from a file, beside the certificates.
//!
//! Values never reach a log, an error text or `Debug` output. `keygen`, `rotate` and `e2e` are the only callers that make new ones.

use std::collections::BTreeMap;
use std::fmt;

use rand::RngExt;
use rand::distr::Alphanumeric;
use serde_json::json;

use crate::certificate::Certificates;
use crate::cluster::Cluster;
use crate::k8s::{self, corev1};
use crate::names;
use crate::output::yaml;

/// Every password that the streaming topology needs, in the order in which they are shown.
pub const FILES: [&str; 3] = [
    names::SUPERUSER_PASSWORD_FILE,
    names::REPLICATION_PASSWORD_FILE,
    names::OWNER_PASSWORD_FILE,
];

/// The files of certificates in a credentials file.
const CERTIFICATE_FILES: [&str; 4] = [
    names::CERTIFICATE_FILE,
    names::CERTIFICATE_KEY_FILE,
    names::AUTHORITY_FILE,
    names::AUTHORITY_KEY_FILE,
];

/// Passwords by the name of their file in the Secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Passwords(pub BTreeMap<String, String>);

impl fmt::Debug for Passwords {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Passwords({} hidden)", self.0.len())
    }
}

/// Length of a password: 32 letters and digits are 190 bits.
const LENGTH: usize = 32;

/// New random passwords. Letters and digits only: they need no quoting in any file, address or shell.
pub fn generate() -> Passwords {
    let password = || {
        rand::rng()
            .sample_iter(Alphanumeric)
            .take(LENGTH)
            .map(char::from)
            .collect()
    };
    Passwords(
        FILES
            .into_iter()
            .chain([names::METRICS_PASSWORD_FILE])
            .map(|file| (file.to_owned(), password()))
            .collect(),
    )
}

/// The Secret with the passwords, under the name by which the cluster refers to it.
pub fn secret(cluster: &Cluster, passwords: &Passwords) -> corev1::Secret {
    corev1::Secret {
        metadata: k8s::meta(cluster, cluster.credentials_secret(), names::SERVER),
        type_: Some("Opaque".into()),
        string_data: Some(passwords.0.clone()),
        ..Default::default()
    }
}

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

/// A credentials file: what `gen --credentials` reads.
pub fn file(passwords: &Passwords, certificates: Option<&Certificates>) -> String {
    let mut texts = passwords.0.clone();
    if let Some(given) = certificates {
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

/// Reads a credentials file as `keygen` writes it; `name` is shown in errors.
///
/// # Errors
/// When a password is missing or unusable, or a part of the certificate is missing.
pub fn parse(name: &str, text: &str) -> Result<(Passwords, Option<Certificates>), Error> {
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
        None => Ok((Passwords(passwords), certificates)),
    }
}
