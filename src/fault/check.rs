//! What a check says of itself before it is made, and what came out of it. Knows nothing of what is checked, and keeps
//! no rows: whoever judges a cluster does.

use std::fmt::Display;
use std::future::Future;

use futures::future::LocalBoxFuture;
use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// What was expected was seen.
    Passed,
    /// Something else was seen, or nothing.
    Failed,
    /// It could not be looked at; what was seen says why. Never a promise kept.
    Skipped,
}

/// How a check ended and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What was seen.
    pub(crate) seen: String,
}

impl Verdict {
    /// What was expected was seen.
    pub(crate) fn passed(seen: impl Into<String>) -> Verdict {
        Verdict {
            outcome: Outcome::Passed,
            seen: seen.into(),
        }
    }

    /// Something else was seen.
    pub(crate) fn failed(seen: impl Into<String>) -> Verdict {
        Verdict {
            outcome: Outcome::Failed,
            seen: seen.into(),
        }
    }

    /// It could not be looked at.
    pub(crate) fn skipped(why: impl Into<String>) -> Verdict {
        Verdict {
            outcome: Outcome::Skipped,
            seen: why.into(),
        }
    }

    /// Passed where nothing is wrong; otherwise failed with each thing that is.
    pub(crate) fn from_problems(problems: &[String], seen: impl Into<String>) -> Verdict {
        if problems.is_empty() {
            Verdict::passed(seen)
        } else {
            Verdict::failed(format!("{} ({})", problems.join("; "), seen.into()))
        }
    }
}

/// One check that was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The cluster it was about.
    pub scenario: String,
    /// What was checked.
    pub name: String,
    /// What was expected.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How it ended.
    pub outcome: Outcome,
}

/// A check before it is made.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    /// Its name.
    pub(crate) name: String,
    /// What is expected.
    pub(crate) expected: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// Beside whom it is made.
    pub(crate) company: Company,
    /// When it is made where not all are.
    pub(crate) wanted: Wanted,
}

/// What a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It brings the cluster there, and has its own limits.
    SetUp,
    /// It looks.
    Look,
    /// It breaks something, and looks at the recovery.
    Fault,
}

/// Beside whom something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    /// Beside whatever else is done.
    Others,
    /// While nothing else is done: it touches a node, which all clusters share, or measures what the others would disturb.
    Alone,
}

/// When a check is made where not all are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// When it is asked for.
    Asked,
    /// When it is asked for, and then these are made, too: it builds on them, or they put right what it leaves.
    With(Vec<String>),
    /// Always: the others build on it.
    Always,
}

/// A check that looks.
pub(crate) fn look(name: impl Into<String>, expected: impl Into<String>) -> Check {
    Check {
        name: name.into(),
        expected: expected.into(),
        kind: Kind::Look,
        company: Company::Others,
        wanted: Wanted::Asked,
    }
}

/// A check that breaks something and judges the recovery.
pub(crate) fn fault(name: impl Into<String>, expected: impl Into<String>) -> Check {
    Check {
        kind: Kind::Fault,
        ..look(name, expected)
    }
}

/// A check that brings the cluster there.
pub(crate) fn set_up(name: impl Into<String>, expected: impl Into<String>) -> Check {
    Check {
        kind: Kind::SetUp,
        wanted: Wanted::Always,
        ..look(name, expected)
    }
}

/// A check that is not tried where there is a reason: nobody has to be kept away for it then.
pub(crate) fn unless(reason: Option<&str>, check: Check) -> Check {
    Check {
        company: reason.map_or(check.company, |_| Company::Others),
        ..check
    }
}

/// Who makes checks and keeps their rows.
pub(crate) trait Recorder {
    /// Makes a check, whose name in the report begins with its phase, and keeps its row.
    fn record<'a>(
        &'a self,
        phase: &'static str,
        check: Check,
        look: LocalBoxFuture<'a, Verdict>,
    ) -> LocalBoxFuture<'a, Outcome>;

    /// Whether nothing is looked at, and checks write down their names alone.
    fn is_rehearsal(&self) -> bool;
}

/// A look on the heap, which has failed where it has no answer. Behind a pointer it is compiled by itself, instead of into
/// its caller and all of theirs; and it holds whole API objects, which would make every caller's future as large.
pub(crate) fn answered<'a, E: Display + 'a>(
    look: impl Future<Output = Result<Verdict, E>> + 'a,
) -> LocalBoxFuture<'a, Verdict> {
    Box::pin(async move {
        look.await
            .unwrap_or_else(|error| Verdict::failed(format!("{error:#}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_tried_keeps_nobody_away() {
        let alone = Check {
            company: Company::Alone,
            ..fault("kill", "heals")
        };
        assert_eq!(unless(None, alone.clone()).company, Company::Alone);
        assert_eq!(unless(Some("why"), alone).company, Company::Others);
    }
}
