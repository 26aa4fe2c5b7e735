//! What a template is, before it is written: values, places for the spec's values, conditions and loops.

/// When something is there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Always,
    /// A field, by position, has one of these variants.
    Is(usize, Vec<usize>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// A value of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Switch(bool),
    Number(i64),
    /// The number in a field, and what is added to it.
    Count(usize, i64),
    Text(Vec<Words>),
    List(Vec<Part<()>>),
    Map(Vec<Part<String>>),
    /// One of several, by the variant of a field.
    Choice(usize, Vec<(Vec<usize>, Node)>),
    /// What a field holds, as it is; in a list, each element of it.
    Given(usize),
}

/// An element of a list, or an entry of a map with its key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part<Key> {
    pub(super) when: Condition,
    pub(super) each: Each,
    pub(super) key: Key,
    pub(super) value: Node,
}

/// How often a part is there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Each {
    Once,
    /// For each element of a list or map: the field, by position. Marks in it stand for the element with index 0.
    Element(usize),
    /// As often as the number in a field says, with what is added to it.
    Ordinal(usize, i64),
}

/// A stretch of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Words {
    /// As it stands, with marks.
    Plain(String),
    /// For each element of a list or map; before the first one, the head.
    Each {
        field: usize,
        head: Vec<Words>,
        body: Vec<Words>,
    },
    /// One of several, by the variant of a field.
    Choice(usize, Vec<(Vec<usize>, Vec<Words>)>),
}
