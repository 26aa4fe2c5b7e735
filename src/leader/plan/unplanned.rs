//! Which standby takes the lead after the primary is lost, every reason against it, and what is lost by it.

use super::{Begun, Plan, member, no_member, plan, promoted, told, writing};
use crate::spec::Durability;
use crate::status::{Answer, Facts, Located, Member, Role, Server, Stage};

/// What the user accepts in a promotion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Members that cannot be asked, and may have rows that no other has.
    pub out: Vec<String>,
    /// Whether the old primary's pod is to be stopped first, though its server may live.
    pub stop_old_primary: bool,
}

/// The plan of a promotion after the loss of the primary.
///
/// # Errors
/// Every reason against it.
pub fn unplanned(facts: &Facts, to: Option<&str>, left: &Left) -> Result<Plan, Vec<String>> {
    if let Some(rest) = promoted(facts, to) {
        return Ok(rest);
    }
    let mut reasons: Vec<String> = writing(facts)
        .iter()
        .map(|member| {
            format!(
                "{} takes writes; `pgherd switchover` moves the lead without loss",
                member.name
            )
        })
        .collect();
    let spec = facts.leader_by_spec.as_str();
    let Some(from) = member(facts, spec) else {
        return Err(vec![format!("the spec names {spec}, which is no member")]);
    };
    // A promotion that was cut off has named a standby; a leader of another name that is silent is the one that is lost.
    let told = told(facts);
    if told != spec && member(facts, told).is_none_or(|member| member.server().is_none()) {
        reasons.push(format!(
            "the spec names {spec} as the primary, but {told} led last; write `primary: {told}` into the spec first"
        ));
    }
    if reasons.is_empty() && !left.stop_old_primary {
        reasons.extend(may_live(from, &facts.commands.located));
    }
    let others = || {
        facts
            .members
            .iter()
            .filter(|member| member.name != from.name)
    };
    let others = || others().filter(|member| member.role != Role::Unexpected);
    for other in
        others().filter(|other| other.server().is_none() && !left.out.contains(&other.name))
    {
        reasons.push(format!(
            "{} cannot be asked and may have rows that no other member has; bring it back, or leave it out: --without {}",
            other.name, other.name
        ));
    }
    let furthest = others()
        .filter(|other| !left.out.contains(&other.name))
        .filter_map(|other| Some((other, other.server()?)))
        // Who was named before may have been told to lead already: of those that have the same, it is the one.
        .max_by_key(|(other, server)| (reached(server), other.name == told));
    let Some((furthest, has)) = furthest else {
        reasons.push("no standby answers: there is none to promote".into());
        return Err(reasons);
    };
    let to = match to {
        None => furthest,
        Some(name) => match member(facts, name) {
            Some(to) if to.name != from.name => to,
            _ => return Err([reasons, vec![no_member(facts, name)]].concat()),
        },
    };
    match to.server() {
        Some(server) if reached(server) < reached(has) => reasons.push(format!(
            "{} has {} more bytes of WAL than {}: what is only there would be lost",
            furthest.name,
            reached(has).1 - reached(server).1,
            to.name
        )),
        _ => {}
    }
    // It may have come back as a standby, with a copy.
    if let (Some(old), Some(new)) = (from.server(), to.server())
        && old.in_recovery
        && reached(old) > reached(new)
    {
        reasons.push(format!(
            "{} is a standby and has more WAL than {}: what is only there would be lost",
            from.name, to.name
        ));
    }
    if reasons.is_empty() {
        Ok(plan(facts, from, to, Begun::Stopped))
    } else {
        Err(reasons)
    }
}

/// What a promotion means for what was written last, in lines for whoever decides.
pub fn loss(facts: &Facts, plan: &Plan, left: &Left) -> Vec<String> {
    let mut lines = vec![format!(
        "{} led; {} has the most of those that answer:",
        plan.from, plan.to
    )];
    for member in &facts.members {
        let Some(server) = member.server() else {
            continue;
        };
        let (timeline, bytes) = reached(server);
        let age = server.replay_age.map_or_else(
            || "no commit replayed since its start".into(),
            |age| format!("last commit {age:.0} s ago"),
        );
        lines.push(format!(
            "  {}  timeline {timeline}, WAL to {bytes}, {age}",
            member.name
        ));
    }
    // By what its servers were told: the spec may have been changed since, or not be of this cluster.
    lines.push(match (facts.durability, left.out.as_slice()) {
        (None, _) => format!(
            "What commits waited for cannot be seen: what {} had acknowledged and not yet sent may be lost",
            plan.from
        ),
        (Some(Durability::Async), _) => format!(
            "durability: async. What {} had acknowledged and not yet sent is lost, unless its volume comes back: it stays \
             as it is, and is not used",
            plan.from
        ),
        (_, []) => "Nothing that was acknowledged is lost: a commit waited for one of these standbys, but for sessions with \
                    synchronous_commit off or local"
            .into(),
        (_, out) => format!("What was acknowledged with the help of {} alone is lost", out.join(", ")),
    });
    lines
}

/// How far a standby's data goes: its timeline first, then what it has received or replayed.
fn reached(server: &Server) -> (u32, i64) {
    let received = server.received.unwrap_or_default();
    (
        server.timeline,
        received.max(server.position.unwrap_or_default()),
    )
}

/// Why the lost primary may not be lost: a container that runs on data is asked, and one that cannot be may write. What
/// else is said of its pod tells nothing: one that has just crashed recovers in its next container.
fn may_live(from: &Member, located: &Located) -> Option<String> {
    let pod = from.pod.as_ref()?;
    // An empty volume's container runs for a while, until it has refused to begin anew.
    if from.has_data == Some(false) {
        return None;
    }
    let stop = match located {
        Located::Kubernetes { .. } => {
            "--stop-old-primary stops its pod first and waits for its kubelet's word. Where its node is gone, make sure that \
             it is off, then have Kubernetes remove the pod: kubectl taint nodes NODE node.kubernetes.io/out-of-service=:NoExecute"
        }
        Located::Processes { .. } => {
            "--stop-old-primary stops its processes first and waits until they have ended"
        }
    };
    match (&pod.stage, &from.answer) {
        (Stage::Ending, _) => Some(format!(
            "the pod of {} is being deleted, and its server may still run until it is gone; {stop}",
            from.name
        )),
        (_, Answer::Silent(words)) => Some(format!(
            "the container of {} runs, and its server may live: {words}; a recovery after a crash takes a while. {stop}",
            from.name
        )),
        (_, Answer::NotAsked(words)) => Some(format!(
            "{} cannot be asked, and its server may live: {words}; {stop}",
            from.name
        )),
        _ => None,
    }
}
