//! Makes one tree of those that were inferred for each topology: what is equal stands once, and what differs under a
//! condition on the topology, at the highest place where it differs. Knows topologies by their position only.

use super::infer::Unexplained;
use super::tree::{Arms, Condition, Node, Part, Words, grouped};

#[cfg(test)]
mod tests;
mod text;

/// The objects of every topology as those of one chart.
///
/// # Errors
/// Where an object of one topology is several in another.
pub(super) fn objects(field: usize, trees: &Arms<Vec<Part>>) -> Result<Vec<Part>, Unexplained> {
    let objects = entries(field, trees);
    for (position, object) in objects.iter().enumerate() {
        let again = objects[..position]
            .iter()
            .any(|other| other.key == object.key);
        let several = matches!(&object.value, Node::List(parts) if parts.len() != 1);
        if again || several {
            return Err(Unexplained {
                place: object.key.clone(),
                reason: "it is one object with one topology and several with another".into(),
            });
        }
    }
    Ok(objects)
}

/// The entries of every topology as those of one map. The field whose variants the topologies are is given by position;
/// of one topology, entries are as they were.
pub(super) fn entries(field: usize, trees: &Arms<Vec<Part>>) -> Vec<Part> {
    Merger { field }.parts(trees)
}

struct Merger {
    /// The position of the field with the topology.
    field: usize,
}

impl Merger {
    fn node(&self, arms: Arms<Node>) -> Node {
        let mut arms = grouped(arms);
        if arms.len() == 1 {
            return arms.swap_remove(0).1;
        }
        if let Some(maps) = all(&arms, parts_of_map) {
            return Node::Map(self.parts(&maps));
        }
        if let Some(lists) = all(&arms, parts_of_list).filter(have_one_order) {
            return Node::List(self.parts(&lists));
        }
        if let Some(texts) = all(&arms, words_of_text) {
            return text::text(self.field, texts);
        }
        Node::Choice(self.field, arms)
    }

    /// Entries of maps or elements of lists, by key.
    fn parts(&self, arms: &Arms<Vec<Part>>) -> Vec<Part> {
        let topologies = arms.iter().map(|(variants, _)| variants.len()).sum();
        let mut merged = Vec::new();
        for key in keys(arms) {
            let mut alike: Vec<Arms<Part>> = Vec::new();
            for (variants, parts) in arms {
                for part in parts.iter().filter(|part| part.key == key) {
                    let arm = (variants.clone(), part.clone());
                    match alike.iter_mut().find(|arms| are_alike(&arms[0].1, part)) {
                        Some(arms) => arms.push(arm),
                        None => alike.push(vec![arm]),
                    }
                }
            }
            merged.extend(alike.into_iter().map(|arms| self.part(arms, topologies)));
        }
        merged
    }

    /// A part of some of the topologies that there are here.
    fn part(&self, arms: Arms<Part>, topologies: usize) -> Part {
        let (each, key) = (arms[0].1.each.clone(), arms[0].1.key.clone());
        let (whens, values): (Vec<_>, Vec<_>) = arms
            .into_iter()
            .map(|(variants, part)| ((variants.clone(), part.when), (variants, part.value)))
            .unzip();
        Part {
            when: self.when(grouped(whens), topologies),
            each,
            key,
            value: self.node(values),
        }
    }

    fn when(&self, mut whens: Arms<Condition>, topologies: usize) -> Condition {
        if let [(variants, when)] = whens.as_slice()
            && variants.len() == topologies
        {
            return when.clone();
        }
        let mut any: Vec<Condition> = whens
            .drain(..)
            .map(|(variants, when)| Condition::Is(self.field, variants).and(when))
            .collect();
        if any.len() == 1 {
            any.remove(0)
        } else {
            Condition::Any(any)
        }
    }
}

/// What every node holds, where all are of the kind that is asked for.
fn all<T>(arms: &Arms<Node>, of: fn(&Node) -> Option<&T>) -> Option<Arms<T>>
where
    T: Clone,
{
    let arms = arms.iter();
    arms.map(|(variants, node)| Some((variants.clone(), of(node)?.clone())))
        .collect()
}

fn parts_of_map(node: &Node) -> Option<&Vec<Part>> {
    match node {
        Node::Map(parts) => Some(parts),
        _ => None,
    }
}

fn parts_of_list(node: &Node) -> Option<&Vec<Part>> {
    match node {
        Node::List(parts) => Some(parts),
        _ => None,
    }
}

fn words_of_text(node: &Node) -> Option<&Vec<Words>> {
    match node {
        Node::Text(words) => Some(words),
        _ => None,
    }
}

/// The keys of all, each behind the one that it follows.
fn keys(arms: &Arms<Vec<Part>>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for (_, parts) in arms {
        let mut next = 0;
        for part in parts {
            let known = keys.iter().position(|key| *key == part.key);
            let position = known.unwrap_or_else(|| {
                keys.insert(next, part.key.clone());
                next
            });
            next = position + 1;
        }
    }
    keys
}

/// Whether there is an order in which the elements of every list come one after the other.
fn have_one_order(lists: &Arms<Vec<Part>>) -> bool {
    let keys = keys(lists);
    lists.iter().all(|(_, parts)| {
        let position = |part: &Part| keys.iter().position(|key| *key == part.key);
        parts.iter().map(position).is_sorted()
    })
}

/// Whether two parts can be one: each is there as often, and their values are of one kind.
fn are_alike(one: &Part, other: &Part) -> bool {
    let is_leaf = |node: &Node| {
        !matches!(
            node,
            Node::Map(_) | Node::List(_) | Node::Given(_) | Node::Choice(..)
        )
    };
    let of_one_kind = match (&one.value, &other.value) {
        (Node::Map(_), Node::Map(_)) | (Node::List(_), Node::List(_)) => true,
        (one, other) => one == other || is_leaf(one) && is_leaf(other),
    };
    one.each == other.each && of_one_kind
}
