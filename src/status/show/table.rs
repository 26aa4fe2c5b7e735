//! The state for people: who leads and follows, where clients get, and what is wrong, in so many columns.

use std::fmt::Write;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::words::{role, slot, state, wrapped};
use crate::status::facts::{Disk, Facts, Member, Purpose, Role, Service};
use crate::status::finding::{Finding, Severity};
use crate::status::lag::lag;
use crate::status::units;

/// Fewest characters a line has; a narrower terminal wraps.
const NARROWEST: u16 = 80;
/// Characters before the words of a finding.
const INDENT: usize = 8;

/// Everything, in lines of at most so many characters, but for commands: those are never broken.
pub fn table(facts: &Facts, findings: &[Finding], width: u16) -> String {
    let width = width.max(NARROWEST);
    let mut text = head(facts);
    text.push_str(&members(facts, width));
    text.push('\n');
    text.push_str(&ways(facts, width));
    text.push('\n');
    text.push_str(&verdict(findings));
    for finding in findings {
        text.push('\n');
        text.push_str(&told(finding, width.into()));
    }
    text
}

/// The cluster, where it is, and what all members have in common.
fn head(facts: &Facts) -> String {
    let place = &facts.commands;
    let mut text = format!(
        "cluster {}, namespace {}, context {}\n",
        facts.cluster, place.namespace, place.context
    );
    let servers = || facts.members.iter().filter_map(Member::server);
    if let Some(server) = facts.leading_server().or_else(|| servers().next()) {
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "PostgreSQL {}, system identifier {}",
            server.version, server.system_identifier
        );
    }
    let given = facts
        .members
        .iter()
        .filter_map(|member| member.certificate.as_ref());
    if let Some(first) = given.min_by_key(|given| given.expires) {
        let (expires, days) = (first.expires, first.days_left(facts.at));
        let left = match days {
            0.. => format!("{days} days left"),
            _ => "no longer valid".into(),
        };
        let _ = writeln!(text, "certificate valid until {expires}, {left}");
    }
    text.push('\n');
    text
}

/// A line for each member. Which columns there are does not change, so that a watched table does not jump.
fn members(facts: &Facts, width: u16) -> String {
    let head = [
        "member",
        "role",
        "state",
        "lag",
        "timeline",
        "sync",
        "slot, kept",
        "volume",
    ];
    let rows = facts.members.iter().map(|member| {
        let server = member.server();
        let leading = facts.leading_server();
        let sender = leading.and_then(|leading| leading.sender(&member.name));
        let own = leading.and_then(|leading| leading.slot(&member.slot_name()));
        let timeline = server.map(|server| server.timeline.to_string());
        vec![
            member.name.clone(),
            role(member.role).into(),
            state(facts, member),
            lag_text(facts, member),
            timeline.unwrap_or_default(),
            sender
                .and_then(|sender| sender.sync.clone())
                .unwrap_or_default(),
            own.filter(|_| member.role != Role::Leads)
                .map(slot)
                .unwrap_or_default(),
            member.disk.map(disk).unwrap_or_default(),
        ]
    });
    grid(&head, rows, width)
}

fn lag_text(facts: &Facts, member: &Member) -> String {
    let Some(lag) = lag(facts, member) else {
        return String::new();
    };
    let bytes = units::signed_bytes(lag.bytes);
    match lag.seconds {
        Some(seconds) => format!("{bytes}, {}", units::seconds(seconds)),
        None => bytes,
    }
}

fn disk(disk: Disk) -> String {
    format!("{}% of {}", disk.percent(), units::bytes(disk.size))
}

/// Where clients get, and who else takes WAL.
fn ways(facts: &Facts, width: u16) -> String {
    let mut rows: Vec<Vec<String>> = facts
        .services
        .iter()
        .filter(|service| service.purpose != Purpose::Members)
        .map(way)
        .collect();
    if let Some(pooler) = &facts.pooler {
        let ready = pooler.pods.iter().filter(|(_, pod)| pod.is_ready()).count();
        rows.push(vec![
            "pooler".into(),
            format!("Deployment {}", pooler.name),
            format!("{ready} of {} pods ready", pooler.wanted),
        ]);
    }
    let slots = facts
        .leading_server()
        .into_iter()
        .flat_map(|server| &server.slots);
    let others = slots.filter(|slot| {
        let mut members = facts.members.iter();
        !members.any(|member| member.role != Role::Leads && member.slot_name() == slot.name)
    });
    rows.extend(others.map(|other| {
        vec![
            "other".into(),
            format!("slot {}", other.name),
            format!("{}, {} kept", other.kind, slot(other)),
        ]
    }));
    grid(&["for", "through", "leads to"], rows.into_iter(), width)
}

fn way(service: &Service) -> Vec<String> {
    let purpose = match service.purpose {
        Purpose::Writing => "writing",
        Purpose::Reading | Purpose::ReadingAll => "reading",
        Purpose::Pooler => "pooled",
        Purpose::Members => "members",
    };
    let pods = match &service.live {
        None => "not there, or not seen".into(),
        Some(live) if live.pods.is_empty() => "nobody".into(),
        Some(live) => live.pods.join(", "),
    };
    vec![purpose.into(), format!("Service {}", service.name), pods]
}

fn grid(head: &[&str], rows: impl Iterator<Item = Vec<String>>, width: u16) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_header(head.to_vec());
    for row in rows {
        table.add_row(row);
    }
    // A name in two halves can be neither read nor copied.
    if let Some(names) = table.column_mut(0) {
        names.set_constraint(ColumnConstraint::ContentWidth);
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// One line with how much is wrong.
fn verdict(findings: &[Finding]) -> String {
    let count = |severity| {
        let of = findings
            .iter()
            .filter(|finding| finding.severity == severity);
        of.count()
    };
    let [critical, warnings, notes] =
        [Severity::Critical, Severity::Warning, Severity::Note].map(count);
    let mut parts = Vec::new();
    for (count, word) in [
        (critical, "critical"),
        (warnings, "warning"),
        (notes, "note"),
    ] {
        if count > 0 {
            let plural = if count > 1 && word != "critical" {
                "s"
            } else {
                ""
            };
            parts.push(format!("{count} {word}{plural}"));
        }
    }
    match (critical + warnings, parts.as_slice()) {
        (0, []) => "nothing is wrong\n".into(),
        (0, parts) => format!("nothing is known to be wrong; {}\n", parts.join(", ")),
        (_, parts) => format!("{}\n", parts.join(", ")),
    }
}

fn told(finding: &Finding, width: usize) -> String {
    let severity = match finding.severity {
        Severity::Critical => "CRITICAL",
        Severity::Warning => "WARNING",
        Severity::Note => "note",
    };
    let Finding {
        subject,
        wrong,
        seen,
        advice,
        command,
        ..
    } = finding;
    let line = |label: &str, words: &str| {
        let words = wrapped(words, INDENT, width);
        format!("  {label:<5} {words}\n")
    };
    let title = wrapped(&format!("{subject}: {wrong}"), 0, width);
    let mut text = format!("{severity} {}\n{title}\n", finding.id.text());
    text.push_str(&line("seen", seen));
    text.push_str(&line("do", advice));
    // Never broken over lines, or it could not be copied.
    text + &format!("  next  {command}\n")
}
