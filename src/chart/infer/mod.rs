//! Finds out what in an object depends on which field of the spec, by looking at many built clusters.
//!
//! Where builders do more with a field than the chart can follow, this fails and says where: then the computation
//! belongs into `formula`.

use std::collections::BTreeSet;

use thiserror::Error as ThisError;

use crate::chart::sample::Samples;
use crate::chart::sample::field::Kind;
use crate::chart::sample::interner::{Id, Shape};
use crate::chart::tree::{Arms, Condition, Each, Node, Part, grouped};
use crate::formula;
use children::{Named, children, name};
use condition::Row;

mod children;
mod condition;
mod text;

/// Something in an object that no field explains.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{place}: {reason}")]
pub struct Unexplained {
    /// Where in the objects.
    pub place: String,
    /// What is in the way.
    pub reason: String,
}

/// A value in one of the samples.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// The sample.
    sample: usize,
    id: Id,
}

/// Where in the objects something is.
#[derive(Clone, Debug)]
struct Place {
    path: String,
    /// The lists and maps of the spec, by position, of whose elements this is a part.
    inside: Vec<usize>,
}

impl Place {
    fn below(&self, name: &str, each: &Each) -> Place {
        let mut below = self.clone();
        below.path = format!("{}/{name}", self.path);
        if let Each::Element(field) = each {
            below.inside.push(*field);
        }
        below
    }

    /// Whether this is a part of an element of a list or map of the spec.
    fn is_inside(&self, field: usize) -> bool {
        self.inside.contains(&field)
    }

    /// An error about this place.
    fn unexplained(&self, reason: impl Into<String>) -> Unexplained {
        Unexplained {
            place: self.path.clone(),
            reason: reason.into(),
        }
    }
}

/// What the values built from all samples, in their order, have in common: entries by name, with what differs explained
/// by fields.
pub(super) fn infer(samples: &mut Samples, built: &[Id]) -> Result<Vec<Part>, Unexplained> {
    let seen: Vec<Seen> = built
        .iter()
        .enumerate()
        .map(|(sample, id)| Seen { sample, id: *id })
        .collect();
    let whole = Place {
        path: String::new(),
        inside: Vec::new(),
    };
    match node(samples, &seen, &whole)? {
        Node::Map(entries) => Ok(entries),
        _ => unreachable!("entries are by name"),
    }
}

fn node(samples: &mut Samples, seen: &[Seen], place: &Place) -> Result<Node, Unexplained> {
    if let Some(field) = given(samples, seen) {
        return Ok(Node::Given(field));
    }
    let first = samples.values.get(seen[0].id).clone();
    let alike = |is: fn(&Shape) -> bool| seen.iter().all(|one| is(samples.values.get(one.id)));
    if alike(|shape| matches!(shape, Shape::Map(_))) {
        return map(samples, seen, place);
    }
    if alike(|shape| matches!(shape, Shape::List(_))) {
        return list(samples, seen, place);
    }
    if alike(|shape| matches!(shape, Shape::Text(_))) {
        return text::text(samples, seen, place).map(Node::Text);
    }
    if seen.iter().all(|one| one.id == seen[0].id) {
        return Ok(match first {
            Shape::Switch(value) => Node::Switch(value),
            Shape::Number(value) => Node::Number(value),
            _ => Node::Null,
        });
    }
    match count(samples, seen) {
        Some((field, plus)) => Ok(Node::Count(field, plus)),
        None => choice(samples, seen, place),
    }
}

/// The field whose value passes through here as it is.
fn given(samples: &Samples, seen: &[Seen]) -> Option<usize> {
    let id = seen[0].id;
    let element = samples.values.elements(id).first()?;
    let field = samples
        .fields
        .iter()
        .position(|field| field.passes() && field.path == element.0)?;
    let whole = matches!(samples.values.get(id), Shape::Map(_))
        && samples.values.is_wholly(id, element)
        && seen.iter().all(|one| one.id == id);
    whole.then_some(field)
}

/// The field whose number a value is, but for what is added to it.
fn count(samples: &Samples, seen: &[Seen]) -> Option<(usize, i64)> {
    let value = |one: &Seen| match samples.values.get(one.id) {
        Shape::Number(value) => Some(*value),
        _ => None,
    };
    matching(samples, seen, value)
}

/// The field from whose number a number of each sample differs by the same.
fn matching(
    samples: &Samples,
    seen: &[Seen],
    value: impl Fn(&Seen) -> Option<i64>,
) -> Option<(usize, i64)> {
    (0..samples.fields.len()).find_map(|field| {
        let mut plus = None;
        for one in seen {
            let number = samples.fields[field].number(samples.choices[one.sample][field])?;
            let difference = value(one)? - number;
            if *plus.get_or_insert(difference) != difference {
                return None;
            }
        }
        Some((field, plus?))
    })
}

fn choice(samples: &mut Samples, seen: &[Seen], place: &Place) -> Result<Node, Unexplained> {
    let (field, arms) = split(samples, seen, place)?;
    let mut nodes = Vec::new();
    for (variants, seen) in arms {
        nodes.push((variants, node(samples, &seen, place)?));
    }
    Ok(Node::Choice(field, grouped(nodes)))
}

/// What is seen, apart by the variants of the field that explains most.
fn split(
    samples: &Samples,
    seen: &[Seen],
    place: &Place,
) -> Result<(usize, Arms<Vec<Seen>>), Unexplained> {
    let rows: Vec<Row<Id>> = seen
        .iter()
        .map(|one| Row {
            choice: &samples.choices[one.sample],
            seen: one.id,
        })
        .collect();
    let explained = condition::explain(&samples.fields, &rows).and_then(|fields| {
        let mut choices = fields.into_iter();
        choices.find(|field| !matches!(samples.fields[*field].kind, Kind::Number(_)))
    });
    let Some(field) = explained else {
        return Err(place.unexplained("no field explains what it is"));
    };
    let mut arms = Vec::new();
    for variant in 0..samples.fields[field].variants() {
        let with: Vec<Seen> = seen
            .iter()
            .filter(|one| samples.choices[one.sample][field] == variant)
            .copied()
            .collect();
        if !with.is_empty() {
            arms.push((vec![variant], with));
        }
    }
    Ok((field, arms))
}

fn map(samples: &mut Samples, seen: &[Seen], place: &Place) -> Result<Node, Unexplained> {
    let (seen, children) = children(samples, seen, place, |samples, id| {
        match samples.values.get(id) {
            Shape::Map(entries) => entries.clone(),
            _ => Vec::new(),
        }
    });
    parts(samples, &seen, children, place).map(Node::Map)
}

fn list(samples: &mut Samples, seen: &[Seen], place: &Place) -> Result<Node, Unexplained> {
    if let Some(part) = ordinals(samples, seen, place)? {
        return Ok(Node::List(vec![part]));
    }
    let (seen, children) = children(samples, seen, place, |samples, id| {
        match samples.values.get(id) {
            Shape::List(items) => items
                .iter()
                .enumerate()
                .map(|(position, item)| (name(samples, *item, position), *item))
                .collect(),
            _ => Vec::new(),
        }
    });
    parts(samples, &seen, children, place).map(Node::List)
}

fn parts(
    samples: &mut Samples,
    seen: &[Seen],
    children: Vec<Named>,
    place: &Place,
) -> Result<Vec<Part>, Unexplained> {
    let mut parts = Vec::new();
    for child in children {
        let place = place.below(&child.name, &child.each);
        parts.push(Part {
            when: when(samples, seen, &child, &place)?,
            value: node(samples, &child.seen, &place)?,
            each: child.each,
            key: child.name,
        });
    }
    Ok(parts)
}

/// When an entry is there, among all that its map was seen in.
fn when(
    samples: &Samples,
    seen: &[Seen],
    entry: &Named,
    place: &Place,
) -> Result<Condition, Unexplained> {
    if entry.each != Each::Once {
        return Ok(Condition::Always);
    }
    let there: BTreeSet<usize> = entry.seen.iter().map(|one| one.sample).collect();
    let rows: Vec<Row<bool>> = seen
        .iter()
        .map(|one| Row {
            choice: &samples.choices[one.sample],
            seen: there.contains(&one.sample),
        })
        .collect();
    condition::condition(&samples.fields, &rows)
        .ok_or_else(|| place.unexplained("no field explains when it is there"))
}

/// A list that is as long as a number in a field says, with elements that differ by their ordinal only.
fn ordinals(
    samples: &mut Samples,
    seen: &[Seen],
    place: &Place,
) -> Result<Option<Part>, Unexplained> {
    let length = |one: &Seen| match samples.values.get(one.id) {
        Shape::List(items) => i64::try_from(items.len()).ok(),
        _ => None,
    };
    let Some((field, plus)) = matching(samples, seen, length) else {
        return Ok(None);
    };
    let normal = |samples: &mut Samples, one: &Seen, at: usize| {
        let Shape::List(items) = samples.values.get(one.id).clone() else {
            return one.id;
        };
        let ordinal = at.to_string();
        samples.values.rewrite(items[at], &|text| {
            text::replace_run(text, &ordinal, &formula::mark(&["ordinal"]))
        })
    };
    let mut elements = Vec::new();
    for one in seen {
        let (id, other) = (normal(samples, one, 7), normal(samples, one, 11));
        if id != other {
            return Err(place.unexplained("its elements differ by more than their ordinal"));
        }
        elements.push(Seen {
            sample: one.sample,
            id,
        });
    }
    Ok(Some(Part {
        when: Condition::Always,
        each: Each::Ordinal(field, plus),
        key: String::new(),
        value: node(samples, &elements, place)?,
    }))
}
