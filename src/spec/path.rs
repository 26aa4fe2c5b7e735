//! Places in a file and paths in a spec: how an error says where it is.
//!
//! Knows nothing of YAML or of any field.

use std::fmt;

/// A place in a file; line and column count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// One step into a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// The way from the top of a spec to one value, such as `postgres.hba[2].address`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(pub(crate) Vec<Step>);

/// A path of field names.
pub(crate) fn path(keys: &[&str]) -> Path {
    Path(keys.iter().map(|key| Step::Key((*key).into())).collect())
}

impl Path {
    /// The path of a field or map entry below this one.
    pub(crate) fn key(&self, key: &str) -> Path {
        self.step(Step::Key(key.into()))
    }

    /// The path of a list's element; the first has index 0.
    pub(crate) fn index(&self, index: usize) -> Path {
        self.step(Step::Index(index))
    }

    fn step(&self, step: Step) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }

    /// Whether one of the two paths lies at or below the other.
    pub(crate) fn touches(&self, other: &Path) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(mine, theirs)| mine == theirs)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(out, "[{index}]")?,
                Step::Key(key) if is_word(key) => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(out, "{dot}{key}")?;
                }
                Step::Key(key) => write!(out, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
