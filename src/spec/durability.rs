//! What a commit waits for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a commit waits for before it is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Durability {
    /// For no standby: with the primary's volume, the last moments before its loss are lost.
    #[default]
    Async,
    /// For one standby, the first by name that streams; if that falls silent, for the next, 15 s later.
    Sync,
    /// For one standby, whichever is first to have it: one that falls silent delays nobody. Needs two standbys.
    Quorum,
}

impl Durability {
    /// The word that a spec has for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Durability::Async => "async",
            Durability::Sync => "sync",
            Durability::Quorum => "quorum",
        }
    }
}

/// What happens to commits while no standby can confirm them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum WhenStandbysAreGone {
    /// They wait until one is back: nothing that was acknowledged is ever lost.
    Block,
    /// They are acknowledged without. Needs something that watches the standbys, which streaming has not.
    Degrade,
}
