//! Trees of two or three topologies, and what becomes of them.

use super::super::tree::{Condition, Each, Node, Part, Words};
use super::{entries, objects};

/// The position of the field with the topology, and of another one.
const TOPOLOGY: usize = 3;
const OTHER: usize = 5;

fn is(topology: usize) -> Condition {
    Condition::Is(TOPOLOGY, vec![topology])
}

fn other() -> Condition {
    Condition::Is(OTHER, vec![1])
}

fn part(key: &str, value: Node) -> Part {
    when(Condition::Always, key, value)
}

fn when(when: Condition, key: &str, value: Node) -> Part {
    Part {
        when,
        each: Each::Once,
        key: key.into(),
        value,
    }
}

fn plain(text: &str) -> Words {
    Words::Plain(text.into())
}

fn text(text: &str) -> Node {
    Node::Text(vec![plain(text)])
}

fn map(entries: &[(&str, i64)]) -> Node {
    let entries = entries.iter();
    Node::Map(
        entries
            .map(|(key, value)| part(key, Node::Number(*value)))
            .collect(),
    )
}

fn list(elements: &[&str]) -> Node {
    let elements = elements.iter();
    Node::List(elements.map(|name| part(name, text(name))).collect())
}

/// What becomes of the objects of topologies, which are given in order.
fn merged(trees: Vec<Vec<Part>>) -> Vec<Part> {
    let trees = trees.into_iter().enumerate();
    entries(
        TOPOLOGY,
        &trees
            .map(|(variant, tree)| (vec![variant], tree))
            .collect::<Vec<_>>(),
    )
}

/// What becomes of one entry that both topologies have.
fn of_both(one: Node, other: Node) -> Node {
    let mut merged = merged(vec![vec![part("a", one)], vec![part("a", other)]]);
    assert_eq!(merged.len(), 1, "{merged:?}");
    assert_eq!(merged[0].when, Condition::Always);
    merged.remove(0).value
}

#[test]
fn what_is_equal_is_as_it_was() {
    let tree = || {
        vec![
            when(other(), "a", map(&[("x", 1)])),
            part("b", list(&["y"])),
        ]
    };
    assert_eq!(merged(vec![tree()]), tree());
    assert_eq!(merged(vec![tree(), tree(), tree()]), tree());
}

#[test]
fn what_only_some_have_is_there_with_these_alone() {
    let (a, b) = (|| part("a", Node::Null), || part("b", Node::Null));
    let first = Condition::Is(TOPOLOGY, vec![0, 2]);
    assert_eq!(
        merged(vec![vec![a(), b()], vec![b()], vec![a(), b()]]),
        [when(first, "a", Node::Null), b()]
    );
    let entries = of_both(map(&[("x", 1), ("y", 2)]), map(&[("y", 2), ("z", 3)]));
    let number = Node::Number;
    assert_eq!(
        entries,
        Node::Map(vec![
            when(is(0), "x", number(1)),
            part("y", number(2)),
            when(is(1), "z", number(3)),
        ])
    );
}

#[test]
fn conditions_are_joined_with_the_topologys() {
    let trees = vec![vec![when(other(), "a", Node::Null)], Vec::new()];
    let both = Condition::All(vec![is(0), other()]);
    assert_eq!(merged(trees), [when(both.clone(), "a", Node::Null)]);
    let trees = vec![
        vec![when(other(), "a", Node::Null)],
        vec![part("a", Node::Null)],
    ];
    let either = Condition::Any(vec![both, is(1)]);
    assert_eq!(merged(trees), [when(either, "a", Node::Null)]);
}

#[test]
fn what_differs_stands_at_the_highest_place_where_it_does() {
    let pod = |number, rest: Node| Node::Map(vec![part("n", number), part("rest", rest)]);
    assert_eq!(
        of_both(
            pod(Node::Number(1), map(&[("x", 1)])),
            pod(Node::Count(OTHER, -1), map(&[("x", 1)]))
        ),
        pod(
            Node::Choice(
                TOPOLOGY,
                vec![
                    (vec![0], Node::Number(1)),
                    (vec![1], Node::Count(OTHER, -1))
                ]
            ),
            map(&[("x", 1)])
        )
    );
    // A map is not made of a number, so the entry is there twice.
    let trees = [vec![part("a", Node::Number(1))], vec![part("a", map(&[]))]];
    let apart = [
        when(is(0), "a", Node::Number(1)),
        when(is(1), "a", map(&[])),
    ];
    let object = |entries: &[Part]| part("object", Node::Map(entries.to_vec()));
    let trees = trees.iter().map(|entries| vec![object(entries)]).collect();
    assert_eq!(merged(trees), [object(&apart)]);
}

#[test]
fn elements_keep_the_order_of_every_list() {
    let element = |topology, name| when(is(topology), name, text(name));
    assert_eq!(
        of_both(list(&["a", "b", "d"]), list(&["a", "c", "d", "e"])),
        Node::List(vec![
            part("a", text("a")),
            element(1, "c"),
            element(0, "b"),
            part("d", text("d")),
            element(1, "e"),
        ])
    );
    let (one, other) = (list(&["a", "b"]), list(&["b", "a"]));
    assert_eq!(
        of_both(one.clone(), other.clone()),
        Node::Choice(TOPOLOGY, vec![(vec![0], one), (vec![1], other)])
    );
}

#[test]
fn lines_in_common_stand_once() {
    let users = || Words::Each {
        field: OTHER,
        head: Vec::new(),
        body: vec![plain("user\n")],
    };
    let one = Node::Text(vec![plain("a\nb\n"), users(), plain("c\n")]);
    let other = Node::Text(vec![plain("a\nB\n"), users(), plain("c\nd\n")]);
    let only = |topology: usize, text| (vec![topology], vec![plain(text)]);
    assert_eq!(
        of_both(one, other),
        Node::Text(vec![
            plain("a\n"),
            Words::Choice(TOPOLOGY, vec![only(0, "b\n"), only(1, "B\n")]),
            users(),
            plain("c\n"),
            Words::Choice(TOPOLOGY, vec![only(1, "d\n")]),
        ])
    );
}

#[test]
fn files_and_words_are_one_or_the_other() {
    let choice = |one: &str, other: &str| vec![(vec![0], text(one)), (vec![1], text(other))];
    assert_eq!(
        of_both(text("a\nb\n"), text("a\nc\n")),
        Node::Choice(TOPOLOGY, choice("a\nb\n", "a\nc\n"))
    );
    let words =
        |one: &str, other: &str| vec![(vec![0], vec![plain(one)]), (vec![1], vec![plain(other)])];
    assert_eq!(
        of_both(text("a"), text("b")),
        Node::Text(vec![Words::Choice(TOPOLOGY, words("a", "b"))])
    );
}

#[test]
fn one_object_and_several_of_a_name_are_refused() {
    let several = |plus| {
        let each = Each::Ordinal(OTHER, plus);
        let object = Part {
            each,
            ..part("", map(&[]))
        };
        vec![part("job", Node::List(vec![object]))]
    };
    let trees = |one, other| vec![(vec![0], one), (vec![1], other)];
    let error = objects(TOPOLOGY, &trees(several(0), vec![part("job", map(&[]))])).unwrap_err();
    assert_eq!(error.place, "job");
    assert!(objects(TOPOLOGY, &trees(several(0), several(1))).is_err());
    assert!(objects(TOPOLOGY, &trees(several(1), several(1))).is_ok());
}
