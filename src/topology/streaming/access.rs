//! What the members of a streaming cluster need of each other's pg_hba.conf.

use crate::component::postgres::{Access, Over, Row};
use crate::names;

/// Standbys connect to the member that leads, as the role of replication.
pub(super) fn access() -> Access {
    Access {
        role: names::REPLICATOR,
        rows: vec![
            Row {
                who: "standbys that stream or copy",
                database: "replication",
                over: Over::Network,
            },
            Row {
                who: "standbys that look after their slots",
                database: "postgres",
                over: Over::Network,
            },
        ],
    }
}
