//! The table of one cluster's checks: a line each, with what was expected only where it was not seen.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::{Outcome, Row};

/// Fewest characters a line has; a narrower terminal wraps.
const NARROWEST: u16 = 80;
/// Characters of the mark, of the seconds, and of the blanks between columns.
const SMALL_COLUMNS: u16 = 24;

/// Rows of one cluster, under its name.
pub(super) fn table(rows: &[Row], width: u16) -> String {
    let width = width.max(NARROWEST);
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_header(["", "seconds", "check", "seen"]);
    for row in rows {
        let seconds = format!("{:.1}", row.seconds);
        table.add_row([mark(row).into(), seconds, row.name.clone(), seen(row)]);
    }
    if let Some(seconds) = table.column_mut(1) {
        seconds.set_cell_alignment(CellAlignment::Right);
    }
    // Names of checks are short beside what was seen, and are read first: at most half of the rest is theirs.
    if let Some(check) = table.column_mut(2) {
        let most = (width - SMALL_COLUMNS) / 2;
        check.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(most)));
    }
    let cluster = rows.first().map_or("", |row| row.scenario.as_str());
    let mut text = format!("cluster {cluster}\n");
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
    text
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
        let text = table(&rows, 100);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "cluster shop");
        assert_eq!(lines[2].find("10"), lines[3].find("9 ..."), "{text}");
        assert!(lines[2].trim_start().starts_with("ok"), "{text}");
        assert!(lines[3].trim_start().starts_with("FAILED"), "{text}");
        assert!(lines[4].contains("expected: 10 rows"), "{text}");
    }

    #[test]
    fn no_line_is_longer_than_asked_for() {
        let rows = [row(Outcome::Passed, &"word ".repeat(100))];
        let text = table(&rows, 120);
        assert!(
            text.lines().all(|line| line.chars().count() <= 120),
            "{text}"
        );
        assert!(text.lines().count() > 4, "{text}");
    }
}
