//! Passwords of a cluster: which there are, and how they are made.
//!
//! Values never reach a log, an error text or `Debug` output. `keygen`, `rotate` and `e2e` are the only callers that make new ones.

use std::collections::BTreeMap;
use std::fmt;

use rand::RngExt;
use rand::distr::Alphanumeric;

use crate::cluster::Cluster;
use crate::k8s::{self, corev1};
use crate::names;

/// Every password that the streaming topology needs, in the order in which they are shown.
pub const FILES: [&str; 3] = [
    names::SUPERUSER_PASSWORD_FILE,
    names::REPLICATION_PASSWORD_FILE,
    names::OWNER_PASSWORD_FILE,
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
