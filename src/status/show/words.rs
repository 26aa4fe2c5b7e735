//! The few words that a table has room for.

use crate::status::facts::{Answer, Facts, Member, Role, Stage};
use crate::status::lag::follows;
use crate::status::server::{Server, Slot};
use crate::status::units;
use crate::terminal::together;

/// What a member does, in one or two words. The same in tables and in JSON.
pub(super) fn state(facts: &Facts, member: &Member) -> String {
    let Some(pod) = &member.pod else {
        return "missing".into();
    };
    let copying = || {
        let copies = facts
            .leading_server()
            .map(|server| server.copies.as_slice());
        let mut copies = copies.unwrap_or_default().iter();
        copies.any(|copy| copy.name == member.name)
    };
    match (&pod.stage, &member.answer) {
        (Stage::Ending, _) => "ending".into(),
        (Stage::Ended(_), _) => "ended".into(),
        (Stage::Unscheduled(_) | Stage::Waiting(_), _) => "pending".into(),
        (_, Answer::Server(server)) => of_server(facts, member, server).into(),
        (Stage::Crashing { .. }, _) => "crashing".into(),
        (_, _) if copying() => "copying".into(),
        (_, Answer::NotAsked(_)) => "not asked".into(),
        (_, Answer::Silent(_) | Answer::NotRunning) => "no answer".into(),
    }
}

fn of_server(facts: &Facts, member: &Member, server: &Server) -> &'static str {
    if !server.in_recovery {
        return "takes writes";
    }
    match facts.leading_server() {
        _ if member.role == Role::Leads => "in recovery",
        Some(leading) if follows(leading, member, server) => {
            let sender = leading.sender(&member.name);
            match sender.and_then(|sender| sender.state.as_deref()) {
                Some("catchup") => "catching up",
                _ => "streaming",
            }
        }
        Some(_) => "not streaming",
        // Nobody leads, or nobody could ask: its own word is all there is.
        None if server.receiver.as_deref() == Some("streaming") => "streaming",
        None => "reads only",
    }
}

/// What a member has to be.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Leads => "leads",
        Role::Follows => "follows",
        Role::Unexpected => "unexpected",
    }
}

/// A slot's state and what it keeps.
pub(super) fn slot(slot: &Slot) -> String {
    let state = match slot.wal_status.as_deref() {
        Some("reserved" | "extended") if !slot.active => "inactive",
        Some(status) => status,
        None => "empty",
    };
    match slot.kept_bytes {
        Some(kept) => format!("{state}, {}", together(&units::signed_bytes(kept))),
        None => state.into(),
    }
}
