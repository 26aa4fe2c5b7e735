//! The table of one cluster's checks: a line each, with what was expected only where it was not seen.

use super::{Outcome, Row};
use crate::terminal::{self, Layout};

/// Rows of one cluster, under a title.
pub(super) fn table(title: &str, rows: &[Row], width: u16) -> String {
    let layout = Layout {
        head: &["", "seconds", "check", "seen"],
        titles: 3,
        width: width.into(),
    };
    let cells = rows.iter().map(|row| {
        // As wide as the head, so that the numbers end one below the other.
        let seconds = format!("{:>7.1}", row.seconds);
        vec![mark(row).into(), seconds, row.name.clone(), seen(row)]
    });
    let title = terminal::folded(title, 2, width.into());
    format!("{title}\n{}\n", terminal::table(&layout, cells))
}

fn mark(row: &Row) -> &'static str {
    match row.outcome {
        Outcome::Passed => "ok",
        Outcome::Failed => "FAILED",
        Outcome::Skipped => "skipped",
    }
}

/// The first line of what was seen; the others are in the JSON.
fn seen(row: &Row) -> String {
    let mut lines = row.seen.lines();
    let first = lines.next().unwrap_or_default();
    let more = if lines.next().is_some() { " ..." } else { "" };
    match row.outcome {
        Outcome::Failed => format!("{first}{more}\nexpected: {}", row.expected),
        Outcome::Passed | Outcome::Skipped => format!("{first}{more}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLE: &str = "cluster shop";

    fn row(outcome: Outcome, seen: &str) -> Row {
        Row {
            scenario: "shop".into(),
            name: "rows".into(),
            expected: "10 rows".into(),
            seen: seen.into(),
            seconds: 1.25,
            outcome,
        }
    }

    #[test]
    fn columns_are_aligned_and_a_failure_says_what_was_expected() {
        let rows = [row(Outcome::Passed, "10"), row(Outcome::Failed, "9\nmore")];
        let text = table(TITLE, &rows, 100);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "cluster shop");
        assert_eq!(lines[2].find("10"), lines[3].find("9 ..."), "{text}");
        assert!(lines[2].trim_start().starts_with("ok"), "{text}");
        assert!(lines[3].trim_start().starts_with("FAILED"), "{text}");
        assert!(lines[4].contains("expected: 10 rows"), "{text}");
    }

    /// What checks say of a cluster whose names are at their longest.
    fn long_rows() -> [Row; 3] {
        let cluster = "a-cluster-name-of-just-forty-characters0";
        let mut rows = [
            row(Outcome::Passed, &"word ".repeat(100)),
            row(
                Outcome::Failed,
                &format!("pods {cluster}-principals-0, {cluster}-followersx-0; 9 rows\nmore"),
            ),
            row(Outcome::Skipped, "durability is async: no commit waits"),
        ];
        rows[0].name = "rows written through the primary's Service arrive".into();
        rows[1].expected = format!("{cluster}-principals-0 leads");
        rows
    }

    fn words(text: &str) -> Vec<&str> {
        let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
        words.sort_unstable();
        words
    }

    #[test]
    fn words_are_whole_and_lines_fit_at_every_width() {
        let rows = long_rows();
        let whole = table(TITLE, &rows, u16::MAX);
        for width in 60..=200 {
            let text = table(TITLE, &rows, width);
            assert_eq!(words(&whole), words(&text), "{width} columns:\n{text}");
            for line in text.lines() {
                assert!(line.len() <= width.into(), "{width} columns: {line}");
            }
        }
    }

    #[test]
    fn what_was_seen_stands_below_where_it_has_no_room_beside() {
        let text = table(TITLE, &long_rows(), 80);
        let pods = text.lines().find(|line| line.contains("principals"));
        let pods = pods.expect("the pods are there");
        assert!(pods.starts_with("   pods "), "{text}");
    }
}
