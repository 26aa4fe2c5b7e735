//! What is in the maps or lists of many samples: each part by a name that is the same in all of them.

use std::collections::BTreeSet;

use super::{Place, Seen};
use crate::chart::sample::Samples;
use crate::chart::sample::interner::{Id, Shape, elements};
use crate::chart::tree::Each;
use crate::formula;

/// Entries of a map or elements of a list, by a name that is the same in every sample.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) each: Each,
    pub(super) seen: Vec<Seen>,
}

/// What is in maps or lists, by name, in an order that fits every sample; and the samples that could be read. Of what
/// was made from the elements of a field, the first stands for all.
pub(super) fn children(
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
            (both && !place.is_inside(field)).then_some(field)
        })
        .collect();
    let (mut readable, mut all) = (Vec::new(), Vec::<Named>::new());
    let mut followed = BTreeSet::new();
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
        let mut after: Option<usize> = None;
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
            if let Some(before) = after {
                followed.insert((all[before].name.clone(), name.clone()));
            }
            after = Some(insert(&mut all, name, each, seen, after));
        }
    }
    (readable, in_order(all, &followed))
}

/// The parts in an order in which none comes after one that followed it in a sample: two that are there by different
/// conditions are put where they belong by the samples that have both.
fn in_order(mut all: Vec<Named>, followed: &BTreeSet<(String, String)>) -> Vec<Named> {
    let mut ordered = Vec::with_capacity(all.len());
    while !all.is_empty() {
        let is_first = |part: &Named| {
            !all.iter()
                .any(|other| followed.contains(&(other.name.clone(), part.name.clone())))
        };
        let first = all.iter().position(is_first).unwrap_or_default();
        ordered.push(all.remove(first));
    }
    ordered
}

/// A part by name, and the element that it was made from.
type Child = (String, Id, Option<(usize, usize)>);

/// The list or map field, and the index in it, that all marks of elements in a part belong to.
fn made_from(samples: &Samples, key: &str, id: Id) -> Option<(usize, usize)> {
    let key = elements(key);
    let mut found = samples.values.elements(id).union(&key);
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
pub(super) fn name(samples: &Samples, id: Id, position: usize) -> String {
    let text = |id: Id| match samples.values.get(id) {
        Shape::Text(text) => Some(text.clone()),
        _ => None,
    };
    let named = match samples.values.get(id) {
        Shape::Map(entries) => entries
            .iter()
            .find(|(key, _)| key == "name" || key == "mountPath")
            .and_then(|(_, id)| text(*id)),
        _ => None,
    };
    named.unwrap_or_else(|| position.to_string())
}
