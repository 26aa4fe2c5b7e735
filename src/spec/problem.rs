//! Errors of a spec, as users read them: where, which field, what is wrong, what is allowed.
//!
//! Knows no rule; whoever finds a mistake describes it.

use std::fmt;

use super::path::Place;

/// One mistake in a spec.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) place: Place,
    /// The field, in the form of [`super::path::Path`]; empty for the whole document.
    pub(crate) path: String,
    pub(crate) what: String,
    /// The offending value as written, where there is one and it is short enough to show.
    pub(crate) value: Option<String>,
    pub(crate) allowed: Option<String>,
    pub(crate) hint: Option<String>,
}

/// Every mistake found in one file, in the order of its lines.
///
/// Shown as `file:line:column: path: what "value"`, each followed by what is allowed and a hint, where there is one,
/// and a last line with the number of mistakes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct Errors {
    file: String,
    problems: Vec<Problem>,
}

impl Errors {
    /// The mistakes of one file; sorted here, and each said only once.
    pub(crate) fn new(file: &str, mut problems: Vec<Problem>) -> Errors {
        problems.sort_by(|a, b| (a.place, &a.path).cmp(&(b.place, &b.path)));
        problems.dedup();
        Errors {
            file: file.into(),
            problems,
        }
    }

    /// Number of mistakes; never 0.
    pub fn count(&self) -> usize {
        self.problems.len()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            let Place { line, column } = problem.place;
            write!(out, "{}:{line}:{column}: ", self.file)?;
            if !problem.path.is_empty() {
                write!(out, "{}: ", problem.path)?;
            }
            out.write_str(&problem.what)?;
            if let Some(value) = &problem.value {
                write!(out, " {value}")?;
            }
            out.write_str("\n")?;
            if let Some(allowed) = &problem.allowed {
                writeln!(out, "  allowed: {allowed}")?;
            }
            if let Some(hint) = &problem.hint {
                writeln!(out, "  hint: {hint}")?;
            }
        }
        let plural = if self.problems.len() == 1 { "" } else { "s" };
        write!(
            out,
            "{} problem{plural} in {}",
            self.problems.len(),
            self.file
        )
    }
}
