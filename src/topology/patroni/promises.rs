//! What the members of a cluster with Patroni do and say when something breaks. Not held to it yet: what `e2e` has happen to such a cluster
//! is judged by `rest`; what a lost volume and a promotion by hand come to there is still to be found out.

use std::time::Duration;

use crate::cluster::{ByHand, Promises, StandbyCopy, Vacancy};

/// The promises, as a beginning.
pub(in crate::topology) fn promises() -> Promises {
    Promises {
        restarted: Duration::from_secs(60),
        handed_over: Duration::from_secs(5),
        copy: StandbyCopy {
            begins: "trying to bootstrap from leader",
            ends: "replica has been created using basebackup",
            besides: Duration::from_secs(60),
        },
        vacancy: Vacancy {
            refusal: "waiting for leader to bootstrap",
            by_member: "waiting for leader to bootstrap",
            by_facts: "waiting for leader to bootstrap",
        },
        by_hand: ByHand {
            finding: "two-primaries",
            not_leading: "demoting self",
            not_following: "demoting self",
        },
        second_server: "another container uses this volume",
    }
}
