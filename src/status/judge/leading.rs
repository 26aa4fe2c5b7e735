//! Whether one member takes writes, the right one, and no other.

use crate::names::POSTGRES_CONTAINER;
use crate::status::facts::{Answer, Facts, Member};
use crate::status::finding::{Finding, Id, Severity};
use crate::status::server::Server;

/// What is wrong with who leads.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let writing: Vec<(&Member, &Server)> = facts
        .members
        .iter()
        .filter_map(|member| Some((member, member.server()?)))
        .filter(|(_, server)| !server.in_recovery)
        .collect();
    if writing.len() > 1 {
        findings.push(two_primaries(facts, &writing));
    }
    if let Some(leader) = facts.leader() {
        findings.extend(match &leader.answer {
            Answer::Silent(words) => Some(silent(facts, leader, words)),
            Answer::Server(server) if server.in_recovery => {
                Some(in_recovery(facts, leader, &writing))
            }
            Answer::Server(_) | Answer::NotRunning | Answer::NotAsked(_) => None,
        });
    }
    findings
}

fn two_primaries(facts: &Facts, writing: &[(&Member, &Server)]) -> Finding {
    let leader = facts.leader().map_or("", |leader| leader.name.as_str());
    let wrong = writing.iter().find(|(member, _)| member.name != leader);
    let wrong = wrong.map_or(leader, |(member, _)| member.name.as_str());
    let seen: Vec<String> = writing
        .iter()
        .map(|(member, server)| {
            format!(
                "{} takes writes on timeline {}",
                member.name, server.timeline
            )
        })
        .collect();
    Finding {
        id: Id::TwoPrimaries,
        severity: Severity::Critical,
        subject: wrong.into(),
        wrong: "two members take writes: their data drifts apart".into(),
        seen: format!("{}; {leader} is the one that has to", seen.join(", ")),
        advice: "keep clients from writing until you know which member's rows are kept. Delete no volume: each may hold \
                 rows that no other has. The log says since when it takes writes"
            .into(),
        command: log(facts, wrong),
    }
}

fn silent(facts: &Facts, leader: &Member, words: &str) -> Finding {
    Finding {
        id: Id::PrimaryNotAnswering,
        severity: Severity::Critical,
        subject: leader.name.clone(),
        wrong: "the primary's container runs, but its server does not answer: nothing can be written".into(),
        seen: words.into(),
        advice: "a recovery after a crash takes a while; the log says how far it is, or what it waits for".into(),
        command: log(facts, &leader.name),
    }
}

fn in_recovery(facts: &Facts, leader: &Member, writing: &[(&Member, &Server)]) -> Finding {
    let others: Vec<&str> = writing
        .iter()
        .map(|(member, _)| member.name.as_str())
        .collect();
    let seen = match others.as_slice() {
        [] => "it is in recovery, and no other member takes writes".into(),
        others => format!("it is in recovery; {} takes writes", others.join(" and ")),
    };
    Finding {
        id: Id::PrimaryInRecovery,
        severity: Severity::Critical,
        subject: leader.name.clone(),
        wrong: "the member that has to lead is a standby: nothing can be written through its Service".into(),
        seen,
        advice: "where a switchover or a promotion was cut off, `pgherd switchover` goes on while the old primary is there, \
                 `pgherd promote` where it is lost. If another member takes writes that the spec does not name, name that \
                 one as `primary` and apply it"
            .into(),
        command: match writing {
            [] if has_nothing_to_hand_over(facts, leader) => facts.commands.pgherd("promote"),
            [] => facts.commands.pgherd("switchover"),
            // It was cut off before the old primary was stopped.
            [(one, _)] if one.name == facts.leader_by_spec => facts.commands.pgherd("switchover"),
            _ => log(facts, &leader.name),
        },
    }
}

/// Whether no move of the lead was begun that could be gone on with, as the one that led by the spec is a standby by now, or
/// has no data any more.
fn has_nothing_to_hand_over(facts: &Facts, leader: &Member) -> bool {
    let is_spent = |member: &Member| {
        let is_standby = member.server().is_some_and(|server| server.in_recovery);
        is_standby || member.has_data == Some(false)
    };
    let mut members = facts.members.iter();
    let led = members.find(|member| member.name == facts.leader_by_spec);
    leader.name == facts.leader_by_spec || led.is_some_and(is_spent)
}

fn log(facts: &Facts, pod: &str) -> String {
    facts
        .commands
        .kubectl(&format!("logs {pod} -c {POSTGRES_CONTAINER} --tail=50"))
}
