//! Questions about parts of templates: when any of them is there, and what they have in common. Writes nothing.

use super::tree::{Condition, Each, Node, Part, Words};
use crate::{formula, names};

pub(super) fn whens<Key>(parts: &[Part<Key>]) -> Vec<Condition> {
    let when = |part: &Part<Key>| match part.each {
        // There is an element where the list is not empty; with one or two, its variants say.
        Each::Element(field) => Condition::Is(field, vec![1, 2]),
        _ => part.when.clone(),
    };
    parts.iter().map(when).collect()
}

/// One of several conditions; those of which it is one already are not said twice.
pub(super) fn any(conditions: Vec<Condition>) -> Condition {
    let mut flat: Vec<Condition> = Vec::new();
    for condition in conditions {
        let parts = match condition {
            Condition::Any(parts) => parts,
            other => vec![other],
        };
        for part in parts {
            if !flat.contains(&part) {
                flat.push(part);
            }
        }
    }
    match flat.as_slice() {
        [only] => only.clone(),
        _ => Condition::Any(flat),
    }
}

/// Conditions of parts; where one of them holds for sure, as the whole is there only then, none has to be asked.
pub(super) fn unless_known(whens: Vec<Condition>, known: &Condition) -> Vec<Condition> {
    let same = |one: &Condition, other: &Condition| match (one, other) {
        (Condition::Any(some), Condition::Any(others)) => {
            some.len() == others.len() && some.iter().all(|part| others.contains(part))
        }
        _ => one == other,
    };
    if !whens.is_empty() && same(&any(whens.clone()), known) {
        return vec![Condition::Always];
    }
    whens
}

/// Labels with a mark in the place of the component, and the component.
pub(super) fn of_any_component(labels: &Node) -> Option<(Node, Node)> {
    let Node::Map(parts) = labels else {
        return None;
    };
    let mut parts = parts.clone();
    let part = parts
        .iter_mut()
        .find(|part| part.key == names::COMPONENT_LABEL)?;
    let mark = Node::Text(vec![Words::Plain(formula::mark(&["component"]))]);
    let component = std::mem::replace(&mut part.value, mark);
    Some((Node::Map(parts), component))
}

/// Whether a text is a choice between texts of one line, or between such choices.
pub(super) fn is_one_line(words: &[Words]) -> bool {
    let one_line = |words: &Vec<Words>| {
        matches!(words.as_slice(), [Words::Plain(text)] if !text.contains('\n'))
            || is_one_line(words)
    };
    matches!(words, [Words::Choice(_, arms)] if arms.iter().all(|(_, words)| one_line(words)))
}
