//! What is in the maps or lists of many samples: each part by a name that is the same in all of them.

use std::collections::{BTreeSet, HashMap};

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
    let of = |one: &Seen| -> Vec<Child> {
        let children = read(samples, one.id).into_iter();
        children
            .map(|(name, id)| {
                let made = made_from(samples, &name, id);
                (name, id, made)
            })
            .collect()
    };
    let all: Vec<(Seen, Vec<Child>)> = seen.iter().map(|one| (*one, of(one))).collect();
    let loops: BTreeSet<usize> = all
        .iter()
        .flat_map(|(one, children)| children.iter().map(|(.., made)| (one.sample, *made)))
        .filter_map(|(sample, made)| {
            let (field, index) = made?;
            let both = index == 0 && samples.choices[sample][field] == 2;
            (both && !place.is_inside(field)).then_some(field)
        })
        .collect();
    let (mut readable, mut found) = (Vec::new(), Found::default());
    for (one, children) in all {
        let count = |field: usize| {
            let is_of = |made: &Option<(usize, usize)>| made.is_some_and(|(of, _)| of == field);
            children.iter().filter(|(.., made)| is_of(made)).count()
        };
        // An element of which nothing is set leaves no mark by which it could be told.
        if loops
            .iter()
            .any(|field| count(*field) != samples.choices[one.sample][*field])
        {
            continue;
        }
        readable.push(one);
        let mut after: Option<usize> = None;
        for (name, id, made) in children {
            let (name, each) = match made.filter(|(field, _)| loops.contains(field)) {
                Some((_, 1..)) => continue,
                Some((field, _)) => (indexed(samples, &name, field), Each::Element(field)),
                None => (name, Each::Once),
            };
            let seen = Seen {
                sample: one.sample,
                id,
            };
            after = Some(found.insert(name, each, seen, after));
        }
    }
    (readable, found.in_order())
}

/// Parts by name, numbered as they were found.
#[derive(Default)]
struct Found {
    parts: Vec<Named>,
    numbers: HashMap<String, usize>,
    /// The numbers, a new one behind the one that came before it in its sample.
    order: Vec<usize>,
    /// Which came after which in a sample.
    followed: BTreeSet<(usize, usize)>,
}

impl Found {
    /// Adds what is seen to the part with a name, and returns its number.
    fn insert(&mut self, name: String, each: Each, seen: Seen, after: Option<usize>) -> usize {
        let number = match self.numbers.get(&name) {
            Some(number) => *number,
            None => self.add(name, each, after),
        };
        self.parts[number].seen.push(seen);
        self.followed.extend(after.map(|before| (before, number)));
        number
    }

    fn add(&mut self, name: String, each: Each, after: Option<usize>) -> usize {
        let number = self.parts.len();
        let before = |before| self.order.iter().position(|other| *other == before);
        let position = after.and_then(before).map_or(0, |position| position + 1);
        self.order.insert(position, number);
        self.numbers.insert(name.clone(), number);
        let seen = Vec::new();
        self.parts.push(Named { name, each, seen });
        number
    }

    /// The parts in an order in which none comes after one that followed it in a sample: two that are there by different
    /// conditions are put where they belong by the samples that have both.
    fn in_order(mut self) -> Vec<Named> {
        let mut parts: Vec<Option<Named>> = self.parts.into_iter().map(Some).collect();
        let mut ordered = Vec::with_capacity(parts.len());
        while !self.order.is_empty() {
            let is_first = |part: &usize| {
                let mut others = self.order.iter();
                !others.any(|other| self.followed.contains(&(*other, *part)))
            };
            let first = self.order.iter().position(is_first).unwrap_or_default();
            ordered.extend(parts[self.order.remove(first)].take());
        }
        ordered
    }
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
