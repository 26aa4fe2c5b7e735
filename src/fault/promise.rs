//! What is expected of a cluster that is broken, where its topology decides it: what follows from its layout and from what
//! the topology says of itself. Breaks nothing and looks at nothing.

use std::time::Duration;

use crate::cluster::{Failover, Layout, Promises, Restart};

/// Who leads once the pod of the member that leads is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The same member, in its next pod.
    Same,
    /// Another member, which nobody has to promote.
    Another,
}

/// Who leads then.
pub(super) fn next(layout: &Layout) -> Next {
    match layout.failover {
        Failover::Manual => Next::Same,
        Failover::Automatic(_) => Next::Another,
    }
}

/// How long at most no write is acknowledged then.
pub(super) fn without_writes(layout: &Layout, promises: &Promises) -> Duration {
    match layout.failover {
        Failover::Manual => promises.restarted,
        Failover::Automatic(within) => within,
    }
}

/// Which way a setting was changed that standbys track of their primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tracked {
    /// It was raised.
    Raised,
    /// It was lowered.
    Lowered,
}

/// What is wrong with the order in which members started when such a setting was changed, by their times.
pub(super) fn out_of_order<T: Ord>(
    restart: Restart,
    tracked: Tracked,
    primary: &T,
    standbys: &[T],
) -> Option<&'static str> {
    match (restart, tracked) {
        (Restart::PodByPod, _) => None,
        (Restart::SetBySet, Tracked::Raised) => {
            let is_late = standbys.iter().any(|standby| standby >= primary);
            is_late.then_some("raised: a standby started after the primary")
        }
        (Restart::SetBySet, Tracked::Lowered) => {
            let is_early = standbys.iter().any(|standby| standby <= primary);
            is_early.then_some("lowered: a standby started before the primary")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Source;
    use crate::status::Id;
    use crate::{topology, validate};

    #[test]
    fn members_have_to_start_in_the_order_that_the_setting_asks_for() {
        let wrong = |tracked, standbys: [u8; 2]| {
            out_of_order(Restart::SetBySet, tracked, &5, &standbys).is_some()
        };
        assert!(!wrong(Tracked::Raised, [3, 4]) && !wrong(Tracked::Lowered, [6, 7]));
        assert!(wrong(Tracked::Raised, [4, 6]) && wrong(Tracked::Lowered, [4, 6]));
        assert!(wrong(Tracked::Raised, [4, 5]) && wrong(Tracked::Lowered, [5, 6]));
    }

    #[test]
    fn who_leads_next_and_how_soon_follows_from_the_layout() {
        let source = Source {
            name: "spec",
            text: "{name: shop, topology: streaming}",
            folder: None,
        };
        let cluster = validate::read(&source).unwrap().remove(0);
        let (mut layout, promises) = (topology::layout(&cluster), topology::promises(&cluster));
        assert_eq!(next(&layout), Next::Same);
        assert_eq!(without_writes(&layout, &promises), promises.restarted);
        let within = Duration::from_secs(7);
        layout.failover = Failover::Automatic(within);
        assert_eq!(next(&layout), Next::Another);
        assert_eq!(without_writes(&layout, &promises), within);
        let finding = promises.by_hand.finding;
        assert!(Id::ALL.iter().any(|id| id.text() == finding), "{finding}");
    }
}
