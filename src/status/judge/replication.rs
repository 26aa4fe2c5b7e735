//! Whether every standby has what the primary wrote. Judged only where both answer, and the primary leads.

use super::members::copying;
use crate::names::POSTGRES_CONTAINER;
use crate::spec::Durability;
use crate::status::facts::{Facts, Member};
use crate::status::finding::{Finding, Id, Severity};
use crate::status::lag::{follows, lag};
use crate::status::server::Server;
use crate::status::units;

/// Seconds that a standby may be behind.
const LAG_SECONDS: f64 = 30.0;
/// Bytes of WAL that a standby may be behind: sixteen segments.
const LAG_BYTES: i64 = 256 << 20;
/// What is wrong where commits wait for nobody, or for anybody.
const NOT_WAITED: &str =
    "no commit waits for a standby by name: what is acknowledged may be on the primary alone";

/// What is wrong between the primary and its standbys.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let Some(leading) = facts.leading_server() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for member in facts.followers() {
        findings.extend(match member.server() {
            Some(server) if server.in_recovery => standby(facts, leading, member, server),
            Some(server) => other_data(facts, leading, member, server),
            None if copying(facts, member) => Some(being_copied(facts, leading, member)),
            None => None,
        });
    }
    findings.extend(waiting_commits(facts, leading));
    findings.extend(durability(facts, leading));
    findings.extend(archiving(facts, leading));
    findings
}

/// The first thing that is wrong with a standby: others follow from it.
fn standby(facts: &Facts, leading: &Server, member: &Member, server: &Server) -> Option<Finding> {
    other_data(facts, leading, member, server)
        .or_else(|| lost(facts, leading, member))
        .or_else(|| other_timeline(facts, leading, member, server))
        .or_else(|| not_streaming(facts, leading, member, server))
        .or_else(|| paused(facts, member, server))
        .or_else(|| behind(facts, member))
}

fn other_data(
    facts: &Facts,
    leading: &Server,
    member: &Member,
    server: &Server,
) -> Option<Finding> {
    (server.system_identifier != leading.system_identifier).then(|| Finding {
        id: Id::SystemIdentifierDiffers,
        severity: Severity::Critical,
        subject: member.name.clone(),
        wrong: "the member has the data of another cluster".into(),
        seen: format!(
            "its system identifier is {}, the primary's {}",
            server.system_identifier, leading.system_identifier
        ),
        advice: "find out where its volume comes from. Only if nobody needs that data: delete its claim and its pod, and \
                 it copies the primary"
            .into(),
        command: log(facts, member),
    })
}

fn lost(facts: &Facts, leading: &Server, member: &Member) -> Option<Finding> {
    let slot = leading.slot(&member.slot_name())?;
    (slot.wal_status.as_deref() == Some("lost")).then(|| Finding {
        id: Id::SlotLost,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "the primary has removed WAL that this standby still needs: it cannot catch up".into(),
        seen: format!("the slot {} is lost", slot.name),
        advice: "start the standby again: it then copies the primary anew, beside what it has, and needs that room".into(),
        command: facts.commands.kubectl(&format!("delete pod {}", member.name)),
    })
}

fn other_timeline(
    facts: &Facts,
    leading: &Server,
    member: &Member,
    server: &Server,
) -> Option<Finding> {
    (server.timeline != leading.timeline).then(|| Finding {
        id: Id::StandbyTimelineDiffers,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "the standby is on another timeline than the primary".into(),
        seen: format!(
            "it is on timeline {}, the primary on {}",
            server.timeline, leading.timeline
        ),
        advice: "after a promotion this lasts a moment. If it stays, the log says why it cannot switch; one that is \
                 ahead may hold rows that the primary lacks"
            .into(),
        command: log(facts, member),
    })
}

fn not_streaming(
    facts: &Facts,
    leading: &Server,
    member: &Member,
    server: &Server,
) -> Option<Finding> {
    if follows(leading, member, server) {
        return None;
    }
    let receiver = match server.receiver.as_deref() {
        Some("streaming") => "it streams, but not from the primary".to_owned(),
        Some(state) => format!("its WAL receiver is {state}"),
        None => "it has no WAL receiver".to_owned(),
    };
    let behind = lag(facts, member).map(|lag| match lag.bytes {
        0 => "; it has all that was written so far".to_owned(),
        bytes => format!("; it is {} behind", units::signed_bytes(bytes)),
    });
    Some(Finding {
        id: Id::StandbyNotStreaming,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "the standby does not receive what the primary writes".into(),
        seen: receiver + &behind.unwrap_or_default(),
        advice: "the log says why it cannot connect: a password, the network, a missing slot"
            .into(),
        command: log(facts, member),
    })
}

fn paused(facts: &Facts, member: &Member, server: &Server) -> Option<Finding> {
    server.paused.then(|| Finding {
        id: Id::StandbyPaused,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "the standby receives, but does not replay: who reads there sees old rows".into(),
        seen: "replay is paused: by pg_wal_replay_pause(), or by a setting that is lower than the primary's".into(),
        advice: "if it was paused by hand, pg_wal_replay_resume() ends that; the log names a setting that is too low".into(),
        command: log(facts, member),
    })
}

fn behind(facts: &Facts, member: &Member) -> Option<Finding> {
    let lag = lag(facts, member)?;
    let late = lag.seconds.filter(|seconds| *seconds > LAG_SECONDS);
    if late.is_none() && lag.bytes <= LAG_BYTES {
        return None;
    }
    let bytes = units::signed_bytes(lag.bytes);
    let (most_bytes, most) = (units::signed_bytes(LAG_BYTES), units::seconds(LAG_SECONDS));
    Some(Finding {
        id: Id::StandbyLagging,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "the standby is far behind: who reads there sees old rows".into(),
        seen: match lag.seconds {
            Some(seconds) => format!("{bytes} and {} behind", units::seconds(seconds)),
            None => format!("{bytes} behind"),
        } + &format!("; more than {most} or {most_bytes} is told"),
        advice: "a burst of writes passes; otherwise look for a long query on it that replay waits for, a slow volume, \
                 or too little CPU"
            .into(),
        command: facts.commands.kubectl(&format!(
            "exec {} -c {POSTGRES_CONTAINER} -- psql -c \"select pid, now() - xact_start as since, state, left(query, \
             60) from pg_stat_activity where xact_start is not null order by 2 desc\"",
            member.name
        )),
    })
}

fn being_copied(facts: &Facts, leading: &Server, member: &Member) -> Finding {
    let copy = leading.copies.iter().find(|copy| copy.name == member.name);
    let seen = copy.map_or(String::new(), |copy| match (copy.bytes, copy.of_bytes) {
        (Some(bytes), Some(all)) => format!(
            "{}: {} of {}",
            copy.phase,
            units::signed_bytes(bytes),
            units::signed_bytes(all)
        ),
        _ => copy.phase.clone(),
    });
    Finding {
        id: Id::StandbyCopying,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "the standby has no data of its own yet: it copies the primary's".into(),
        seen,
        advice: "wait: it begins to stream when the copy is complete".into(),
        command: format!("{} --watch", facts.commands.pgherd("status")),
    }
}

fn waiting_commits(facts: &Facts, leading: &Server) -> Option<Finding> {
    let count = leading.waiting_commits;
    (count > 0).then(|| Finding {
        id: Id::CommitsWaiting,
        severity: Severity::Critical,
        subject: facts
            .leader()
            .map_or(String::new(), |leader| leader.name.clone()),
        wrong: "commits wait for a synchronous standby: clients that write hang".into(),
        seen: format!(
            "{count} have waited for more than 10 s; synchronous_standby_names = {}",
            leading.sync_names
        ),
        advice: "bring back a standby that the setting names; rows that were acknowledged are safe meanwhile".into(),
        command: facts.commands.sql(
            "select application_name, state, sync_state from pg_stat_replication",
        ),
    })
}

/// Whether what commits wait for is what the cluster was told. Whose names they are is not looked at: after a change of members
/// they follow in a moment, and one that is gone confirms nothing.
fn durability(facts: &Facts, leading: &Server) -> Option<Finding> {
    let told = facts.durability?;
    let names = leading.sync_names.as_str();
    let wrong = match told {
        Durability::Async => {
            "commits wait for a standby, and the cluster was told that they need not"
        }
        Durability::Sync | Durability::Quorum => NOT_WAITED,
    };
    // Members that elect wait for any of the others while they know of none.
    let waits_for_any = facts.election.is_some()
        && told == Durability::Sync
        && Durability::Quorum.is_in_force(names);
    (!told.is_in_force(names) && !waits_for_any).then(|| Finding {
        id: Id::DurabilityDiffers,
        severity: Severity::Warning,
        subject: (facts.leader()).map_or(String::new(), |leader| leader.name.clone()),
        wrong: wrong.into(),
        seen: format!(
            "it was told {}; synchronous_standby_names = '{names}'",
            told.word()
        ),
        advice: match facts.election {
            None => "a change arrives within two minutes; if it stays, somebody has set it by hand, and this tells where",
            Some(_) => {
                "with `whenStandbysAreGone: degrade` it is so while no standby is there: bring one back. Otherwise a change \
                 arrives within two minutes; if it stays, this tells where it was set"
            }
        }
        .into(),
        command: facts.commands.sql(
            "select setting, sourcefile, sourceline from pg_settings where name = 'synchronous_standby_names'",
        ),
    })
}

fn archiving(facts: &Facts, leading: &Server) -> Option<Finding> {
    leading.archiving_fails.then(|| Finding {
        id: Id::ArchivingFailing,
        severity: Severity::Warning,
        subject: facts
            .leader()
            .map_or(String::new(), |leader| leader.name.clone()),
        wrong: "WAL is not archived, and is kept until it is: the volume fills".into(),
        seen: format!(
            "the last attempt failed, with {}",
            leading
                .archiving_error
                .as_deref()
                .unwrap_or("a file of WAL")
        ),
        advice: "the log has the words of archive_command".into(),
        command: facts.commands.sql("select * from pg_stat_archiver"),
    })
}

fn log(facts: &Facts, member: &Member) -> String {
    facts.commands.kubectl(&format!(
        "logs {} -c {POSTGRES_CONTAINER} --tail=50",
        member.name
    ))
}
