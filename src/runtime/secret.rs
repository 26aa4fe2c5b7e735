//! A Secret as it was read.

use std::collections::BTreeMap;

/// A Secret at one moment.
pub(crate) struct Secret {
    /// Its name.
    pub(crate) name: String,
    /// Its files, by their names.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// By which it is known whether it has changed since.
    pub(super) version: Option<String>,
}
