//! Passwords of a cluster: which there are, how they are made, how they are read from a file.
//!
//! Values never reach a log, an error text or `Debug` output. `keygen` is the only caller that makes new ones.

use std::collections::BTreeMap;
use std::fmt;

/// File of the superuser's password in the Secret and in every mount of it.
pub const SUPERUSER: &str = "superuser";
/// File of the replication role's password.
pub const REPLICATION: &str = "replication";
/// File of the database owner's password.
pub const OWNER: &str = "owner";
/// Every password that the streaming topology needs, in the order in which they are shown.
pub const FILES: [&str; 3] = [SUPERUSER, REPLICATION, OWNER];

/// Passwords by the name of their file in the Secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Passwords(pub BTreeMap<String, String>);

impl fmt::Debug for Passwords {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Passwords({} hidden)", self.0.len())
    }
}
