//! Finds out what in an object depends on which field of the spec, by looking at many built clusters.
//!
//! Where builders do more with a field than the chart can follow, this fails and says where: then the computation
//! belongs into `formula`.

use std::collections::BTreeSet;

use thiserror::Error as ThisError;

use super::condition::{self, Row};
use super::field::Kind;
use super::pool::{Id, Shape};
use super::samples::Samples;
use super::tree::{Condition, Each, Node, Part};
use super::words;
use crate::formula;

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
pub(super) struct Seen {
    /// The sample.
    pub(super) sample: usize,
    pub(super) id: Id,
}

/// Where in the objects something is.
#[derive(Clone, Debug)]
pub(super) struct Place {
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

    /// An error about this place.
    pub(super) fn unexplained(&self, reason: impl Into<String>) -> Unexplained {
        Unexplained {
            place: self.path.clone(),
            reason: reason.into(),
        }
    }
}

/// What all samples have in common, with what differs explained by fields.
pub(super) fn infer(samples: &mut Samples) -> Result<Node, Unexplained> {
    let seen: Vec<Seen> = samples
        .built
        .iter()
        .enumerate()
        .map(|(sample, id)| Seen { sample, id: *id })
        .collect();
    let whole = Place {
        path: String::new(),
        inside: Vec::new(),
    };
    node(samples, &seen, &whole)
}

fn node(samples: &mut Samples, seen: &[Seen], place: &Place) -> Result<Node, Unexplained> {
    let first = samples.pool.get(seen[0].id).clone();
    let alike = |is: fn(&Shape) -> bool| seen.iter().all(|one| is(samples.pool.get(one.id)));
    if alike(|shape| matches!(shape, Shape::Map(_))) {
        return map(samples, seen, place);
    }
    if alike(|shape| matches!(shape, Shape::List(_))) {
        return list(samples, seen, place);
    }
    if alike(|shape| matches!(shape, Shape::Text(_))) {
        return words::text(samples, seen, place).map(Node::Text);
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

/// The field whose number a value is, but for what is added to it.
fn count(samples: &Samples, seen: &[Seen]) -> Option<(usize, i64)> {
    let value = |one: &Seen| match samples.pool.get(one.id) {
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
    let mut nodes: Vec<(Vec<usize>, Node)> = Vec::new();
    for (variants, seen) in arms {
        let node = node(samples, &seen, place)?;
        match nodes.iter_mut().find(|(_, other)| *other == node) {
            Some((earlier, _)) => earlier.extend(variants),
            None => nodes.push((variants, node)),
        }
    }
    Ok(Node::Choice(field, nodes))
}

/// Variants of a field and what is seen with them.
pub(super) type Arms = Vec<(Vec<usize>, Vec<Seen>)>;

/// What is seen, apart by the variants of the field that explains most.
pub(super) fn split(
    samples: &Samples,
    seen: &[Seen],
    place: &Place,
) -> Result<(usize, Arms), Unexplained> {
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
    let mut arms: Arms = Vec::new();
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

/// Entries of a map or elements of a list, by a name that is the same in every sample.
struct Named {
    name: String,
    each: Each,
    seen: Vec<Seen>,
}

fn map(samples: &mut Samples, seen: &[Seen], place: &Place) -> Result<Node, Unexplained> {
    let (seen, children) = children(samples, seen, place, |samples, id| {
        match samples.pool.get(id) {
            Shape::Map(entries) => entries.clone(),
            _ => Vec::new(),
        }
    });
    let mut parts = Vec::new();
    for child in children {
        let place = place.below(&child.name, &child.each);
        parts.push(Part {
            when: when(samples, &seen, &child, &place)?,
            value: node(samples, &child.seen, &place)?,
            each: child.each,
            key: child.name,
        });
    }
    Ok(Node::Map(parts))
}

fn list(samples: &mut Samples, seen: &[Seen], place: &Place) -> Result<Node, Unexplained> {
    if let Some(part) = ordinals(samples, seen, place)? {
        return Ok(Node::List(vec![part]));
    }
    let (seen, children) = children(samples, seen, place, |samples, id| {
        match samples.pool.get(id) {
            Shape::List(items) => items
                .iter()
                .enumerate()
                .map(|(position, item)| (name(samples, *item, position), *item))
                .collect(),
            _ => Vec::new(),
        }
    });
    let mut parts = Vec::new();
    for child in children {
        let place = place.below(&child.name, &child.each);
        parts.push(Part {
            when: when(samples, &seen, &child, &place)?,
            value: node(samples, &child.seen, &place)?,
            each: child.each,
            key: (),
        });
    }
    Ok(Node::List(parts))
}

/// What is in maps or lists, by name, in an order that fits every sample; and the samples that could be read. Of what
/// was made from the elements of a field, the first stands for all.
fn children(
    samples: &Samples,
    seen: &[Seen],
    place: &Place,
    read: impl Fn(&Samples, Id) -> Vec<(String, Id)>,
) -> (Vec<Seen>, Vec<Named>) {
    let loops: BTreeSet<usize> = seen
        .iter()
        .flat_map(|one| {
            read(samples, one.id)
                .into_iter()
                .map(|child| (one.sample, child))
        })
        .filter_map(|(sample, (name, id))| {
            let (field, index) = made_from(samples, &name, id)?;
            let both = index == 0 && samples.choices[sample][field] == 2;
            (both && !place.inside.contains(&field)).then_some(field)
        })
        .collect();
    let (mut readable, mut all) = (Vec::new(), Vec::<Named>::new());
    for one in seen {
        let children: Vec<Child> = read(samples, one.id)
            .into_iter()
            .map(|(name, id)| {
                let made = made_from(samples, &name, id).filter(|(field, _)| loops.contains(field));
                (name, id, made)
            })
            .collect();
        let count = |field: usize| {
            let of = |made: &Option<(usize, usize)>| made.is_some_and(|(other, _)| other == field);
            children.iter().filter(|(.., made)| of(made)).count()
        };
        // An element of which nothing is set leaves no mark by which it could be told.
        if loops
            .iter()
            .any(|field| count(*field) != samples.choices[one.sample][*field])
        {
            continue;
        }
        readable.push(*one);
        let mut after = None;
        for (name, id, made) in children {
            let (name, each) = match made {
                Some((_, 1..)) => continue,
                Some((field, _)) => (indexed(samples, &name, field), Each::Element(field)),
                None => (name, Each::Once),
            };
            let seen = Seen {
                sample: one.sample,
                id,
            };
            after = Some(insert(&mut all, name, each, seen, after));
        }
    }
    (readable, all)
}

/// A part by name, and the element that it was made from.
type Child = (String, Id, Option<(usize, usize)>);

/// The list or map field, and the index in it, that all marks of elements in a part belong to.
fn made_from(samples: &Samples, key: &str, id: Id) -> Option<(usize, usize)> {
    let key = super::pool::elements(key);
    let mut found = samples.pool.elements(id).union(&key);
    let (path, index) = found.next()?;
    let field = samples
        .fields
        .iter()
        .position(|field| field.path == *path)?;
    found.next().is_none().then_some((field, *index))
}

/// Adds what is seen to the entry with a name; a new one comes after the one that came before it in this sample.
fn insert(
    entries: &mut Vec<Named>,
    name: String,
    each: Each,
    seen: Seen,
    after: Option<usize>,
) -> usize {
    if let Some(position) = entries.iter().position(|entry| entry.name == name) {
        entries[position].seen.push(seen);
        return position;
    }
    let position = after.map_or(0, |after| after + 1);
    let seen = vec![seen];
    entries.insert(position, Named { name, each, seen });
    position
}

/// A key in which the index of an element is a mark.
fn indexed(samples: &Samples, key: &str, field: usize) -> String {
    if formula::is_marked(key) || !key.contains(|letter: char| letter.is_ascii_digit()) {
        return key.into();
    }
    let digits: String = key.chars().filter(char::is_ascii_digit).collect();
    let width = digits.len().to_string();
    let mark = formula::mark(&["index", &samples.fields[field].path, &width]);
    key.replace(&digits, &mark)
}

/// What an element of a list is called: its name, its text, or its position.
fn name(samples: &Samples, id: Id, position: usize) -> String {
    let text = |id: Id| match samples.pool.get(id) {
        Shape::Text(text) => Some(text.clone()),
        _ => None,
    };
    let named = match samples.pool.get(id) {
        Shape::Map(entries) => entries
            .iter()
            .find(|(key, _)| key == "name" || key == "mountPath")
            .and_then(|(_, id)| text(*id)),
        _ => None,
    };
    named.unwrap_or_else(|| position.to_string())
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
    let rows: Vec<Row<bool>> = seen
        .iter()
        .map(|one| Row {
            choice: &samples.choices[one.sample],
            seen: entry.seen.iter().any(|other| other.sample == one.sample),
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
) -> Result<Option<Part<()>>, Unexplained> {
    let length = |one: &Seen| match samples.pool.get(one.id) {
        Shape::List(items) => i64::try_from(items.len()).ok(),
        _ => None,
    };
    let Some((field, plus)) = matching(samples, seen, length) else {
        return Ok(None);
    };
    let normal = |samples: &mut Samples, one: &Seen, at: usize| {
        let Shape::List(items) = samples.pool.get(one.id).clone() else {
            return one.id;
        };
        let ordinal = at.to_string();
        samples.pool.rewrite(items[at], &|text| {
            words::replace_run(text, &ordinal, &formula::mark(&["ordinal"]))
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
        key: (),
        value: node(samples, &elements, place)?,
    }))
}
