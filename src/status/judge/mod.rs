//! Judges what was seen: facts in, findings out, the worst first. Pure; asks nobody.
//!
//! A cause is told, not what follows from it: a standby whose pod is missing is not also said to be behind. What else
//! is to be judged is a file here, its facts in `facts`, and one line below.

use super::commands::Located;
use super::facts::{Facts, Stage};
use super::finding::{Finding, Id, Severity};

mod election;
mod encryption;
mod leading;
mod members;
mod metrics;
mod objects;
mod processes;
mod replication;
mod services;
mod settings;
mod slots;

/// Everything that is wrong, the worst first, with what to do about it where the cluster is.
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let findings = found(facts);
    match &facts.commands.located {
        Located::Kubernetes { .. } => findings,
        Located::Processes { folder, .. } => {
            let mended = findings.into_iter();
            let mended = mended.map(|finding| processes::mended(facts, folder, finding));
            mended.collect()
        }
    }
}

/// The same, with what to do in Kubernetes.
fn found(facts: &Facts) -> Vec<Finding> {
    if let Some(nothing) = objects::nothing_applied(facts) {
        return vec![nothing];
    }
    let mut findings = leading::judge(facts);
    findings.extend(election::judge(facts));
    findings.extend(objects::judge(facts));
    findings.extend(members::judge(facts));
    findings.extend(replication::judge(facts));
    findings.extend(settings::judge(facts));
    findings.extend(slots::judge(facts));
    findings.extend(services::judge(facts));
    findings.extend(encryption::judge(facts));
    findings.extend(metrics::judge(facts));
    findings.extend(unready(facts, &findings));
    findings.extend(facts.unseen.iter().map(|what| not_seen(facts, what)));
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// Members whose pods run and are not ready, where nothing that was found says why.
fn unready(facts: &Facts, findings: &[Finding]) -> Vec<Finding> {
    let explained = |name: &str| findings.iter().any(|finding| finding.subject == name);
    let mut unready = Vec::new();
    for member in &facts.members {
        let Some(pod) = &member.pod else { continue };
        if pod.stage != Stage::NotReady || explained(&member.name) {
            continue;
        }
        let warning = pod.warning.clone();
        unready.push(Finding {
            id: Id::PodNotReady,
            severity: Severity::Warning,
            subject: member.name.clone(),
            wrong: "the pod runs, but is not ready: no Service for reading leads to it".into(),
            seen: warning.unwrap_or_else(|| "its readiness probe has not succeeded yet".into()),
            advice: "a start takes a while; if it stays, its events and its log say more".into(),
            command: facts
                .commands
                .kubectl(&format!("describe pod {}", member.name)),
        });
    }
    unready
}

fn not_seen(facts: &Facts, what: &str) -> Finding {
    Finding {
        id: Id::NotSeen,
        severity: Severity::Note,
        subject: facts.cluster.clone(),
        wrong: "something could not be looked at".into(),
        seen: what.into(),
        advice: "what is wrong there is not in this list; ask for the right to get and list it"
            .into(),
        command: facts.commands.kubectl("auth can-i --list"),
    }
}
