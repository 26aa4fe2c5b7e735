//! What the record of who leads said when it was read.

/// A record as it was read.
pub(crate) struct Recorded {
    /// What it said, without what surrounds the word; empty where it said nothing.
    pub(crate) word: String,
    /// By which it is known whether it has changed since.
    pub(super) version: Option<String>,
}
