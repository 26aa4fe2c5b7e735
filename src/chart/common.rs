//! What two texts or lists have in common. Knows no field and no template.

/// A stretch of whole lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    /// In both texts.
    Same(String),
    /// In the first text, and in its place in the second; one of them may be empty.
    Apart(String, String),
}

/// The texts as stretches in order: as many lines in common as there can be.
pub(super) fn stretches(one: &str, other: &str) -> Vec<Stretch> {
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<&str>>();
    let (one, other) = (lines(one), lines(other));
    let mut stretches = Vec::new();
    let (mut from, mut from_beside) = (0, 0);
    let end = (one.len(), other.len());
    for (at, beside) in pairs(&one, &other).into_iter().chain([end]) {
        if (at, beside) != (from, from_beside) {
            stretches.push(Stretch::Apart(
                one[from..at].concat(),
                other[from_beside..beside].concat(),
            ));
        }
        (from, from_beside) = (at + 1, beside + 1);
        let Some(line) = one.get(at) else { continue };
        if let Some(Stretch::Same(text)) = stretches.last_mut() {
            text.push_str(line);
        } else {
            stretches.push(Stretch::Same((*line).into()));
        }
    }
    stretches
}

/// What is in both lists, in order: as much as there can be.
pub(super) fn both<T: Clone + PartialEq>(one: &[T], other: &[T]) -> Vec<T> {
    let pairs = pairs(one, other).into_iter();
    pairs.map(|(at, _)| one[at].clone()).collect()
}

/// The positions of what is in both.
fn pairs<T: PartialEq>(one: &[T], other: &[T]) -> Vec<(usize, usize)> {
    let most = most(one, other);
    let mut pairs = Vec::new();
    let (mut at, mut beside) = (0, 0);
    while at < one.len() && beside < other.len() {
        if one[at] == other[beside] {
            pairs.push((at, beside));
            (at, beside) = (at + 1, beside + 1);
        } else if most[at + 1][beside] >= most[at][beside + 1] {
            at += 1;
        } else {
            beside += 1;
        }
    }
    pairs
}

/// By how much is left out at the beginning of each: how much of the rest can be in common.
fn most<T: PartialEq>(one: &[T], other: &[T]) -> Vec<Vec<usize>> {
    let mut most = vec![vec![0; other.len() + 1]; one.len() + 1];
    for at in (0..one.len()).rev() {
        for beside in (0..other.len()).rev() {
            most[at][beside] = if one[at] == other[beside] {
                most[at + 1][beside + 1] + 1
            } else {
                most[at + 1][beside].max(most[at][beside + 1])
            };
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::{Stretch, stretches};

    #[test]
    fn lines_in_common_stand_once() {
        let same = |text: &str| Stretch::Same(text.into());
        let apart = |one: &str, other: &str| Stretch::Apart(one.into(), other.into());
        assert_eq!(
            stretches("a\nb\nc\nd\n", "a\nB\nc\ne\nd\n"),
            [
                same("a\n"),
                apart("b\n", "B\n"),
                same("c\n"),
                apart("", "e\n"),
                same("d\n"),
            ]
        );
        assert_eq!(stretches("a\n", ""), [apart("a\n", "")]);
        assert_eq!(stretches("", ""), []);
        assert_eq!(stretches("a\n", "a\n"), [same("a\n")]);
    }
}
