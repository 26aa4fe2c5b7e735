//! What a cluster's Secrets hold: passwords, and a certificate with its authority. Made and read here, put into objects by
//! topologies; a [`Cluster`](crate::cluster::Cluster) has none of it, only the names of the Secrets.
//!
//! Values never reach a log, an error text or `Debug` output.

pub mod certificate;
pub mod credentials;
pub mod passwords;

use certificate::Certificates;
use passwords::Passwords;

/// What the Secrets of one cluster hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// Passwords for the Secret with the credentials.
    pub passwords: Passwords,
    /// The certificate and its authority; none where nothing is encrypted, or another program makes it.
    pub certificates: Option<Certificates>,
}
