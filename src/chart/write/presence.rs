//! When any of several parts of a template is there. Writes nothing.

use crate::chart::tree::{Condition, Each, Part};

pub(super) fn whens(parts: &[Part]) -> Vec<Condition> {
    let when = |part: &Part| match part.each {
        // There is an element where the list is not empty; with one or two, its variants say.
        Each::Element(field) => part.when.clone().and(Condition::Is(field, vec![1, 2])),
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
