//! Values by number: equal values have the same, so that thousands of built clusters fit into memory and are compared
//! at once. Knows JSON and marks only.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::formula::{CLOSE, NEXT, OPEN};

/// The number of a value.
pub(in crate::chart) type Id = u32;

/// A value whose parts are numbers of values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::chart) enum Shape {
    Null,
    Switch(bool),
    Number(i64),
    Text(String),
    List(Vec<Id>),
    /// In the order in which it was written.
    Map(Vec<(String, Id)>),
}

/// An element of a list or map that a value was made from: the field's path and the element's index.
pub(in crate::chart) type Element = (String, usize);

/// Every value that was seen.
#[derive(Default)]
pub(in crate::chart) struct Interner {
    shapes: Vec<Shape>,
    numbers: HashMap<Shape, Id>,
    elements: Vec<BTreeSet<Element>>,
}

impl Interner {
    /// The number of a value.
    pub(in crate::chart) fn add(&mut self, value: Value) -> Id {
        let shape = match value {
            Value::Null => Shape::Null,
            Value::Bool(value) => Shape::Switch(value),
            Value::Number(value) => Shape::Number(value.as_i64().unwrap_or_default()),
            Value::String(value) => Shape::Text(value),
            Value::Array(items) => {
                Shape::List(items.into_iter().map(|item| self.add(item)).collect())
            }
            Value::Object(map) => Shape::Map(
                map.into_iter()
                    .map(|(key, value)| (key, self.add(value)))
                    .collect(),
            ),
        };
        self.intern(shape)
    }

    /// The number of a shape.
    pub(in crate::chart) fn intern(&mut self, shape: Shape) -> Id {
        if let Some(id) = self.numbers.get(&shape) {
            return *id;
        }
        let id = Id::try_from(self.shapes.len()).unwrap_or(Id::MAX);
        let elements = match &shape {
            Shape::Text(text) => elements(text),
            Shape::List(items) => items
                .iter()
                .flat_map(|item| self.elements(*item).clone())
                .collect(),
            Shape::Map(entries) => entries
                .iter()
                .flat_map(|(key, value)| {
                    elements(key)
                        .into_iter()
                        .chain(self.elements(*value).clone())
                })
                .collect(),
            _ => BTreeSet::new(),
        };
        self.elements.push(elements);
        self.shapes.push(shape.clone());
        self.numbers.insert(shape, id);
        id
    }

    /// The value of a number.
    pub(in crate::chart) fn get(&self, id: Id) -> &Shape {
        &self.shapes[id as usize]
    }

    /// The elements that turn up somewhere in a value.
    pub(in crate::chart) fn elements(&self, id: Id) -> &BTreeSet<Element> {
        &self.elements[id as usize]
    }

    /// The paths of lists and maps of whose elements texts of several lines are made.
    pub(in crate::chart) fn lists_with_lines(&self) -> BTreeSet<String> {
        let shapes = self.shapes.iter().zip(&self.elements);
        let texts =
            shapes.filter(|(shape, _)| matches!(shape, Shape::Text(text) if text.contains('\n')));
        let paths = texts.flat_map(|(_, elements)| elements.iter().map(|(path, _)| path.clone()));
        paths.collect()
    }

    /// Whether every text in a value, and at least one, is made from the same element.
    pub(in crate::chart) fn is_wholly(&self, id: Id, element: &Element) -> bool {
        let of = |text: &str| elements(text).contains(element);
        match self.get(id) {
            Shape::Text(text) => of(text),
            Shape::List(items) => self.are_wholly(items.iter(), element),
            Shape::Map(entries) => self.are_wholly(entries.iter().map(|(_, id)| id), element),
            _ => true,
        }
    }

    fn are_wholly<'a>(&self, mut ids: impl Iterator<Item = &'a Id>, element: &Element) -> bool {
        ids.all(|id| self.is_wholly(*id, element))
    }

    /// The value with each of its texts rewritten.
    pub(in crate::chart) fn rewrite(&mut self, id: Id, change: &dyn Fn(&str) -> String) -> Id {
        let shape = match self.get(id).clone() {
            Shape::Text(text) => Shape::Text(change(&text)),
            Shape::List(items) => Shape::List(
                items
                    .into_iter()
                    .map(|item| self.rewrite(item, change))
                    .collect(),
            ),
            Shape::Map(entries) => Shape::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, self.rewrite(value, change)))
                    .collect(),
            ),
            other => other,
        };
        self.intern(shape)
    }
}

/// The elements whose marks are in a text.
pub(in crate::chart) fn elements(text: &str) -> BTreeSet<Element> {
    let marks = text.split(OPEN).skip(1);
    marks
        .filter_map(|mark| {
            let mut parts = mark.split([NEXT, CLOSE]);
            (parts.next()? == "element").then_some(())?;
            Some((parts.next()?.to_owned(), parts.next()?.parse().ok()?))
        })
        .collect()
}
