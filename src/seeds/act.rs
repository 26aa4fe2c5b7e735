//! What is done to a cluster in a random sequence, as data: it is written into traces and read from them again.

use serde::{Deserialize, Serialize};

use crate::runtime::processes::Cut;
use crate::spec::Durability;

/// A member, by what it is when something is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Who {
    /// The one that leads by what the cluster was told last.
    Primary,
    /// One of the others, counted by their names from 0.
    Standby(u8),
}

/// How long a command of ours is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Wait {
    /// Until it ends.
    Ended,
    /// Not: the next acts are done while it works.
    Beside,
    /// It is killed after so many milliseconds, and run again at the end.
    CutOff(u64),
}

/// Something that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Act {
    /// Every process of a member is killed.
    Kill(Who),
    /// A member is told to end, and its place starts it again.
    Stop(Who),
    /// One of a server's own processes is killed: it recovers by itself.
    Crash(Who),
    /// Every process of a member is stopped, as on a machine that hangs.
    Freeze(Who),
    /// All that is frozen goes on.
    Thaw,
    /// The way from a member to another is cut.
    Cut {
        /// From whom connections come.
        from: Who,
        /// To whom.
        to: Who,
        /// How.
        how: Cut,
    },
    /// The way from every standby to the primary is cut.
    CutStandbys(Cut),
    /// The way of clients that write is cut.
    CutClients(Cut),
    /// Every way is mended.
    Mend,
    /// A standby's replay is held up most of the time.
    Slow(Who),
    /// It is not any more.
    Hurry,
    /// The primary's WAL goes on by more than is kept without a slot.
    Wal,
    /// A member's volume is lost, and the member with it.
    LoseVolume(Who),
    /// The lead is handed over.
    Switchover(Wait),
    /// A standby is given the lead after a loss.
    Promote(Wait),
    /// The spec is applied with so many members.
    Members(u8, Wait),
    /// The spec is applied with another durability.
    Durability(Durability, Wait),
    /// A control, in no seed: no commit waits for a standby any more, behind our back.
    NoStandbyNames,
    /// A control, in no seed: a row is deleted that was acknowledged.
    DeleteRow,
    /// A control, in no seed: a standby is promoted while the primary leads.
    SecondPrimary,
}

/// An act and when it is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    /// Milliseconds after the one before was done.
    pub(super) after: u64,
    /// What is done.
    pub(super) act: Act,
}

impl Act {
    /// Its kind, as tables have it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Act::Kill(_) => "kill",
            Act::Stop(_) => "stop",
            Act::Crash(_) => "crash",
            Act::Freeze(_) => "freeze",
            Act::Thaw => "thaw",
            Act::Cut { .. } => "cut members",
            Act::CutStandbys(_) => "cut all standbys",
            Act::CutClients(_) => "cut clients",
            Act::Mend => "mend ways",
            Act::Slow(_) => "slow replay",
            Act::Hurry => "end slow replay",
            Act::Wal => "much WAL",
            Act::LoseVolume(_) => "lose volume",
            Act::Switchover(wait) => named("switchover", "switchover, cut off", *wait),
            Act::Promote(wait) => named("promote", "promote, cut off", *wait),
            Act::Members(_, wait) => named("members", "members, cut off", *wait),
            Act::Durability(_, wait) => named("durability", "durability, cut off", *wait),
            Act::NoStandbyNames => "control: no standby names",
            Act::DeleteRow => "control: delete a row",
            Act::SecondPrimary => "control: second primary",
        }
    }
}

fn named(whole: &'static str, cut_off: &'static str, wait: Wait) -> &'static str {
    match wait {
        Wait::CutOff(_) => cut_off,
        Wait::Ended | Wait::Beside => whole,
    }
}
