//! What members do and say when something breaks, as far as topologies differ in it: plain data that a topology says of
//! itself (`topology::promises`), for whoever breaks a cluster and looks. Who moves the lead and in which order members
//! restart is in the layout, and not here again.

use std::time::Duration;

/// What a topology promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promises {
    /// How long at most no write is acknowledged after the pod of the member that leads was deleted, where the same member
    /// leads again.
    pub restarted: Duration,
    /// How long at most no write is acknowledged while the lead is handed over.
    pub handed_over: Duration,
    /// How a standby with an empty volume gets its data.
    pub copy: StandbyCopy,
    /// How the member that leads refuses to start with an empty volume.
    pub vacancy: Vacancy,
    /// What becomes of a standby that somebody has promoted by hand.
    pub by_hand: ByHand,
    /// What a second server says on the volume of one that runs.
    pub second_server: &'static str,
}

/// A copy of the data that a standby makes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandbyCopy {
    /// What its log says when it begins.
    pub begins: &'static str,
    /// What its log says when it is whole.
    pub ends: &'static str,
    /// How long at most the standby takes until it streams, besides the time of the copy.
    pub besides: Duration,
}

/// The refusal to make a new cluster where there is data already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// What its log says.
    pub refusal: &'static str,
    /// And why, where another member answers.
    pub by_member: &'static str,
    /// And why, where none does, but it is written down that there is data.
    pub by_facts: &'static str,
}

/// Two members that take writes, as after a standby was promoted by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The id of what `pgherd status` finds.
    pub finding: &'static str,
    /// What the right one says that was restarted: it does not lead beside a member on a newer timeline.
    pub not_leading: &'static str,
    /// What the wrong one says that was restarted: it is left alone with its data.
    pub not_following: &'static str,
}
