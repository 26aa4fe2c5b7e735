//! A mistake as a rule describes it: by the field's path, not yet by its place in a file.
//!
//! Turns findings into located problems; holds no rule.

use serde_json::Value;

use super::path::Path;
use super::problem::Problem;
use super::tree::{Content, Node};

/// Longer values are cut in messages.
const LONGEST_VALUE: usize = 60;

/// A mistake in the field at a path.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) path: Path,
    pub(crate) about: About,
    pub(crate) what: String,
    pub(crate) allowed: Option<String>,
    pub(crate) hint: Option<String>,
    /// The field that was probably meant by an unknown key: its default must not be judged in its place.
    pub(crate) meant: Option<Path>,
}

/// Which part of a field is wrong: decides which place and which value a message shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The value; shown where it is one word, number or line.
    Value,
    /// The key; shown by the path already.
    Key,
}

impl Finding {
    /// The value at a path is wrong.
    pub(crate) fn value(path: Path, what: impl Into<String>) -> Finding {
        Finding {
            path,
            about: About::Value,
            what: what.into(),
            allowed: None,
            hint: None,
            meant: None,
        }
    }

    /// The key at a path is wrong.
    pub(crate) fn key(path: Path, what: impl Into<String>) -> Finding {
        Finding {
            about: About::Key,
            ..Finding::value(path, what)
        }
    }

    /// The finding with its place in the document.
    pub(crate) fn locate(self, document: &Node) -> Problem {
        let (place, value) = match self.about {
            About::Value => (
                document.value_place(&self.path),
                document.find(&self.path).and_then(shown),
            ),
            About::Key => (document.key_place(&self.path), None),
        };
        Problem {
            place,
            path: self.path.to_string(),
            what: self.what,
            value,
            allowed: self.allowed,
            hint: self.hint,
        }
    }
}

fn shown(node: &Node) -> Option<String> {
    match &node.content {
        Content::Scalar(Value::String(text)) if text.contains('\n') => None,
        Content::Scalar(Value::String(text)) if text.chars().count() > LONGEST_VALUE => {
            let beginning: String = text.chars().take(LONGEST_VALUE).collect();
            Some(format!("{beginning:?}..."))
        }
        Content::Scalar(value) => Some(value.to_string()),
        _ => None,
    }
}
