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
    /// The other members that run.
    pub followers: Vec<String>,
    /// The other members, which do not.
    pub away: Vec<String>,
    /// Whether the old primary takes writes, and so is to be stopped in order.
    pub leads_now: bool,
}

fn plan(facts: &Facts, from: &Member, to: &Member) -> Plan {
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
        leads_now: from.server().is_some_and(|server| !server.in_recovery),
    }
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
