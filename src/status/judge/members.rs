//! The members' pods, servers and volumes, one by one.

use crate::names::POSTGRES_CONTAINER;
use crate::status::facts::{Answer, Disk, Facts, Member, Pod, Role, Stage};
use crate::status::finding::{Finding, Id, Severity};
use crate::status::units;

/// Percent of a volume above which it is told.
const FULL_WARNING: u64 = 80;
/// Percent of a volume above which writes are about to end.
const FULL_CRITICAL: u64 = 95;

/// What a primary says that must not start as one: its volume is lost, and others have its rows.
const NAMES_PROMOTE: &str = "(pgherd promote)";

/// What is wrong with each member by itself.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in &facts.members {
        findings.extend(match &member.pod {
            None => Some(missing(facts, member)),
            Some(pod) => of_pod(facts, member, pod),
        });
        findings.extend(of_server(facts, member));
        findings.extend(member.disk.and_then(|disk| full(facts, member, disk)));
        if member.role == Role::Unexpected {
            findings.push(unexpected(facts, member));
        }
    }
    findings
}

/// Without the primary nothing can be written; without a standby there is one copy less.
fn severity(member: &Member) -> Severity {
    match member.role {
        Role::Leads => Severity::Critical,
        Role::Follows | Role::Unexpected => Severity::Warning,
    }
}

fn missing(facts: &Facts, member: &Member) -> Finding {
    let workload = &member.workload;
    let set = &workload.name;
    let wrong = match member.role {
        Role::Leads => "the primary has no pod: nothing can be written",
        Role::Follows | Role::Unexpected => "a standby has no pod",
    };
    let (seen, advice, command) = match workload.replicas {
        None => (
            format!("StatefulSet/{set} is not there"),
            "apply the spec again: it makes the pod anew, with its old volume",
            facts.commands.pgherd("apply"),
        ),
        Some(replicas) if replicas < workload.wanted => (
            format!(
                "StatefulSet/{set} has replicas: {replicas}, the spec asks for {}",
                workload.wanted
            ),
            "somebody scaled it down; scale it up, its volume is still there",
            facts.commands.kubectl(&format!(
                "scale statefulset {set} --replicas={}",
                workload.wanted
            )),
        ),
        Some(_) => (
            format!("StatefulSet/{set} asks for it, but it is not there"),
            "it comes back by itself, unless something keeps it from being made: the events say what",
            facts
                .commands
                .kubectl(&format!("describe statefulset {set}")),
        ),
    };
    Finding {
        id: Id::PodMissing,
        severity: severity(member),
        subject: member.name.clone(),
        wrong: wrong.into(),
        seen,
        advice: advice.into(),
        command,
    }
}

fn of_pod(facts: &Facts, member: &Member, pod: &Pod) -> Option<Finding> {
    let name = &member.name;
    let describe = || facts.commands.kubectl(&format!("describe pod {name}"));
    let warned = |words: &str| match &pod.warning {
        Some(warning) => format!("{words}; {warning}"),
        None => words.to_owned(),
    };
    let (id, wrong, seen, advice, command) = match &pod.stage {
        Stage::Ready | Stage::NotReady => return None,
        Stage::Unscheduled(words) => (
            Id::PodPending,
            "no node takes the pod",
            words.clone(),
            "make room on a node, or change what the spec asks for: resources, storage class, scheduling",
            describe(),
        ),
        Stage::Waiting(words) => (
            Id::PodPending,
            "the pod waits to be started",
            warned(words),
            "what it waits for is an image, a volume, a Secret or a ConfigMap: its events name it",
            describe(),
        ),
        Stage::Crashing {
            container,
            end,
            runs_again,
            last_words,
        } => (
            Id::PodCrashLooping,
            "a container has failed, and is started again",
            match last_words {
                Some(words) => format!("{container} {end}; the last line of its log: {words}"),
                None => format!("{container} {end}"),
            },
            "that line may say why; the log has more",
            match last_words {
                Some(words) if words.contains(NAMES_PROMOTE) => facts.commands.pgherd("promote"),
                _ => facts.commands.kubectl(&format!(
                    "logs {name} -c {container}{} --tail=50",
                    if *runs_again { " --previous" } else { "" }
                )),
            },
        ),
        Stage::Ending => (
            Id::PodEnding,
            "the pod is being deleted",
            "it has a deletion time; a server gets 180 s to end in order".into(),
            "wait for the next pod. If its node is gone, the pod stays until the node is back or removed; never force \
             the deletion while its server may still run",
            describe(),
        ),
        Stage::Ended(words) => (
            Id::PodEnding,
            "the pod has ended and was not replaced yet",
            words.clone(),
            "its StatefulSet replaces it, unless something keeps it from doing so: its events say what",
            describe(),
        ),
    };
    Some(Finding {
        id,
        severity: severity(member),
        subject: name.clone(),
        wrong: wrong.into(),
        seen,
        advice: advice.into(),
        command,
    })
}

/// Servers that did not answer. The primary that is silent is told where leading is judged, a crash with its pod.
fn of_server(facts: &Facts, member: &Member) -> Option<Finding> {
    let name = &member.name;
    let crashes = |pod: &Pod| matches!(pod.stage, Stage::Crashing { .. } | Stage::Ending);
    match &member.answer {
        Answer::Silent(words) if member.role != Role::Leads => {
            if copying(facts, member) || member.pod.as_ref().is_some_and(crashes) {
                return None;
            }
            Some(Finding {
                id: Id::StandbyNotAnswering,
                severity: Severity::Warning,
                subject: name.clone(),
                wrong: "the standby's container runs, but its server does not answer".into(),
                seen: words.clone(),
                advice: "a start takes a while; the log says what it waits for".into(),
                command: log(facts, name),
            })
        }
        Answer::NotAsked(why) => Some(Finding {
            id: Id::ServerNotAsked,
            severity: Severity::Warning,
            subject: name.clone(),
            wrong: "the server could not be asked: what it would say is missing here".into(),
            seen: why.clone(),
            advice: "commands are run in the pod through the API, which takes the right to create and get pods/exec"
                .into(),
            command: facts
                .commands
                .kubectl("auth can-i create pods --subresource=exec"),
        }),
        Answer::NotRunning | Answer::Silent(_) | Answer::Server(_) => None,
    }
}

/// Whether the primary says that a copy is being made for this member.
pub(super) fn copying(facts: &Facts, member: &Member) -> bool {
    let copies = facts
        .leading_server()
        .map(|server| server.copies.as_slice());
    copies
        .unwrap_or_default()
        .iter()
        .any(|copy| copy.name == member.name)
}

fn full(facts: &Facts, member: &Member, disk: Disk) -> Option<Finding> {
    let percent = disk.percent();
    (percent > FULL_WARNING).then(|| Finding {
        id: Id::VolumeNearlyFull,
        severity: if percent > FULL_CRITICAL {
            Severity::Critical
        } else {
            Severity::Warning
        },
        subject: member.name.clone(),
        wrong: "the volume is nearly full: a server that cannot write its WAL stops".into(),
        seen: format!(
            "{percent} % in use, {} of {} free",
            units::bytes(disk.free),
            units::bytes(disk.size)
        ),
        advice: "see what fills it; slots that keep WAL are in this list. A larger volume is made by growing its claim, \
                 where the storage class allows that"
            .into(),
        command: facts.commands.kubectl(&format!(
            "exec {} -c {POSTGRES_CONTAINER} -- du -xh --max-depth=2 {}",
            member.name,
            crate::names::DATA_MOUNT
        )),
    })
}

fn unexpected(facts: &Facts, member: &Member) -> Finding {
    Finding {
        id: Id::MemberUnexpected,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "a pod of this cluster is not in the spec".into(),
        seen: format!(
            "StatefulSet/{} has it, the spec asks for {} pods there",
            member.workload.name, member.workload.wanted
        ),
        advice:
            "raise `members` in the spec, or apply the spec to take the pod away; its volume stays"
                .into(),
        command: facts
            .commands
            .kubectl(&format!("get statefulset {} -o wide", member.workload.name)),
    }
}

fn log(facts: &Facts, pod: &str) -> String {
    facts
        .commands
        .kubectl(&format!("logs {pod} -c {POSTGRES_CONTAINER} --tail=50"))
}
