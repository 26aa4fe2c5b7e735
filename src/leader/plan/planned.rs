//! Which standby takes the lead from a primary that hands it over, and every reason against it.

use super::{Begun, Plan, member, no_member, plan, promoted, told, writing};
use crate::status::{Facts, Member, Role};

/// Bytes of WAL that a standby may be behind when a switchover begins: what comes in less than a second.
const NEAR: i64 = 16 << 20;

/// The plan of a switchover.
///
/// # Errors
/// Every reason against it.
pub fn planned(facts: &Facts, to: Option<&str>) -> Result<Plan, Vec<String>> {
    if let Some(rest) = promoted(facts, to) {
        return Ok(rest);
    }
    let writing = writing(facts);
    let told = told(facts);
    let spec = facts.leader_by_spec.as_str();
    let from = match writing.as_slice() {
        [one] if one.name == spec => *one,
        [one] if one.name == told => {
            return Err(vec![format!(
                "the spec names {spec} as the primary, but {told} leads; write `primary: {told}` into the spec first"
            )]);
        }
        [one] => {
            return Err(vec![format!(
                "{} takes writes, though {told} is the one that has to; `pgherd status` says what to do",
                one.name
            )]);
        }
        [] if told != spec && member(facts, told).is_none_or(|one| one.server().is_none()) => {
            return Err(vec![format!(
                "the spec names {spec} as the primary, but {told} led last and does not answer; `pgherd status` says more"
            )]);
        }
        [] if told != spec => match member(facts, spec) {
            Some(member) => member,
            None => return Err(vec![format!("the spec names {spec}, which is no member")]),
        },
        [] => {
            return Err(vec![
                "no member takes writes; where the primary is lost, `pgherd promote` gives the lead to a standby"
                    .into(),
            ]);
        }
        _ => {
            return Err(vec![
                "two members take writes; `pgherd status` says more".into(),
            ]);
        }
    };
    // A switchover that was cut off is gone on with.
    let begun = (told != spec).then_some(told);
    let to = match to.or(begun) {
        Some(to) if writing.is_empty() && Some(to) != begun => {
            return Err(vec![format!(
                "a move to {told} was begun and has stopped {spec}; it goes on to {told} alone: without --to"
            )]);
        }
        Some(to) => member(facts, to).ok_or_else(|| vec![no_member(facts, to)])?,
        None => best(facts, from)?,
    };
    let reasons = against(from, to);
    let begun = if writing.is_empty() {
        Begun::Stopped
    } else {
        Begun::No
    };
    if reasons.is_empty() {
        Ok(plan(facts, from, to, begun))
    } else {
        Err(reasons)
    }
}

/// The standby that is the least behind.
fn best<'a>(facts: &'a Facts, from: &Member) -> Result<&'a Member, Vec<String>> {
    let others = facts.members.iter();
    let others = others.filter(|one| one.name != from.name && one.role != Role::Unexpected);
    let mut reasons = Vec::new();
    let mut best: Option<(i64, &Member)> = None;
    for other in others {
        let against = against(from, other);
        if !against.is_empty() {
            reasons.extend(against);
            continue;
        }
        let lag = lag(from, other).unwrap_or_default();
        if best.is_none_or(|(least, _)| lag < least) {
            best = Some((lag, other));
        }
    }
    best.map(|(_, member)| member).ok_or(reasons)
}

fn lag(from: &Member, to: &Member) -> Option<i64> {
    from.server()?.sender(&to.name)?.lag_bytes
}

/// Every reason why a member cannot take the lead from one that hands it over.
fn against(from: &Member, to: &Member) -> Vec<String> {
    let name = &to.name;
    if from.name == *name {
        return vec![format!("{name} leads already")];
    }
    let Some(server) = to.server() else {
        return vec![format!("{name} does not answer")];
    };
    let mut reasons = Vec::new();
    if server.paused {
        reasons.push(format!(
            "replay is paused on {name}; resume it: select pg_wal_replay_resume()"
        ));
    }
    let Some(leading) = from.server().filter(|server| !server.in_recovery) else {
        return reasons;
    };
    if server.system_identifier != leading.system_identifier || server.timeline != leading.timeline
    {
        reasons.push(format!("{name} is not on the timeline of {}", from.name));
    }
    match lag(from, to) {
        None => reasons.push(format!("{name} does not stream from {}", from.name)),
        Some(bytes) if bytes > NEAR => reasons.push(format!(
            "{name} is {bytes} bytes of WAL behind {}; wait until it is nearer",
            from.name
        )),
        Some(_) => {}
    }
    reasons
}
