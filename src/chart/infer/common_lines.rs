//! Which lines two texts have in common. Knows no field and no template.

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
    let (one, other) = (lines(one), lines(other));
    let common = common(&one, &other);
    let mut stretches = Vec::new();
    let (mut at, mut beside) = (0, 0);
    while at < one.len() || beside < other.len() {
        let (from, from_beside) = (at, beside);
        while at < one.len() && beside < other.len() && one[at] == other[beside] {
            (at, beside) = (at + 1, beside + 1);
        }
        if at > from {
            stretches.push(Stretch::Same(one[from..at].concat()));
            continue;
        }
        while (at < one.len() || beside < other.len())
            && !(at < one.len() && beside < other.len() && one[at] == other[beside])
        {
            // The way on which more lines are in common.
            let down = if at < one.len() {
                Some(common[at + 1][beside])
            } else {
                None
            };
            let right = if beside < other.len() {
                Some(common[at][beside + 1])
            } else {
                None
            };
            if down >= right {
                at += 1;
            } else {
                beside += 1;
            }
        }
        stretches.push(Stretch::Apart(
            one[from..at].concat(),
            other[from_beside..beside].concat(),
        ));
    }
    stretches
}

/// Lines with their line breaks.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// By the number of lines left out at the beginning of each text: how many of the others can be in common.
fn common(one: &[&str], other: &[&str]) -> Vec<Vec<usize>> {
    let mut common = vec![vec![0; other.len() + 1]; one.len() + 1];
    for at in (0..one.len()).rev() {
        for beside in (0..other.len()).rev() {
            common[at][beside] = if one[at] == other[beside] {
                common[at + 1][beside + 1] + 1
            } else {
                common[at + 1][beside].max(common[at][beside + 1])
            };
        }
    }
    common
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
