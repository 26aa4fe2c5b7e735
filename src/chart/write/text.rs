//! Texts in templates: on one line, or as a block with lines for each element of a list.

use std::fmt::Write;

use super::expression::{Piece, Scope, is, literal, pieces};
use crate::chart::sample::field::{Field, Kind};
use crate::chart::tree::{Node, Words};

/// A text as it is written behind its key.
pub(super) enum Inline {
    /// It has no marks; not quoted yet.
    Literal(String),
    /// With its expressions, quoted where it has to be.
    Written(String),
    /// It has lines that depend on the spec.
    Block,
}

/// A text for one line.
pub(super) fn inline(words: &[Words], scope: &Scope) -> Inline {
    let [Words::Plain(text)] = words else {
        return match words {
            [] => Inline::Literal(String::new()),
            [Words::Choice(field, arms)] => match simple_choice(*field, arms, scope) {
                Some(written) => Inline::Written(written),
                None => Inline::Block,
            },
            _ => Inline::Block,
        };
    };
    let pieces = pieces(text);
    match pieces.as_slice() {
        [] => Inline::Literal(String::new()),
        [Piece::Literal(text)] => Inline::Literal(text.clone()),
        several if several.iter().any(has_lines) => Inline::Block,
        several => Inline::Written(written(several, scope)),
    }
}

/// Whether a text is a choice between texts of one line, or between such choices.
pub(super) fn is_one_line(words: &[Words]) -> bool {
    let one_line = |words: &Vec<Words>| {
        matches!(words.as_slice(), [Words::Plain(text)] if !text.contains('\n'))
            || is_one_line(words)
    };
    matches!(words, [Words::Choice(_, arms)] if arms.iter().all(|(_, words)| one_line(words)))
}

fn has_lines(piece: &Piece) -> bool {
    matches!(piece, Piece::Literal(text) if text.contains('\n'))
}

/// Expressions between words need quotes only where they could be read as something else.
fn written(several: &[Piece], scope: &Scope) -> String {
    if let [Piece::Mark(_)] = several {
        return format!("{{{{ {} | quote }}}}", scope.text(several));
    }
    let safe = several.iter().all(|piece| match piece {
        Piece::Literal(text) => text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-./:_?".contains(letter)),
        Piece::Mark(parts) => is_name(parts, scope),
    });
    if !safe {
        return format!("{{{{ {} | quote }}}}", scope.text(several));
    }
    let text: String = several
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Mark(_) => format!("{{{{ {} }}}}", scope.text(std::slice::from_ref(piece))),
        })
        .collect();
    let plain = matches!(&several[0], Piece::Mark(parts) if is(parts, "value"))
        && several
            .iter()
            .all(|piece| !matches!(piece, Piece::Literal(text) if text.contains([':', '?'])));
    if plain { text } else { format!("\"{text}\"") }
}

/// Whether what a mark becomes is letters, digits and hyphens.
fn is_name(parts: &[Vec<Piece>], scope: &Scope) -> bool {
    match literal(parts, 0) {
        "value" => scope
            .fields
            .iter()
            .any(|field| field.path == literal(parts, 1) && field.is_name),
        "number" | "ordinal" | "short hash" => true,
        _ => false,
    }
}

/// A choice between texts of one line.
fn simple_choice(field: usize, arms: &[(Vec<usize>, Vec<Words>)], scope: &Scope) -> Option<String> {
    let field = &scope.fields[field];
    let texts: Vec<(&Vec<usize>, String)> = arms
        .iter()
        .map(|(variants, words)| match words.as_slice() {
            [Words::Plain(text)] if !text.contains('\n') => {
                Some((variants, scope.text(&pieces(text))))
            }
            _ => None,
        })
        .collect::<Option<_>>()?;
    let group = super::expression::group;
    if let Some(other) = other_than_itself(field, &texts, scope) {
        return Some(format!(
            "{{{{ {} | default {} | quote }}}}",
            scope.value(field),
            group(&other)
        ));
    }
    let [first, second] = texts.as_slice() else {
        return None;
    };
    // A switch reads better with what is there when it is on first.
    let is_off = field.kind == Kind::Switch && *first.0 == [0];
    let ((variants, one), (_, other)) = if is_off {
        (second, first)
    } else {
        (first, second)
    };
    let condition = scope.is(field, variants);
    Some(format!(
        "{{{{ ternary {} {} {} | quote }}}}",
        group(one),
        group(other),
        group(&bool_of(field, &condition))
    ))
}

/// `ternary` wants a truth value, where `if` takes any.
fn bool_of(field: &Field, condition: &str) -> String {
    match field.kind {
        Kind::Text | Kind::List | Kind::Map | Kind::Objects(_) | Kind::Member
            if !condition.starts_with("not ") =>
        {
            format!("not (not {})", super::expression::group(condition))
        }
        _ => condition.into(),
    }
}

/// What stands where a field is not set, if it stands for itself where it is.
fn other_than_itself(
    field: &Field,
    texts: &[(&Vec<usize>, String)],
    scope: &Scope,
) -> Option<String> {
    let itself = texts
        .iter()
        .position(|(_, text)| *text == scope.value(field))?;
    let [_, _] = texts else { return None };
    let (variants, other) = &texts[1 - itself];
    (field.optional && field.kind == Kind::Text && **variants == [0]).then(|| other.clone())
}

/// Where a value is a field's own or, without one, another: that, written with `default`.
pub(super) fn default(field: &Field, arms: &[(Vec<usize>, Node)], scope: &Scope) -> Option<String> {
    let texts: Vec<(&Vec<usize>, String)> = arms
        .iter()
        .map(|(variants, node)| match node {
            Node::Text(words) => match words.as_slice() {
                [Words::Plain(text)] => Some((variants, scope.text(&pieces(text)))),
                _ => None,
            },
            _ => None,
        })
        .collect::<Option<_>>()?;
    let other = super::expression::group(&other_than_itself(field, &texts, scope)?);
    Some(format!(
        "{{{{ {} | default {other} | quote }}}}",
        scope.value(field)
    ))
}

/// The beginning of a loop over a list or map.
pub(super) fn range(field: &Field, scope: &Scope) -> String {
    let value = scope.value(field);
    match field.kind {
        Kind::Map => format!("range $key, $value := {value}"),
        _ => format!("range $index, $element := {value}"),
    }
}

/// The lines of a block.
pub(super) fn block(words: &[Words], scope: &Scope, indent: usize) -> Vec<String> {
    let mut text = String::new();
    append(words, scope, true, &mut text);
    let lines = text.split('\n').map(|line| {
        if line.is_empty() {
            String::new()
        } else {
            format!("{:indent$}{line}", "")
        }
    });
    let mut lines: Vec<String> = lines.collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Adds words; where nothing follows some of them, what is around these says whether they are the last of the text.
fn append(words: &[Words], scope: &Scope, are_last: bool, text: &mut String) {
    for (position, one) in words.iter().enumerate() {
        let following = &words[position + 1..];
        let last = is_last(following).unwrap_or(are_last)
            || begins_indented(std::slice::from_ref(one))
            || begins_indented(following);
        match one {
            Words::Plain(plain) => text.push_str(&with_expressions(plain, scope)),
            Words::Each { field, head, body } => {
                let field = &scope.fields[*field];
                if !head.is_empty() && *head != [Words::Plain(String::new())] {
                    stretch(
                        &format!("if {}", scope.value(field)),
                        head,
                        scope,
                        last,
                        text,
                    );
                }
                stretch(&range(field, scope), body, &scope.inside(), last, text);
            }
            Words::Choice(field, arms) => {
                let field = &scope.fields[*field];
                let all = arms
                    .iter()
                    .map(|(variants, _)| variants.len())
                    .sum::<usize>();
                for (position, (variants, words)) in arms.iter().enumerate() {
                    // Where one of two is there for sure, the second needs no condition of its own.
                    if position == 1 && arms.len() == 2 && all == field.variants() {
                        otherwise(words, scope, last, text);
                        continue;
                    }
                    let condition = scope.is(field, variants);
                    stretch(&format!("if {condition}"), words, scope, last, text);
                }
            }
        }
    }
}

/// Whether directives take the line break before them, by what follows; none where nothing does. A blank line behind them would
/// be taken with the line break behind them; where others follow, all do as the last one, or a line break would be left between
/// them.
fn is_last(following: &[Words]) -> Option<bool> {
    let plain = following.iter().find_map(|words| match words {
        Words::Plain(text) => Some(text),
        Words::Each { .. } | Words::Choice(..) => None,
    });
    plain.map(|next| next.starts_with('\n'))
}

/// Whether lines begin with blanks, which a directive would take with the line break behind it.
fn begins_indented(words: &[Words]) -> bool {
    words.first().is_some_and(|first| match first {
        Words::Plain(text) => text.starts_with(' '),
        Words::Each { head, body, .. } => begins_indented(head) || begins_indented(body),
        Words::Choice(_, arms) => arms.iter().any(|(_, words)| begins_indented(words)),
    })
}

/// Lines between a directive and its end. At the end of a text, and before a blank line, directives take the line break
/// before them; elsewhere the one behind them, so that blank lines inside stay.
fn stretch(directive: &str, words: &[Words], scope: &Scope, last: bool, text: &mut String) {
    let mut inner = String::new();
    append(words, scope, last, &mut inner);
    let stretch = if last {
        let inner = inner.trim_end_matches('\n');
        format!("{{{{- {directive} }}}}\n{inner}\n{{{{- end }}}}\n")
    } else {
        format!("{{{{ {directive} -}}}}\n{inner}{{{{ end -}}}}\n")
    };
    text.push_str(&stretch);
}

/// Lines that are there where those before are not: their end becomes an `else`.
fn otherwise(words: &[Words], scope: &Scope, last: bool, text: &mut String) {
    let end = if last { "{{- end }}\n" } else { "{{ end -}}\n" };
    let before = text.len() - end.len();
    text.truncate(before);
    let mut inner = String::new();
    append(words, scope, last, &mut inner);
    if last {
        let inner = inner.trim_end_matches('\n');
        let _ = write!(text, "{{{{- else }}}}\n{inner}\n{end}");
    } else {
        let _ = write!(text, "{{{{ else -}}}}\n{inner}{end}");
    }
}

fn with_expressions(text: &str, scope: &Scope) -> String {
    pieces(text)
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.replace("{{", "{{ \"{{\" }}"),
            Piece::Mark(_) => format!("{{{{ {} }}}}", scope.text(std::slice::from_ref(piece))),
        })
        .collect()
}
