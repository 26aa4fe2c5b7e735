//! Makes one text of those of several topologies, by lines.

use crate::chart::common;
use crate::chart::tree::{Arms, Node, Words, grouped};
use crate::formula;

/// Files stay whole, so that each is one in the chart, too. Of other texts with lines, those in common stand once.
pub(super) fn text(field: usize, arms: Arms<Vec<Words>>) -> Node {
    let are_lines = arms.iter().all(|(_, words)| has_lines(words));
    let are_files = arms.iter().all(|(_, words)| is_file(words));
    if are_lines && !are_files {
        return Node::Text(lines(field, arms));
    }
    let is_plain = |words: &[Words]| matches!(words, [Words::Plain(text)] if !text.contains('\n'));
    if arms.iter().all(|(_, words)| is_plain(words)) {
        return Node::Text(vec![Words::Choice(field, arms)]);
    }
    let texts = arms.into_iter();
    let texts = texts.map(|(variants, words)| (variants, Node::Text(words)));
    Node::Choice(field, texts.collect())
}

fn lines(field: usize, arms: Arms<Vec<Words>>) -> Vec<Words> {
    let mut arms: Arms<Vec<Words>> = arms
        .into_iter()
        .map(|(variants, words)| (variants, apart(words)))
        .collect();
    let texts = arms.iter().map(|(_, lines)| lines.clone());
    let shared = texts.reduce(|one, other| common::both(&one, &other));
    let mut merged = Vec::new();
    for line in shared.unwrap_or_default() {
        let before = arms.iter_mut().map(|(variants, rest)| {
            let at = rest.iter().position(|other| *other == line);
            let before = rest.drain(..at.unwrap_or_default()).collect();
            rest.remove(0);
            (variants.clone(), before)
        });
        let before = before.collect();
        merged.extend(choice(field, before));
        merged.push(line);
    }
    merged.extend(choice(field, arms));
    joined(merged)
}

/// Lines that each topology has in the same place.
fn choice(field: usize, arms: Arms<Vec<Words>>) -> Vec<Words> {
    let mut arms = grouped(arms);
    if arms.len() == 1 {
        return arms.swap_remove(0).1;
    }
    arms.retain(|(_, lines)| !lines.is_empty());
    let arms = arms.into_iter();
    let arms = arms.map(|(variants, lines)| (variants, joined(lines)));
    vec![Words::Choice(field, arms.collect())]
}

fn has_lines(words: &[Words]) -> bool {
    words.iter().any(|words| match words {
        Words::Plain(text) => text.contains('\n'),
        Words::Each { .. } => true,
        Words::Choice(_, arms) => arms.iter().any(|(_, words)| has_lines(words)),
    })
}

/// Whether a text is the same for every spec, and has several lines.
fn is_file(words: &[Words]) -> bool {
    matches!(words, [Words::Plain(text)] if text.contains('\n') && !formula::is_marked(text))
}

/// A text with each of its lines by itself.
fn apart(words: Vec<Words>) -> Vec<Words> {
    let lines = |words| match words {
        Words::Plain(text) => text
            .split_inclusive('\n')
            .map(|line| Words::Plain(line.into()))
            .collect(),
        other => vec![other],
    };
    words.into_iter().flat_map(lines).collect()
}

/// A text with lines that follow each other in one stretch.
fn joined(words: Vec<Words>) -> Vec<Words> {
    let mut joined: Vec<Words> = Vec::new();
    for next in words {
        if let (Some(Words::Plain(text)), Words::Plain(line)) = (joined.last_mut(), &next) {
            text.push_str(line);
        } else {
            joined.push(next);
        }
    }
    joined
}
