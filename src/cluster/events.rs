//! What may happen to a cluster whose members elect who leads, and for how long writes may rest then. Plain data: a topology
//! promises it, faults make it happen.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Something that happens while clients write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The cluster is made, where there was nothing.
    Formed,
    /// The lead is handed over by command, to the member that fits best.
    Switchover,
    /// The lead is handed over by command, to a member by its name.
    SwitchoverTo,
    /// The pod of the member that leads is deleted, as by a drain.
    LeaderDeleted,
    /// The first process of the leader's container is killed.
    LeaderKilled,
    /// The server of the member that leads is killed, and its container goes on.
    ServerKilled,
    /// The first process of a standby's container is killed.
    StandbyKilled,
    /// A standby answers nothing and closes no connection.
    StandbyFrozen,
    /// All pods are deleted at once.
    AllDeleted,
    /// The machine of the member that leads stops, with everything on it, and goes on much later.
    NodeFrozen,
}

impl Event {
    /// All of them, in the order in which they are made.
    pub const ALL: [Event; 10] = [
        Event::Formed,
        Event::Switchover,
        Event::SwitchoverTo,
        Event::LeaderDeleted,
        Event::StandbyFrozen,
        Event::StandbyKilled,
        Event::LeaderKilled,
        Event::ServerKilled,
        Event::AllDeleted,
        Event::NodeFrozen,
    ];

    /// Its name on a command line and in a file of results.
    pub fn word(self) -> &'static str {
        match self {
            Event::Formed => "formed",
            Event::Switchover => "switchover",
            Event::SwitchoverTo => "switchover-to",
            Event::LeaderDeleted => "leader-deleted",
            Event::LeaderKilled => "leader-killed",
            Event::ServerKilled => "server-killed",
            Event::StandbyKilled => "standby-killed",
            Event::StandbyFrozen => "standby-frozen",
            Event::AllDeleted => "all-deleted",
            Event::NodeFrozen => "node-frozen",
        }
    }

    /// What happens, in words.
    pub fn title(self) -> &'static str {
        match self {
            Event::Formed => "formed from nothing, ready",
            Event::Switchover => "switchover",
            Event::SwitchoverTo => "switchover to a named member",
            Event::LeaderDeleted => "leader's pod deleted",
            Event::LeaderKilled => "SIGKILL of the leader's PID 1",
            Event::ServerKilled => "SIGKILL of its server alone",
            Event::StandbyKilled => "SIGKILL of a standby's PID 1",
            Event::StandbyFrozen => "standby frozen",
            Event::AllDeleted => "all pods deleted at once",
            Event::NodeFrozen => "leader's node frozen",
        }
    }

    /// Whether another member leads afterwards in any case: a server that was killed may be back before.
    pub fn moves_lead(self) -> bool {
        matches!(
            self,
            Event::Switchover | Event::SwitchoverTo | Event::LeaderDeleted | Event::NodeFrozen
        )
    }
}

/// For how long no write may be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// In the middle one of many.
    pub median: Duration,
    /// At the worst.
    pub worst: Duration,
}
