//! A server's own words, as `files/server.sql` makes them and as everything else reads them. Decides nothing.

use serde::Deserialize;

/// A server's own words; `files/server.sql` makes them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// Version of PostgreSQL.
    pub version: String,
    /// Whether it follows another.
    pub in_recovery: bool,
    /// The same on every member of a cluster.
    pub system_identifier: String,
    /// How often the cluster's history forked.
    pub timeline: u32,
    /// Bytes of WAL written, or replayed.
    pub position: Option<i64>,
    /// Bytes of WAL received from another.
    pub received: Option<i64>,
    /// Seconds since the last transaction that was replayed.
    pub replay_age: Option<f64>,
    /// Whether replay is paused by hand.
    pub paused: bool,
    /// State of its WAL receiver; none where it has none.
    pub receiver: Option<String>,
    /// Who receives its WAL.
    pub senders: Vec<Sender>,
    /// Copies that are being made of it.
    pub copies: Vec<Copy>,
    /// Its replication slots, other than temporary ones.
    pub slots: Vec<Slot>,
    /// Bytes of WAL that a slot may keep; none without a bound.
    pub slot_bound: Option<i64>,
    /// The setting `synchronous_standby_names`.
    pub sync_names: String,
    /// Settings that take back what the cluster promises.
    #[serde(default)]
    pub taken: Vec<Taken>,
    /// Commits that wait for a standby, other than for a moment.
    pub waiting_commits: i64,
    /// Whether the last attempt to archive WAL failed.
    pub archiving_fails: bool,
    /// The file of WAL that could not be archived last.
    pub archiving_error: Option<String>,
}

/// A setting that takes back what the cluster promises.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Taken {
    /// Its name and value, as in `fsync = off`.
    pub setting: String,
    /// The file, the role or the database that has it.
    pub by: Option<String>,
}

/// Somebody who receives WAL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sender {
    /// What it calls itself: a member's pod.
    pub name: String,
    /// `streaming`, `catchup`, `backup` and others.
    pub state: Option<String>,
    /// `async`, `sync`, `quorum` or `potential`.
    pub sync: Option<String>,
    /// Bytes of WAL that it has not replayed.
    pub lag_bytes: Option<i64>,
    /// Seconds from a write to its replay; none where nothing was written lately.
    pub lag_seconds: Option<f64>,
}

/// A copy of a server's data that is being made.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Copy {
    /// For whom: a member's pod.
    pub name: String,
    /// What is being done.
    pub phase: String,
    /// Bytes that were sent.
    pub bytes: Option<i64>,
    /// Bytes that there are to send.
    pub of_bytes: Option<i64>,
}

/// A replication slot.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// `physical` or `logical`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it is in use.
    pub active: bool,
    /// `reserved`, `extended`, `unreserved` or `lost`; none where it has never kept anything.
    pub wal_status: Option<String>,
    /// Bytes of WAL from what it keeps to what was written last.
    pub kept_bytes: Option<i64>,
    /// Bytes that may still be written until it can be lost; none without a bound.
    pub safe_bytes: Option<i64>,
    /// Since when it is not in use; only PostgreSQL 17 and newer know.
    pub inactive_since: Option<String>,
}

impl Server {
    /// What it says of one that receives its WAL; one that streams rather than one that copies.
    pub fn sender(&self, name: &str) -> Option<&Sender> {
        let mut named = self.senders.iter().filter(|sender| sender.name == name);
        named.find(|sender| sender.state.as_deref() != Some("backup"))
    }

    /// Its slot with this name.
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }
}
