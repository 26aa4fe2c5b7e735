//! Finds the fields that something depends on, and writes down how. Pure: it looks at rows of choices and outcomes.

use std::collections::HashMap;
use std::hash::Hash;

use crate::chart::sample::field::{Choice, Field};
use crate::chart::tree::Condition;

/// What was seen with a choice.
pub(super) struct Row<'a, T> {
    pub(super) choice: &'a Choice,
    pub(super) seen: T,
}

/// The fewest fields, by position, of which what was seen is a function: at most three.
pub(super) fn explain<T: Eq>(fields: &[Field], rows: &[Row<T>]) -> Option<Vec<usize>> {
    if is_function(rows, &[]) {
        return Some(Vec::new());
    }
    let varying: Vec<usize> = (0..fields.len())
        .filter(|field| {
            rows.iter()
                .any(|row| row.choice[*field] != rows[0].choice[*field])
        })
        .collect();
    if let Some(one) = varying.iter().find(|one| is_function(rows, &[**one])) {
        return Some(vec![*one]);
    }
    for (position, one) in varying.iter().enumerate() {
        for two in &varying[position + 1..] {
            if is_function(rows, &[*one, *two]) {
                return Some(vec![*one, *two]);
            }
        }
    }
    for (position, one) in varying.iter().enumerate() {
        for (next, two) in varying.iter().enumerate().skip(position + 1) {
            for three in &varying[next + 1..] {
                if is_function(rows, &[*one, *two, *three]) {
                    return Some(vec![*one, *two, *three]);
                }
            }
        }
    }
    None
}

fn is_function<T: Eq>(rows: &[Row<T>], of: &[usize]) -> bool {
    let mut known: HashMap<[usize; 3], &T> = HashMap::new();
    rows.iter().all(|row| {
        let mut key = [usize::MAX; 3];
        for (place, field) in key.iter_mut().zip(of) {
            *place = row.choice[*field];
        }
        *known.entry(key).or_insert(&row.seen) == &row.seen
    })
}

/// When something is there, as a condition on as few fields as do; `None` where more than three would be needed.
pub(super) fn condition(fields: &[Field], rows: &[Row<bool>]) -> Option<Condition> {
    let on = explain(fields, rows)?;
    if on.is_empty() {
        return Some(Condition::Always);
    }
    let with = |field: usize, seen: bool| -> Vec<usize> {
        distinct(
            rows.iter()
                .filter(|row| row.seen == seen)
                .map(|row| row.choice[field]),
        )
    };
    let holds =
        |row: &Row<bool>, field: usize, variants: &[usize]| variants.contains(&row.choice[field]);
    // It is there where every field has a variant with which it can be there.
    let all: Vec<(usize, Vec<usize>)> = on
        .iter()
        .map(|field| (*field, with(*field, true)))
        .collect();
    if rows.iter().all(|row| {
        row.seen
            == all
                .iter()
                .all(|(field, variants)| holds(row, *field, variants))
    }) {
        return Some(join(all, Condition::All));
    }
    // It is missing where every field has a variant with which it can be missing.
    let missing: Vec<(usize, Vec<usize>)> = on
        .iter()
        .map(|field| (*field, with(*field, false)))
        .collect();
    if rows.iter().all(|row| {
        row.seen
            != missing
                .iter()
                .all(|(field, variants)| holds(row, *field, variants))
    }) {
        let any = missing.into_iter().map(|(field, variants)| {
            let others = (0..fields[field].variants()).filter(|one| !variants.contains(one));
            (field, others.collect())
        });
        return Some(join(any.collect(), Condition::Any));
    }
    by_variant(fields, rows, on[0])
}

/// A condition for each variant of a field.
fn by_variant(fields: &[Field], rows: &[Row<bool>], field: usize) -> Option<Condition> {
    let mut any = Vec::new();
    for variant in 0..fields[field].variants() {
        let with: Vec<Row<bool>> = rows
            .iter()
            .filter(|row| row.choice[field] == variant)
            .map(|row| Row {
                choice: row.choice,
                seen: row.seen,
            })
            .collect();
        if with.iter().all(|row| !row.seen) {
            continue;
        }
        let is = Condition::Is(field, vec![variant]);
        any.push(match condition(fields, &with)? {
            Condition::Always => is,
            other => Condition::All(vec![is, other]),
        });
    }
    Some(Condition::Any(any))
}

fn join(parts: Vec<(usize, Vec<usize>)>, joined: fn(Vec<Condition>) -> Condition) -> Condition {
    let mut parts: Vec<Condition> = parts
        .into_iter()
        .map(|(field, variants)| Condition::Is(field, variants))
        .collect();
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        joined(parts)
    }
}

fn distinct<T: Ord + Hash>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::sample::field::Kind;

    fn fields() -> Vec<Field> {
        ["a", "b", "c"]
            .map(|path| Field {
                path: path.into(),
                kind: Kind::Switch,
                optional: false,
                default: None,
                is_name: false,
                may_be_empty: false,
            })
            .into()
    }

    fn choices() -> Vec<Choice> {
        (0..8)
            .map(|bits| (0..3).map(|bit| (bits >> bit) & 1).collect())
            .collect()
    }

    fn found(is: fn(&Choice) -> bool) -> Option<Condition> {
        let choices = choices();
        let rows: Vec<Row<bool>> = choices
            .iter()
            .map(|choice| Row {
                choice,
                seen: is(choice),
            })
            .collect();
        condition(&fields(), &rows)
    }

    #[test]
    fn conditions_are_as_short_as_can_be() {
        let is = |field| Condition::Is(field, vec![1]);
        assert_eq!(found(|_| true), Some(Condition::Always));
        assert_eq!(found(|choice| choice[1] == 1), Some(is(1)));
        assert_eq!(
            found(|choice| choice[0] == 1 && choice[2] == 1),
            Some(Condition::All(vec![is(0), is(2)]))
        );
        assert_eq!(
            found(|choice| choice[0] == 1 || choice[2] == 1),
            Some(Condition::Any(vec![is(0), is(2)]))
        );
        assert!(matches!(
            found(|choice| choice[0] == choice[1]),
            Some(Condition::Any(_))
        ));
    }
}
