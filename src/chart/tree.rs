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

impl Condition {
    /// When both conditions hold.
    pub(super) fn and(self, other: Condition) -> Condition {
        match (self, other) {
            (Condition::Always, only) | (only, Condition::Always) => only,
            (first, Condition::All(mut parts)) => {
                parts.insert(0, first);
                Condition::All(parts)
            }
            (first, second) => Condition::All(vec![first, second]),
        }
    }
}

/// Variants of a field, and what is there with them.
pub(super) type Arms<T> = Vec<(Vec<usize>, T)>;

/// The same arms, with variants together that have the same.
pub(super) fn grouped<T: PartialEq>(arms: Arms<T>) -> Arms<T> {
    let mut groups: Arms<T> = Vec::new();
    for (variants, one) in arms {
        match groups.iter_mut().find(|(_, other)| *other == one) {
            Some((earlier, _)) => earlier.extend(variants),
            None => groups.push((variants, one)),
        }
    }
    groups
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
    List(Vec<Part>),
    Map(Vec<Part>),
    /// One of several, by the variant of a field.
    Choice(usize, Arms<Node>),
    /// What a field holds, as it is; in a list, each element of it.
    Given(usize),
}

/// An entry of a map, or an element of a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) when: Condition,
    pub(super) each: Each,
    /// The entry's key; of an element, what tells it from the others, which is not written.
    pub(super) key: String,
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
    Choice(usize, Arms<Vec<Words>>),
}
