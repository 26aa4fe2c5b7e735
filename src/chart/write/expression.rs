//! Go template expressions: the spec's values, what is computed from them, and conditions on them.

use crate::chart::sample::field::{Field, Kind};
use crate::chart::tree::Condition;
use crate::formula::{CLOSE, NEXT, OPEN};

/// Where in a template an expression stands.
#[derive(Clone, Debug)]
pub(super) struct Scope<'a> {
    pub(super) fields: &'a [Field],
    /// What leads to the values: empty at the top of a file, `$` in loops, `$.root` in templates with arguments.
    pub(super) root: &'static str,
    /// The expression of the ordinal, in what is there once for each.
    pub(super) ordinal: &'static str,
}

/// A stretch of a text with marks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Literal(String),
    /// The parts of a mark, each with marks of its own.
    Mark(Vec<Vec<Piece>>),
}

/// Takes a text with marks apart.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut letters = text.chars().peekable();
    sequence(&mut letters)
}

fn sequence(letters: &mut std::iter::Peekable<std::str::Chars>) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut literal = String::new();
    while let Some(letter) = letters.next_if(|letter| *letter != NEXT && *letter != CLOSE) {
        if letter != OPEN {
            literal.push(letter);
            continue;
        }
        if !literal.is_empty() {
            found.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        let mut parts = vec![sequence(letters)];
        while letters.next_if_eq(&NEXT).is_some() {
            parts.push(sequence(letters));
        }
        letters.next_if_eq(&CLOSE);
        found.push(Piece::Mark(parts));
    }
    if !literal.is_empty() {
        found.push(Piece::Literal(literal));
    }
    found
}

impl Scope<'_> {
    /// The same scope inside a loop, where a dot is something else.
    pub(super) fn inside(&self) -> Scope<'_> {
        let root = if self.root.is_empty() { "$" } else { self.root };
        Scope {
            root,
            ..self.clone()
        }
    }

    /// What is given to a named template.
    pub(super) fn root(&self) -> &'static str {
        if self.root.is_empty() { "." } else { self.root }
    }

    /// The value of a field; in an element of a list, of that element.
    pub(super) fn value(&self, field: &Field) -> String {
        // Values need not name the member that leads; what depends on it is the same as where they name the first.
        if field.kind == Kind::Member {
            return format!("include \"pgherd.leader\" {}", self.root());
        }
        let Some((_, part)) = field.path.split_once("[].") else {
            return match field.path.as_str() {
                "name" => format!("include \"pgherd.name\" {}", self.root()),
                path => format!("{}.Values.{path}", self.root),
            };
        };
        match &field.default {
            Some(default) => format!("$element.{part} | default \"{default}\""),
            None => format!("$element.{part}"),
        }
    }

    /// An expression with the value of a text.
    pub(super) fn text(&self, pieces: &[Piece]) -> String {
        match pieces {
            [] => "\"\"".into(),
            [Piece::Literal(text)] => quoted(text),
            [Piece::Mark(parts)] => self.mark(parts),
            several => {
                let format: String = several
                    .iter()
                    .map(|piece| match piece {
                        Piece::Literal(text) => text.replace('%', "%%"),
                        Piece::Mark(parts) if is(parts, "index") => {
                            format!("%0{}d", literal(parts, 2))
                        }
                        Piece::Mark(parts) if is(parts, "number") || is(parts, "ordinal") => {
                            "%d".into()
                        }
                        Piece::Mark(_) => "%s".into(),
                    })
                    .collect();
                let marks = several.iter().filter_map(|piece| match piece {
                    Piece::Literal(_) => None,
                    Piece::Mark(parts) => Some(group(&self.mark(parts))),
                });
                call(&format!("printf {}", quoted(&format)), marks)
            }
        }
    }

    fn mark(&self, parts: &[Vec<Piece>]) -> String {
        let word = |index: usize| literal(parts, index);
        match word(0) {
            "value" => self.value(self.field(word(1))),
            "element" => self.element(word(1), word(3)),
            "number" => self.number(self.field(word(1)), word(2).parse().unwrap_or_default()),
            "ordinal" => self.ordinal.into(),
            "component" => "$.component".into(),
            "index" => "$index".into(),
            "setting" => format!(
                "include \"pgherd.setting\" {}",
                group(&self.text(&parts[1]))
            ),
            "hba name" => format!(
                "include \"pgherd.hbaName\" {}",
                group(&self.text(&parts[1]))
            ),
            "without prefix" => {
                let (text, prefix) = (self.text(&parts[1]), self.text(&parts[2]));
                format!("trimPrefix {} {}", group(&prefix), group(&text))
            }
            "ordinal of" => {
                format!("regexFind \"[0-9]+$\" {}", group(&self.text(&parts[1])))
            }
            "checksum" => {
                let maps = parts[1..].iter().map(|name| quoted(&digest_template(name)));
                let list = call(&format!("list {}", self.root()), maps);
                format!("include \"pgherd.checksum\" {}", group(&list))
            }
            "short hash" => "$template | fromYaml | toJson | sha256sum | trunc 8".into(),
            other => unreachable!("no such mark: {other}"),
        }
    }

    fn element(&self, path: &str, part: &str) -> String {
        match part {
            "" => "$element".into(),
            part if self.field(path).kind == Kind::Map => format!("${part}"),
            part => self.value(self.field(&format!("{path}[].{part}"))),
        }
    }

    /// A number, and what is added to it. Values come as floating point numbers, which print with an exponent.
    pub(super) fn number(&self, field: &Field, plus: i64) -> String {
        let value = self.value(field);
        match plus {
            0 => format!("int64 {value}"),
            1.. => format!("add {value} {plus}"),
            _ => format!("sub {value} {}", -plus),
        }
    }

    fn field(&self, path: &str) -> &Field {
        match self.fields.iter().find(|field| field.path == path) {
            Some(field) => field,
            None => unreachable!("no such field: {path}"),
        }
    }

    /// The condition as an expression.
    pub(super) fn condition(&self, condition: &Condition) -> String {
        let several = |word: &str, parts: &[Condition]| {
            call(word, parts.iter().map(|part| group(&self.condition(part))))
        };
        match condition {
            Condition::Always => "true".into(),
            Condition::Is(field, variants) => self.is(&self.fields[*field], variants),
            Condition::All(parts) => several("and", parts),
            Condition::Any(parts) => several("or", parts),
        }
    }

    /// Whether a field has one of its variants.
    pub(super) fn is(&self, field: &Field, variants: &[usize]) -> String {
        let value = self.value(field);
        match &field.kind {
            Kind::Words(_) => self.is_word(field, variants),
            // Null and the first member are the same to every builder.
            Kind::Member => {
                let first = usize::from(field.optional);
                let moved = format!("include \"pgherd.hasMoved\" {}", self.root());
                if variants.contains(&first) {
                    format!("not ({moved})")
                } else {
                    moved
                }
            }
            _ if zero_is_set(field) && variants.contains(&0) => {
                format!("kindIs \"invalid\" {value}")
            }
            _ if zero_is_set(field) => format!("not (kindIs \"invalid\" {value})"),
            _ if variants.contains(&0) => format!("not {}", group(&value)),
            _ => value,
        }
    }

    fn is_word(&self, field: &Field, variants: &[usize]) -> String {
        let value = group(&self.value(field));
        let all: Vec<usize> = (0..field.variants()).collect();
        let others: Vec<usize> = all
            .into_iter()
            .filter(|one| !variants.contains(one))
            .collect();
        let word = |variant: usize| match field.word(variant) {
            Some(word) => format!("\"{word}\""),
            None => "nil".into(),
        };
        match (variants, others.as_slice()) {
            ([only], _) if field.word(*only).is_none() => format!("not {value}"),
            (_, [only]) if field.word(*only).is_none() => value,
            ([only], _) => format!("eq {value} {}", word(*only)),
            (_, [only]) => format!("ne {value} {}", word(*only)),
            _ => {
                let words = call("list", variants.iter().map(|one| word(*one)));
                format!("has {value} ({words})")
            }
        }
    }
}

/// Whether what is false to a template, zero or an empty text or map, is a value of a field.
fn zero_is_set(field: &Field) -> bool {
    matches!(field.kind, Kind::Number(_) | Kind::Object(_))
        || (field.kind == Kind::Text && field.may_be_empty)
}

/// A function with its arguments.
fn call(function: &str, arguments: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = std::iter::once(function.to_owned())
        .chain(arguments)
        .collect();
    words.join(" ")
}

/// Whether a mark is of a kind.
pub(super) fn is(parts: &[Vec<Piece>], kind: &str) -> bool {
    literal(parts, 0) == kind
}

/// A part of a mark that has no marks.
pub(super) fn literal(parts: &[Vec<Piece>], index: usize) -> &str {
    match parts.get(index).map(Vec::as_slice) {
        Some([Piece::Literal(text)]) => text,
        _ => "",
    }
}

/// The template with the digest of a `ConfigMap`, by the name of that.
fn digest_template(name: &[Piece]) -> String {
    let last = match name.last() {
        Some(Piece::Literal(text)) => text.trim_start_matches('-'),
        _ => "",
    };
    format!("pgherd.configmap-{last}.digest")
}

/// An expression as an argument.
pub(super) fn group(expression: &str) -> String {
    let quoted =
        expression.starts_with('"') && !expression[1..].trim_end_matches('"').contains('"');
    if quoted || !expression.contains(' ') {
        expression.into()
    } else {
        format!("({expression})")
    }
}

/// A text as Go writes it in quotes.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
