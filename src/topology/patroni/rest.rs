//! For how long no write is acknowledged when something happens: what is promised of a cluster with Patroni, measured by
//! `pgherd drill`.

use std::time::Duration;

use crate::cluster::{Cluster, Event, Rest};
use crate::spec::Durability;

/// Seconds after which a server gives a silent standby up (`wal_sender_timeout` as it is generated).
const STANDBY_SILENT: f64 = 15.0;

/// The promise; none where there is none.
pub(in crate::topology) fn rest(cluster: &Cluster, event: Event) -> Option<Rest> {
    let seconds = cluster.spec.patroni.timing.seconds();
    let (ttl, look) = (f64::from(seconds.ttl), f64::from(seconds.loop_wait));
    let durability = cluster.spec.durability;
    let (median, worst) = match (event, durability) {
        (Event::Formed, _) => (12.0, 15.0),
        (Event::Switchover | Event::SwitchoverTo, _) => (0.6, 1.0),
        (Event::LeaderDeleted, _) => (0.8, 1.3),
        // It is waited for until it is back: the others may lack its last commits.
        (Event::LeaderKilled | Event::ServerKilled, Durability::Async) => return None,
        (Event::LeaderKilled, _) => (2.0, 3.0),
        // It is noticed at the next look.
        (Event::ServerKilled, _) => (look, look + 1.0),
        (Event::StandbyKilled | Event::StandbyFrozen, Durability::Async | Durability::Quorum) => {
            (0.3, 0.3)
        }
        // It is waited for until it is given up, and another is named at the next look.
        (Event::StandbyKilled | Event::StandbyFrozen, Durability::Sync) => {
            (STANDBY_SILENT + look, STANDBY_SILENT + 2.0 * look)
        }
        (Event::AllDeleted, _) => (60.0, 120.0),
        (Event::NodeFrozen, _) => (ttl + 2.0, ttl + 2.0),
    };
    Some(Rest {
        median: Duration::from_secs_f64(median),
        worst: Duration::from_secs_f64(worst),
    })
}
