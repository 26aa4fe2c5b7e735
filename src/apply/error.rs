//! What can go wrong between the objects and a cluster that runs them, and which exit code says so.

use std::fmt::Write;
use std::process::ExitCode;

use thiserror::Error as ThisError;

/// A field that another manager owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldConflict {
    /// Who owns the field, as the server names it: a manager, and the API version it used.
    pub owner: String,
    /// Path of the field.
    pub field: String,
}

/// Why objects were not applied, or did not become ready.
#[derive(Debug, ThisError)]
pub enum Error {
    /// There is no usable kubeconfig.
    #[error(
        "no usable kubeconfig: {0}\nhint: `kubectl config get-contexts` shows what there is; name a file with --kubeconfig or $KUBECONFIG"
    )]
    Kubeconfig(String),
    /// The kubeconfig has no such context.
    #[error("the kubeconfig has no context `{name}`\nhint: {}", contexts_hint(.known))]
    UnknownContext {
        /// The context that was asked for.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// The current context is not a kind cluster, and the user did not name it.
    #[error(
        "the current context `{context}` is not a kind cluster\nhint: spell it out: --context {context}"
    )]
    NotSpelledOut {
        /// The current context.
        context: String,
    },
    /// The cluster does not answer.
    #[error("the cluster of context `{context}` does not answer: {reason}")]
    Unreachable {
        /// The context.
        context: String,
        /// What was seen.
        reason: String,
    },
    /// The namespace does not exist; applying does not create it.
    #[error("there is no namespace `{0}`\nhint: kubectl create namespace {0}")]
    NamespaceMissing(String),
    /// Other managers own fields of an object.
    #[error("{object} has fields that another manager owns\n{}hint: remove them there, or take them over with --force-conflicts", conflict_lines(.conflicts))]
    Conflict {
        /// Kind and name.
        object: String,
        /// Each field and its owner.
        conflicts: Vec<FieldConflict>,
    },
    /// The API server refused an object.
    #[error("{object} was refused: {message}")]
    Refused {
        /// Kind and name.
        object: String,
        /// The server's words.
        message: String,
    },
    /// Workloads are not ready, and will not be, or the deadline has passed.
    #[error("{summary}\n{}", .reports.join("\n"))]
    NotReady {
        /// How many, and after how long.
        summary: String,
        /// The reason for each of them, in several lines.
        reports: Vec<String>,
    },
    /// Nothing was done, because it would not be safe.
    #[error("{doing}: refused, nothing was changed\n{}", reason_lines(.reasons))]
    Unsafe {
        /// What was asked for.
        doing: String,
        /// Every reason against it.
        reasons: Vec<String>,
    },
    /// Something that had begun did not come to its end.
    #[error("{doing}\n  seen last: {reason}")]
    Broken {
        /// What became of it, and what to do.
        doing: String,
        /// What was seen last.
        reason: String,
    },
    /// A request failed otherwise.
    #[error("{doing}: {reason}")]
    Request {
        /// What was being done.
        doing: String,
        /// What the server or the client says.
        reason: String,
    },
}

impl Error {
    /// What could not be done with a folder of processes.
    #[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
    pub(crate) fn place(error: anyhow::Error) -> Error {
        Error::Request {
            doing: "the folder of processes".into(),
            reason: format!("{error:#}"),
        }
    }

    /// The exit code: 1 a promise was broken, 2 wrong usage, 3 the environment is not fit.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Conflict { .. }
            | Error::Refused { .. }
            | Error::NotReady { .. }
            | Error::Unsafe { .. }
            | Error::Broken { .. } => 1,
            Error::UnknownContext { .. } | Error::NotSpelledOut { .. } => 2,
            Error::Kubeconfig(_)
            | Error::Unreachable { .. }
            | Error::NamespaceMissing(_)
            | Error::Request { .. } => 3,
        }
    }

    /// A failed request, with what was being done.
    pub(crate) fn request(doing: impl Into<String>) -> impl FnOnce(kube::Error) -> Error {
        let doing = doing.into();
        move |error| Error::Request {
            doing,
            reason: reason(&error),
        }
    }
}

/// What is wrong with a request: the server's own words where there are any, without what surrounds them.
pub(crate) fn reason(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        error => super::connection::chain(error),
    }
}

/// Anything that kept a command from doing its work on a cluster, other than the spec or the usage.
#[derive(Debug, ThisError)]
#[error("{0:#}")]
pub struct Unfit(pub anyhow::Error);

/// The exit code of what went wrong between pgherd and a cluster; none for other errors.
pub fn exit_code(error: &anyhow::Error) -> Option<ExitCode> {
    code(error).map(ExitCode::from)
}

fn code(error: &anyhow::Error) -> Option<u8> {
    let own = || error.downcast_ref::<Error>().map(Error::exit_code);
    let unfit = || {
        error
            .downcast_ref::<Unfit>()
            .map(|Unfit(inner)| code(inner).unwrap_or(3))
    };
    own().or_else(unfit)
}

fn contexts_hint(known: &[String]) -> String {
    if known.is_empty() {
        "it has none".into()
    } else {
        format!("it has {}", known.join(", "))
    }
}

fn reason_lines(reasons: &[String]) -> String {
    let lines: Vec<String> = reasons.iter().map(|reason| format!("  {reason}")).collect();
    lines.join("\n")
}

fn conflict_lines(conflicts: &[FieldConflict]) -> String {
    conflicts.iter().fold(String::new(), |mut text, conflict| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {}: {}", conflict.field, conflict.owner);
        text
    })
}
