//! Writes what stands on one line of a template: a key, and a value without a level below it. It adds no line.

use super::expression::{Piece, Scope, is, literal, pieces};
use super::text::{self, Inline};
use crate::chart::tree::Node;
use crate::output::inline;

/// A key, of which a part may be of the values.
pub(super) fn key(key: &str, scope: &Scope) -> String {
    let pieces = pieces(key);
    match pieces.as_slice() {
        [Piece::Literal(text)] => inline(text).into_owned(),
        [Piece::Mark(parts)] if is(parts, "element") && literal(parts, 3) == "key" => {
            "{{ $key | quote }}".into()
        }
        several => format!("{{{{ {} | quote }}}}", scope.text(several)),
    }
}

/// A value that stands on its key's line.
pub(super) fn scalar(node: &Node, scope: &Scope) -> String {
    match node {
        Node::Null => "null".into(),
        Node::Switch(value) => value.to_string(),
        Node::Number(value) => value.to_string(),
        Node::Count(field, plus) => {
            format!("{{{{ {} }}}}", scope.number(&scope.fields[*field], *plus))
        }
        Node::Text(words) => match text::inline(words, scope) {
            Inline::Literal(text) => escaped(&inline(&text)),
            Inline::Written(text) => text,
            Inline::Block => unreachable!("a text of several lines in a list"),
        },
        other => unreachable!("not a scalar: {other:?}"),
    }
}

/// A text in which nothing is taken for a template.
pub(super) fn escaped(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}
