//! What clients tried, in the order in which it ended, and what became of it; and the judgement on it. Pure: it is fed with
//! what was seen, and asks nobody.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A row: by whom it was written, and its number. A number is never tried again: after an error nobody knows of it.
pub(super) type Key = (String, u64);

/// A try to write a row. Times are seconds of the sequence's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Try {
    /// Which row.
    pub(super) key: Key,
    /// When it was sent.
    pub(super) began: f64,
    /// When it ended.
    pub(super) ended: f64,
    /// How.
    pub(super) outcome: Outcome,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// Acknowledged, by a server on a timeline.
    Acknowledged {
        /// Its address.
        server: String,
        /// The timeline that it wrote on.
        timeline: u32,
        /// Whether it was set to wait for a standby.
        waits: bool,
    },
    /// Acknowledged, and the server warned that it did not wait for a standby.
    Local,
    /// Refused: it is surely not there.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
}

/// What a reader saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Read {
    /// One life of one server.
    pub(super) server: String,
    /// How many rows it had.
    pub(super) rows: u64,
    /// When it was answered.
    pub(super) ended: f64,
}

/// Everything that was seen of a sequence.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct History {
    /// Every try.
    pub(super) tries: Vec<Try>,
    /// Every answer to a reader.
    pub(super) reads: Vec<Read>,
    /// From when to when the spec promised nothing of a primary that is lost.
    pub(super) weak: Vec<(f64, f64)>,
    /// When a standby was given the lead without the old primary's last words.
    pub(super) promoted: Vec<f64>,
}

/// What is in the members in the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The rows of the one that leads.
    pub(super) rows: BTreeSet<Key>,
    /// Members whose rows are not those, with what was seen.
    pub(super) differs: Vec<String>,
}

/// The judgement.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Judgement {
    /// What was promised and is not so.
    pub(super) broken: Vec<String>,
    /// How many tries were acknowledged.
    pub(super) acknowledged: usize,
    /// How many of them are lost, where that was not promised.
    pub(super) lost_unpromised: usize,
    /// How many ended without an answer, and are there.
    pub(super) recovered: usize,
}

/// Judges a history by what is left.
pub(super) fn judge(history: &History, found: &Found) -> Judgement {
    let mut broken = Vec::new();
    let acknowledged: Vec<&Try> = history.tries.iter().filter(|one| is_acked(one)).collect();
    let lost: Vec<&&Try> = (acknowledged.iter())
        .filter(|one| !found.rows.contains(&one.key))
        .collect();
    let (promised, unpromised): (Vec<&Try>, Vec<&Try>) =
        lost.into_iter().partition(|one| is_promised(history, one));
    if let (Some(first), Some(last)) = (promised.first(), promised.last()) {
        broken.push(format!(
            "{} acknowledged rows are lost, from {} to {}, acknowledged from {:.3} s to {:.3} s",
            promised.len(),
            words(&first.key),
            words(&last.key),
            first.ended,
            last.ended
        ));
    }
    broken.extend(refused_and_there(history, found));
    broken.extend(never_tried(history, found));
    broken.extend(of_servers(history));
    broken.extend(found.differs.iter().cloned());
    let recovered = history
        .tries
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::Unknown(_)) && found.rows.contains(&one.key));
    Judgement {
        broken,
        acknowledged: acknowledged.len(),
        lost_unpromised: unpromised.len(),
        recovered: recovered.count(),
    }
}

/// What can be said of servers whatever is left: it is enough that clients saw it.
pub(super) fn of_servers(history: &History) -> Vec<String> {
    let acknowledged: Vec<&Try> = history.tries.iter().filter(|one| is_acked(one)).collect();
    let found = [
        without_a_standby(history, &acknowledged),
        two_primaries(&acknowledged),
        backwards(history),
    ];
    found.into_iter().flatten().collect()
}

fn is_acked(one: &Try) -> bool {
    matches!(one.outcome, Outcome::Acknowledged { .. })
}

/// Whether a row that was acknowledged has to be there: where no standby had to have it, only a promotion may have lost it.
fn is_promised(history: &History, one: &Try) -> bool {
    !is_weak(history, one) || history.promoted.iter().all(|at| *at < one.began)
}

/// Whether the primary alone had to have a row.
fn is_weak(history: &History, one: &Try) -> bool {
    let mut weak = history.weak.iter();
    weak.any(|(from, to)| one.ended >= *from && one.began <= *to)
}

/// Rows that a standby had to have, by the spec, and that a server acknowledged which waited for none.
fn without_a_standby(history: &History, acknowledged: &[&Try]) -> Option<String> {
    let mut alone = acknowledged.iter().filter(|one| {
        let waits = matches!(one.outcome, Outcome::Acknowledged { waits: true, .. });
        !waits && !is_weak(history, one)
    });
    let first = alone.next()?;
    Some(format!(
        "{} rows were acknowledged by a server that waits for no standby; the first is {} at {:.3} s",
        1 + alone.count(),
        words(&first.key),
        first.ended
    ))
}

fn refused_and_there(history: &History, found: &Found) -> Option<String> {
    let mut there = history
        .tries
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::Refused(_)) && found.rows.contains(&one.key));
    let first = there.next()?;
    Some(format!(
        "{} rows are there that were refused; the first is {}",
        1 + there.count(),
        words(&first.key)
    ))
}

fn never_tried(history: &History, found: &Found) -> Option<String> {
    let tried: BTreeSet<&Key> = history.tries.iter().map(|one| &one.key).collect();
    let mut unknown = found.rows.iter().filter(|key| !tried.contains(key));
    let first = unknown.next()?;
    Some(format!(
        "{} rows are there that nobody wrote; the first is {}",
        1 + unknown.count(),
        words(first)
    ))
}

/// A write that was sent to an older timeline after a newer one had acknowledged one, and was acknowledged: two servers took
/// writes.
fn two_primaries(acknowledged: &[&Try]) -> Option<String> {
    let mut firsts: BTreeMap<u32, f64> = BTreeMap::new();
    for one in acknowledged {
        let first = firsts.entry(timeline(one)).or_insert(one.ended);
        *first = first.min(one.ended);
    }
    let is_late = |one: &&&Try| {
        let mut newer = firsts.range(timeline(one) + 1..);
        newer.any(|(_, first)| *first < one.began)
    };
    let late: Vec<&&Try> = acknowledged.iter().filter(is_late).collect();
    let first = late.first()?;
    Some(format!(
        "two servers took writes: {} rows were acknowledged on an older timeline after a newer one had begun; the first \
         is {} on timeline {} at {:.3} s",
        late.len(),
        words(&first.key),
        timeline(first),
        first.ended
    ))
}

/// The timeline that acknowledged; 0 where nobody did.
fn timeline(one: &Try) -> u32 {
    match one.outcome {
        Outcome::Acknowledged { timeline, .. } => timeline,
        _ => 0,
    }
}

/// A server that has fewer rows than it had, without having been started again.
fn backwards(history: &History) -> Option<String> {
    let mut most: BTreeMap<&str, u64> = BTreeMap::new();
    for read in &history.reads {
        let before = most.entry(&read.server).or_default();
        if read.rows < *before {
            return Some(format!(
                "{} had {before} rows, and {} at {:.3} s, in one life",
                read.server, read.rows, read.ended
            ));
        }
        *before = read.rows;
    }
    None
}

fn words((writer, number): &Key) -> String {
    format!("{writer}/{number}")
}

#[cfg(test)]
mod tests;
