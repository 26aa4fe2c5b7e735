//! Who may take the lead, judged from what was seen of a cluster. Pure; asks nobody and changes nothing.

mod planned;
mod unplanned;

pub use planned::planned;
pub use unplanned::{Left, loss, unplanned};

use crate::status::{Facts, Member, Role};

/// A move of the lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The pod that led.
    pub from: String,
    /// The pod that is to lead.
    pub to: String,
    /// The other members that run; with a promotion that is done, the one that led is one of the others.
    pub followers: Vec<String>,
    /// The other members, which do not.
    pub away: Vec<String>,
    /// How far it is already.
    pub begun: Begun,
    /// Who leads by what the cluster was told last: who moves the lead at the same time has changed it.
    pub told: String,
}

/// How far a move of the lead is when it is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The old primary takes writes, and is to be stopped in order.
    No,
    /// The old primary takes no writes.
    Stopped,
    /// The new one takes writes; Services, the other members and the spec may not know it yet.
    Promoted,
}

fn plan(facts: &Facts, from: &Member, to: &Member, begun: Begun) -> Plan {
    let others = facts.members.iter();
    let others = others.filter(|member| member.name != from.name && member.name != to.name);
    let (run, away): (Vec<&Member>, Vec<&Member>) = others
        .filter(|member| member.role != Role::Unexpected)
        .partition(|member| member.server().is_some());
    let names = |members: Vec<&Member>| members.into_iter().map(|one| one.name.clone()).collect();
    Plan {
        from: from.name.clone(),
        to: to.name.clone(),
        followers: names(run),
        away: names(away),
        begun,
        told: told(facts).to_owned(),
    }
}

/// What is left to do where the member that was named last has been promoted, and the spec still names another.
fn promoted(facts: &Facts, to: Option<&str>) -> Option<Plan> {
    let (told, spec) = (told(facts), facts.leader_by_spec.as_str());
    let writing = writing(facts);
    let [one] = writing.as_slice() else {
        return None;
    };
    if one.name != told || told == spec || to.is_some_and(|to| to != told) {
        return None;
    }
    let from = member(facts, spec)?;
    let mut rest = plan(facts, from, one, Begun::Promoted);
    let others = if from.server().is_some() {
        &mut rest.followers
    } else {
        &mut rest.away
    };
    others.push(from.name.clone());
    Some(rest)
}

pub(super) fn writing(facts: &Facts) -> Vec<&Member> {
    let writes = |member: &&Member| member.server().is_some_and(|server| !server.in_recovery);
    facts.members.iter().filter(writes).collect()
}

/// Who leads by what the cluster was told last.
fn told(facts: &Facts) -> &str {
    facts.leader().map_or("", |leader| leader.name.as_str())
}

fn member<'a>(facts: &'a Facts, name: &str) -> Option<&'a Member> {
    let mut members = facts.members.iter();
    members.find(|member| member.name == name && member.role != Role::Unexpected)
}

fn no_member(facts: &Facts, name: &str) -> String {
    let members = facts.members.iter().map(|member| member.name.as_str());
    let members: Vec<&str> = members.collect();
    format!(
        "{name} is no standby of this cluster, whose members are {}",
        members.join(", ")
    )
}
