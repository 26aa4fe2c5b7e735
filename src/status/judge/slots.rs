//! The primary's replication slots: one in use for each standby, and none that keeps WAL for nobody.

use std::fmt::Write;

use crate::names::POSTGRES_CONTAINER;
use crate::status::facts::{Facts, Member, Role};
use crate::status::finding::{Finding, Id, Severity};
use crate::status::server::{Server, Slot};
use crate::status::units;

/// A slot that may keep less than this part of its bound is about to lose WAL.
const NEARLY_LOST: i64 = 5;

/// What is wrong with slots.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let Some(leading) = facts.leading_server() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for member in facts.followers() {
        let slot = leading.slot(&member.slot_name());
        findings.extend(match slot {
            None => missing(facts, member),
            Some(slot) => of_member(facts, leading, member, slot),
        });
    }
    let unused = leading.slots.iter().filter(|slot| !slot.active);
    let unused = unused.filter(|slot| {
        let mut members = facts.members.iter();
        !members.any(|member| member.role != Role::Leads && member.slot_name() == slot.name)
    });
    findings.extend(unused.map(|slot| unused_slot(facts, slot)));
    findings
}

fn missing(facts: &Facts, member: &Member) -> Option<Finding> {
    // Where there is no server that follows, making the slot is part of its start.
    let server = member.server().filter(|server| server.in_recovery)?;
    let state = server.receiver.as_deref().unwrap_or("not connected");
    Some(Finding {
        id: Id::SlotMissing,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "the standby has no replication slot: the primary keeps no WAL for it".into(),
        seen: format!(
            "the primary has no slot {}; the WAL receiver is {state}",
            member.slot_name()
        ),
        advice: "start the standby again: it makes its slot before its server".into(),
        command: facts
            .commands
            .kubectl(&format!("delete pod {}", member.name)),
    })
}

fn of_member(facts: &Facts, leading: &Server, member: &Member, slot: &Slot) -> Option<Finding> {
    if slot.wal_status.as_deref() == Some("lost") {
        // One that answers is told of with its replication.
        return member
            .server()
            .is_none()
            .then(|| lost_and_away(facts, member, slot));
    }
    if is_nearly_lost(leading, slot) {
        return Some(Finding {
            id: Id::SlotNearlyLost,
            severity: Severity::Warning,
            subject: member.name.clone(),
            wrong: "the standby is about to lose WAL that it needs; then all data has to be copied anew".into(),
            seen: kept(leading, slot),
            advice: "bring the standby back soon, or write less".into(),
            command: facts.commands.kubectl("get pods -o wide"),
        });
    }
    // One that takes writes is told of with who leads; it must not simply come back.
    if slot.active || member.server().is_some_and(|server| !server.in_recovery) {
        return None;
    }
    Some(Finding {
        id: Id::SlotInactive,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "the standby does not use its slot: the primary keeps WAL for it".into(),
        seen: kept(leading, slot),
        advice: "bring the standby back; once the bound is passed, it has to copy all data anew"
            .into(),
        command: match &member.pod {
            Some(_) => facts.commands.kubectl(&format!(
                "logs {} -c {POSTGRES_CONTAINER} --tail=50",
                member.name
            )),
            None => facts.commands.kubectl("get pods -o wide"),
        },
    })
}

fn lost_and_away(facts: &Facts, member: &Member, slot: &Slot) -> Finding {
    Finding {
        id: Id::SlotLost,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "the primary has removed WAL that this standby still needs".into(),
        seen: format!("the slot {} is lost, and the standby is away", slot.name),
        advice: "bring the standby back: it then copies the primary anew, beside what it has, and needs that room".into(),
        command: facts.commands.kubectl("get pods -o wide"),
    }
}

fn is_nearly_lost(leading: &Server, slot: &Slot) -> bool {
    let little = match (slot.safe_bytes, leading.slot_bound) {
        (Some(safe), Some(bound)) => safe < bound / NEARLY_LOST,
        _ => false,
    };
    little || slot.wal_status.as_deref() == Some("unreserved")
}

fn kept(leading: &Server, slot: &Slot) -> String {
    let kept = units::signed_bytes(slot.kept_bytes.unwrap_or(0));
    let mut seen = format!("the slot {} keeps {kept}", slot.name);
    // Writing to a String does not fail, here and below.
    match (slot.safe_bytes, leading.slot_bound) {
        (Some(safe), Some(_)) => {
            let safe = units::signed_bytes(safe);
            let _ = write!(seen, "; lost when another {safe} are written");
        }
        (_, None) => seen += ", without a bound: it can fill the volume",
        (None, Some(_)) => {}
    }
    if let Some(since) = &slot.inactive_since {
        let _ = write!(seen, "; not in use since {since}");
    }
    seen
}

fn unused_slot(facts: &Facts, slot: &Slot) -> Finding {
    let kept = units::signed_bytes(slot.kept_bytes.unwrap_or(0));
    let state = slot.wal_status.as_deref().unwrap_or("keeps nothing yet");
    let since = slot.inactive_since.as_deref();
    let since = since.map(|since| format!(", not in use since {since}"));
    Finding {
        id: Id::SlotUnused,
        severity: Severity::Warning,
        subject: format!("slot {}", slot.name),
        wrong: "a replication slot that is no standby's is not in use: the primary keeps WAL for nobody".into(),
        seen: format!("{}, {state}, {kept} kept{}", slot.kind, since.unwrap_or_default()),
        advice: format!("if nothing comes back for it, drop it: select pg_drop_replication_slot('{}')", slot.name),
        command: facts.commands.sql("select * from pg_replication_slots"),
    }
}
