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

    /// Whether commits wait for this where `synchronous_standby_names` is so. Whose names they are is not looked at.
    /// <https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES>
    #[must_use]
    pub fn is_in_force(self, names: &str) -> bool {
        // By an asterisk anything that receives WAL counts, a backup too.
        let is_named = !names.is_empty() && !names.contains('*');
        match self {
            Durability::Async => names.is_empty(),
            // Patroni names one and says no more, which is the same.
            Durability::Sync => {
                is_named && (names.starts_with("FIRST 1 (") || !names.contains('('))
            }
            Durability::Quorum => is_named && names.starts_with("ANY 1 ("),
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

impl WhenStandbysAreGone {
    /// Its word in a spec.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            WhenStandbysAreGone::Block => "block",
            WhenStandbysAreGone::Degrade => "degrade",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Durability::{Async, Quorum, Sync};

    #[test]
    fn what_is_in_force_is_read_from_the_names() {
        let all = [
            "",
            "FIRST 1 (\"a\",\"b\")",
            "ANY 1 (\"a\")",
            "ANY 1 (*)",
            "*",
            "\"a\"",
            "ANY 1 (\"a\",\"b\")",
        ];
        let in_force =
            |durability: super::Durability| all.map(|names| durability.is_in_force(names));
        let f = false;
        assert_eq!(in_force(Async), [true, f, f, f, f, f, f]);
        assert_eq!(in_force(Sync), [f, true, f, f, f, true, f]);
        assert_eq!(in_force(Quorum), [f, f, true, f, f, f, true]);
    }
}
