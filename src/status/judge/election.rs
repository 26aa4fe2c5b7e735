//! Whether members that elect who leads do so, by the settings of the spec.

use crate::status::facts::Facts;
use crate::status::finding::{Finding, Id, Severity};

/// What is wrong with their record.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let Some(election) = &facts.election else {
        return Vec::new();
    };
    let paused = election.is_paused.then(|| Finding {
        id: Id::ElectionPaused,
        severity: Severity::Warning,
        subject: facts.cluster.clone(),
        wrong: "it is left to people who leads: when the one that does is lost, no other takes its place".into(),
        seen: "the members' record says pause".into(),
        advice: "end it when what it was for is done; it lasts until then, whatever is applied".into(),
        command: facts.commands.pgherd("resume"),
    });
    let unlike = (!election.unlike.is_empty()).then(|| Finding {
        id: Id::SettingsDiffer,
        severity: Severity::Warning,
        subject: facts.cluster.clone(),
        wrong: "the members go by other settings than the spec has".into(),
        seen: election.unlike.join("; "),
        advice: "a change arrives within two minutes of being applied, and what was changed by hand is changed back. If it stays, \
                 the spec was not applied, or the agent of the member that leads says why"
            .into(),
        command: facts.commands.kubectl(&format!(
            "logs {} -c agent",
            facts.leader().map_or("POD", |leader| leader.name.as_str())
        )),
    });
    paused.into_iter().chain(unlike).collect()
}
