//! What the members of a cluster with Patroni need of each other's pg_hba.conf.

use crate::component::postgres::{Access, Over, Row};
use crate::names;

/// Standbys connect to the member that leads; each member's Patroni asks its own server about its timeline.
pub(super) fn access() -> Access {
    Access {
        role: names::REPLICATOR,
        rows: vec![
            Row {
                who: "Patroni, which asks its own server as a standby would",
                database: "replication",
                over: Over::Socket,
            },
            Row {
                who: "standbys that stream or copy",
                database: "replication",
                over: Over::Network,
            },
            Row {
                who: "members that look whether they may follow, and pg_rewind",
                database: "postgres",
                over: Over::Network,
            },
        ],
    }
}
