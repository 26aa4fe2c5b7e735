//! Which acts a seed means. Pure: the same seed and durability give the same steps. What makes no sense is left out as far as
//! it is known beforehand, such as thawing where nothing is frozen, or losing a volume while another copy is not whole.

use super::act::{Act, Step, Wait, Who};
use super::dice::{Dice, dice};
use crate::runtime::processes::Cut;
use crate::spec::Durability;

/// How many acts a sequence has.
const FEWEST: u64 = 5;
const MOST: u64 = 15;
/// Milliseconds between two acts.
const LONGEST_PAUSE: u64 = 350;
/// How long what is cut, frozen or slow stays so at most, in acts: everything else waits for it meanwhile.
const LONGEST_INJURY: u8 = 3;

/// What is known of the cluster while acts are chosen.
#[derive(Clone, Debug)]
struct Foreseen {
    durability: Durability,
    members: u8,
    /// What is not as it should be, with the number of acts since.
    frozen: Option<u8>,
    cut: Option<u8>,
    slow: Option<u8>,
    /// Who is frozen: where that is a standby, the lead can be moved all the same.
    who: Option<Who>,
    /// What was done last: after the loss of its volume, a standby copies its data.
    before: Option<Act>,
    /// How it is cut.
    how: Option<Cut>,
    /// Whether the primary's volume is lost, and nobody leads.
    is_lost: bool,
    /// Whether a volume was lost: one is enough, as two at once are no promise.
    has_lost: bool,
    /// Whether a command was begun and not ended.
    is_cut_off: bool,
    /// Who was killed: the second time in a row a place waits before it starts a member again, and ever longer.
    killed: Vec<Who>,
}

/// The steps of a seed, for a cluster of three members that has this durability.
pub(super) fn steps(seed: u64, durability: Durability) -> Vec<Step> {
    // Seeds that follow each other must not begin alike.
    let mut dice = dice(seed.wrapping_mul(0x2545_F491_4F6C_DD1D));
    let count = dice.between(FEWEST, MOST);
    let mut foreseen = Foreseen {
        durability,
        members: 3,
        frozen: None,
        cut: None,
        slow: None,
        who: None,
        before: None,
        how: None,
        is_lost: false,
        has_lost: false,
        is_cut_off: false,
        killed: Vec::new(),
    };
    let mut steps = Vec::new();
    for _ in 0..count {
        let act = foreseen.next(&mut dice);
        foreseen.note(&act);
        steps.push(Step {
            after: dice.between(0, LONGEST_PAUSE),
            act,
        });
    }
    steps
}

impl Foreseen {
    fn next(&self, dice: &mut Dice) -> Act {
        let is_over = |since: Option<u8>| since.is_some_and(|since| since >= LONGEST_INJURY);
        if is_over(self.frozen) {
            return Act::Thaw;
        }
        if is_over(self.cut) {
            return Act::Mend;
        }
        if is_over(self.slow) {
            return Act::Hurry;
        }
        let choices = self.choices(dice);
        // Something can always be stopped.
        dice.weighted(&choices)
            .unwrap_or(Act::Stop(Who::Standby(0)))
    }

    /// What makes sense now, each by how often it comes.
    fn choices(&self, dice: &mut Dice) -> Vec<(u64, Act)> {
        let anyone = self.anyone(dice);
        let standby = self.standby(dice);
        let is_hurt = self.frozen.is_some() || self.cut.is_some() || self.slow.is_some();
        // Everybody follows all the same.
        let is_late = matches!(self.how, Some(Cut::Delay(_)));
        let follows = self.frozen.is_none() && (self.cut.is_none() || is_late);
        let is_whole = !is_hurt && !self.is_lost && !self.is_cut_off;
        let is_only_late = is_late
            && self.frozen.is_none()
            && self.slow.is_none()
            && !self.is_lost
            && !self.is_cut_off;
        // One that is away while the lead moves, or begins to copy just then.
        let is_only_away = self.frozen.is_some()
            && self.who != Some(Who::Primary)
            && self.cut.is_none()
            && self.slow.is_none()
            && !self.is_lost
            && !self.is_cut_off;
        let is_copying = matches!(self.before, Some(Act::LoseVolume(Who::Standby(_))));
        let has_moved = matches!(self.before, Some(Act::Switchover(_) | Act::Promote(_)));
        // Slots have something to do where somebody is behind, above all on a new primary.
        let much = match (self.frozen.is_some() || self.cut.is_some(), has_moved) {
            (true, true) => 50,
            (true, false) => 12,
            (false, _) => 5,
        };
        let moved = match (is_copying, is_only_away, is_late) {
            (true, ..) => 40,
            (_, true, _) => 24,
            (.., true) => 20,
            _ => 14,
        };
        let if_so = |is_so: bool, weight: u64| if is_so { weight } else { 0 };
        // Where nobody leads there is nothing to be done to who leads.
        let hurt = if self.is_lost { standby } else { anyone };
        let from = Who::Standby(dice_pick(dice, self.members - 1));
        let to = if dice.happens(80) {
            Who::Primary
        } else {
            standby
        };
        let how = how(dice);
        let late = Cut::Delay(dice.between(100, 400));
        vec![
            (if_so(!self.killed.contains(&hurt), 14), Act::Kill(hurt)),
            (9, Act::Stop(hurt)),
            (9, Act::Crash(hurt)),
            (
                if_so(self.frozen.is_none(), if self.is_lost { 4 } else { 10 }),
                Act::Freeze(hurt),
            ),
            (if_so(self.frozen.is_some(), 12), Act::Thaw),
            (
                if_so(self.cut.is_none() && from != to && !self.is_lost, 9),
                Act::Cut { from, to, how },
            ),
            (
                if_so(self.cut.is_none() && !self.is_lost, 7),
                // Late above all: what a primary has and nobody else has yet, it takes with it.
                Act::CutStandbys(if dice.happens(60) { late } else { how }),
            ),
            (if_so(self.cut.is_none(), 5), Act::CutClients(how)),
            (if_so(self.cut.is_some(), 12), Act::Mend),
            (
                if_so(self.slow.is_none() && !self.is_lost, 6),
                Act::Slow(standby),
            ),
            (if_so(self.slow.is_some(), 10), Act::Hurry),
            (
                if_so(
                    follows && !self.has_lost && !self.is_lost && !self.is_cut_off,
                    if is_late { 24 } else { 8 },
                ),
                Act::LoseVolume(anyone),
            ),
            (if_so(!self.is_lost, much), Act::Wal),
            (
                // Where standbys are late, the new primary must not lead before it has the old one's last words.
                if_so(is_whole || is_only_late || is_only_away, moved),
                Act::Switchover(wait(dice)),
            ),
            (if_so(self.is_lost, 40), Act::Promote(wait(dice))),
            (
                if_so(is_whole, 3),
                Act::Members(7 - self.members, wait(dice)),
            ),
            (
                if_so(is_whole, 4),
                Act::Durability(self.another(dice), wait(dice)),
            ),
        ]
    }

    fn anyone(&self, dice: &mut Dice) -> Who {
        if dice.happens(50) {
            Who::Primary
        } else {
            self.standby(dice)
        }
    }

    fn standby(&self, dice: &mut Dice) -> Who {
        Who::Standby(dice_pick(dice, self.members - 1))
    }

    fn another(&self, dice: &mut Dice) -> Durability {
        let all = [Durability::Async, Durability::Sync, Durability::Quorum];
        let others: Vec<(u64, Durability)> = (all.into_iter())
            .filter(|one| *one != self.durability)
            .map(|one| (1, one))
            .collect();
        dice.weighted(&others).unwrap_or_default()
    }

    fn note(&mut self, act: &Act) {
        for since in [&mut self.frozen, &mut self.cut, &mut self.slow] {
            *since = since.map(|since| since + 1);
        }
        self.before = Some(act.clone());
        match act {
            Act::Kill(who) => self.killed.push(*who),
            Act::Freeze(who) => {
                self.frozen = Some(0);
                self.who = Some(*who);
            }
            Act::Thaw => self.frozen = None,
            Act::Cut { how, .. } | Act::CutStandbys(how) | Act::CutClients(how) => {
                self.cut = Some(0);
                self.how = Some(*how);
            }
            Act::Mend => {
                self.cut = None;
                self.how = None;
            }
            Act::Slow(_) => self.slow = Some(0),
            Act::Hurry => self.slow = None,
            Act::LoseVolume(who) => {
                self.has_lost = true;
                self.is_lost = *who == Who::Primary;
            }
            Act::Promote(wait) => {
                self.is_lost = false;
                self.is_cut_off |= matches!(wait, Wait::CutOff(_));
            }
            Act::Switchover(wait) => self.is_cut_off |= matches!(wait, Wait::CutOff(_)),
            Act::Members(members, wait) => {
                self.members = *members;
                self.is_cut_off |= matches!(wait, Wait::CutOff(_));
            }
            Act::Durability(durability, wait) => {
                self.durability = *durability;
                self.is_cut_off |= matches!(wait, Wait::CutOff(_));
            }
            _ => (),
        }
    }
}

fn dice_pick(dice: &mut Dice, count: u8) -> u8 {
    u8::try_from(dice.between(0, u64::from(count) - 1)).unwrap_or(0)
}

fn how(dice: &mut Dice) -> Cut {
    match dice.between(0, 3) {
        0 => Cut::Reset,
        1 => Cut::Drop,
        2 => Cut::HalfOpen,
        _ => Cut::Delay(dice.between(20, 300)),
    }
}

fn wait(dice: &mut Dice) -> Wait {
    match dice.between(1, 10) {
        1..=5 => Wait::Ended,
        6..=7 => Wait::Beside,
        _ => Wait::CutOff(dice.between(50, 1500)),
    }
}

#[cfg(test)]
mod tests;
