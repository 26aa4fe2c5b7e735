//! The state for people: who leads and follows, where clients get, and what is wrong, in so many columns.

use std::fmt::Write;

use console::measure_text_width;

use super::words::{role, slot, state};
use crate::status::commands::{self, Located};
use crate::status::facts::{Disk, Facts, Member, Purpose, Role, Service};
use crate::status::finding::{Finding, Severity};
use crate::status::lag::lag;
use crate::status::units;
use crate::terminal::{self, Layout, filled, folded, together, wrapped};

/// Columns of a line where no terminal shows it.
const WIDTH: u16 = 120;
/// Characters before the words of a finding.
const INDENT: usize = 8;
/// Characters before what a command goes on with.
const DEEPER: usize = INDENT + 2;

/// Everything, in lines of as many columns as the terminal has. A command that is longer goes on behind a backslash, as a
/// shell takes it; where there is no terminal it stays on one line.
pub fn table(facts: &Facts, findings: &[Finding], terminal: Option<u16>) -> String {
    let width = terminal.unwrap_or(WIDTH).into();
    let mut text = folded(&head(facts), 2, width);
    text.push_str("\n\n");
    text.push_str(&members(facts, width));
    text.push('\n');
    text.push_str(&ways(facts, width));
    text.push('\n');
    text.push_str(&verdict(findings));
    for finding in findings {
        text.push('\n');
        text.push_str(&told(finding, width));
        let command = match terminal {
            Some(_) => typed(&finding.command, width),
            None => finding.command.clone(),
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "  next  {command}");
    }
    text
}

/// The cluster, where it is, and what all members have in common.
fn head(facts: &Facts) -> String {
    let place = match &facts.commands.located {
        Located::Kubernetes { context, namespace } => {
            format!("namespace {namespace}, context {context}")
        }
        Located::Processes { folder, .. } => format!("processes in {folder}"),
    };
    let mut text = format!("cluster {}, {place}\n", facts.cluster);
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
    text
}

/// A line for each member. Which columns there are does not change, so that a watched table does not jump.
fn members(facts: &Facts, width: usize) -> String {
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
    let layout = Layout {
        head: &head,
        titles: 1,
        width,
    };
    terminal::table(&layout, rows)
}

fn lag_text(facts: &Facts, member: &Member) -> String {
    let Some(lag) = lag(facts, member) else {
        return String::new();
    };
    let bytes = together(&units::signed_bytes(lag.bytes));
    match lag.seconds {
        Some(seconds) => format!("{bytes}, {}", together(&units::seconds(seconds))),
        None => bytes,
    }
}

fn disk(disk: Disk) -> String {
    let size = together(&units::bytes(disk.size));
    format!("{}% of {size}", disk.percent())
}

/// Where clients get, and who else takes WAL.
fn ways(facts: &Facts, width: usize) -> String {
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
    let layout = Layout {
        head: &["for", "through", "leads to"],
        titles: 2,
        width,
    };
    terminal::table(&layout, rows.into_iter())
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
        ..
    } = finding;
    let line = |label: &str, words: &str| {
        let words = wrapped(words, INDENT, width);
        format!("  {label:<5} {words}\n")
    };
    let title = wrapped(&format!("{subject}: {wrong}"), 0, width);
    let mut text = format!("{severity} {}\n{title}\n", finding.id.text());
    text.push_str(&line("seen", seen));
    text + &line("do", advice)
}

/// A command in lines that a shell takes for one.
fn typed(command: &str, width: usize) -> String {
    let goes_on = " \\";
    if measure_text_width(command) + INDENT <= width {
        return command.into();
    }
    let room = width.saturating_sub(DEEPER + goes_on.len());
    let lines = filled(commands::words(command), room);
    lines.join(&format!("{goes_on}\n{}", " ".repeat(DEEPER)))
}
