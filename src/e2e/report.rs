//! What was checked, as rows, and the forms in which they are shown: a table, JSON, JUnit. Pure: writes no file.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::json;

pub use crate::fault::check::{Outcome, Row};
use crate::terminal::folded;

mod table;

/// Every check of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The checks in the order in which they were made.
    pub rows: Vec<Row>,
    /// What ended the run before its last check, if anything did.
    pub cut_off: Option<String>,
    /// What of a cluster was not as its spec says, by its name.
    pub differences: BTreeMap<String, String>,
}

impl Report {
    /// Whether something was checked and nothing failed, to the last check. A run that checked nothing has shown nothing.
    pub fn kept(&self) -> bool {
        self.cut_off.is_none()
            && self.count(Outcome::Passed) > 0
            && self.count(Outcome::Failed) == 0
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.rows
            .iter()
            .filter(|row| row.outcome == outcome)
            .count()
    }

    /// One line with how many checks ended how, and whether some were not made.
    pub fn summary(&self) -> String {
        let [passed, failed, skipped] =
            [Outcome::Passed, Outcome::Failed, Outcome::Skipped].map(|outcome| self.count(outcome));
        let counts = format!("{passed} passed, {failed} failed, {skipped} skipped");
        match &self.cut_off {
            Some(why) => format!("CUT OFF ({why}): {counts}, the checks behind them not made"),
            None => counts,
        }
    }

    /// Aligned columns for people, a table for each cluster, in at most so many columns of characters.
    pub fn table(&self, width: u16) -> String {
        let clusters = self
            .rows
            .chunk_by(|one, other| one.scenario == other.scenario);
        let table = |rows: &[Row]| table::table(&self.title(rows), rows, width);
        let mut text: String = clusters.map(table).collect();
        text.push_str(&folded(&self.summary(), 2, width.into()));
        text.push('\n');
        text
    }

    /// The name of the cluster of some rows, and what is not as its spec says.
    fn title(&self, rows: &[Row]) -> String {
        let name = rows.first().map_or("", |row| row.scenario.as_str());
        let difference = self.differences.get(name);
        let difference = difference.map_or_else(String::new, |words| format!(", {words}"));
        format!("cluster {name}{difference}")
    }

    /// The rows for programs.
    pub fn json(&self) -> String {
        format!(
            "{:#}\n",
            json!({
                "kept": self.kept(),
                "summary": self.summary(),
                "differences": self.differences,
                "checks": self.rows,
            })
        )
    }

    /// The rows as JUnit's XML: one suite per cluster.
    pub fn junit(&self) -> String {
        let mut text = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pgherd e2e\">\n",
        );
        for rows in self
            .rows
            .chunk_by(|one, other| one.scenario == other.scenario)
        {
            let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
            let seconds: f64 = rows.iter().map(|row| row.seconds).sum();
            // Writing to a String does not fail, here and below.
            let _ = writeln!(
                text,
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\">",
                escaped(&rows[0].scenario),
                rows.len(),
                count(Outcome::Failed),
                count(Outcome::Skipped),
            );
            if let Some(words) = self.differences.get(&rows[0].scenario) {
                text.push_str(&junit_property(words));
            }
            for row in rows {
                text.push_str(&junit_case(row));
            }
            text.push_str("  </testsuite>\n");
        }
        if let Some(why) = &self.cut_off {
            text.push_str(&junit_error(why));
        }
        text.push_str("</testsuites>\n");
        text
    }
}

fn junit_case(row: &Row) -> String {
    let (scenario, name) = (escaped(&row.scenario), escaped(&row.name));
    let (expected, seen) = (escaped(&row.expected), escaped(&row.seen));
    let inside = match row.outcome {
        Outcome::Passed => format!("<system-out>{seen}</system-out>"),
        Outcome::Failed => format!("<failure message=\"expected: {expected}\">{seen}</failure>"),
        Outcome::Skipped => format!("<skipped message=\"{seen}\"/>"),
    };
    let seconds = row.seconds;
    format!(
        "    <testcase classname=\"{scenario}\" name=\"{name}\" time=\"{seconds:.3}\">{inside}</testcase>\n"
    )
}

/// What of a suite's cluster was not as its spec says.
fn junit_property(words: &str) -> String {
    let words = escaped(words);
    format!("    <properties><property name=\"difference\" value=\"{words}\"/></properties>\n")
}

/// A suite with one case that is an error: who reads the rows alone would miss those that are not there.
fn junit_error(why: &str) -> String {
    let why = escaped(why);
    format!(
        "  <testsuite name=\"run\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0\">\n    \
         <testcase classname=\"run\" name=\"goes on to its last check\" time=\"0\"><error message=\"{why}\"/></testcase>\n  \
         </testsuite>\n"
    )
}

/// Text for XML: its own characters escaped, those it cannot carry left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(outcome: Outcome, seen: &str) -> Row {
        let (scenario, name, expected) = ("shop".into(), "rows".into(), "10 <rows>".into());
        Row {
            scenario,
            name,
            expected,
            seen: seen.into(),
            seconds: 1.25,
            outcome,
        }
    }

    fn report(rows: Vec<Row>) -> Report {
        Report {
            rows,
            ..Report::default()
        }
    }

    #[test]
    fn a_run_without_a_passed_check_has_kept_nothing() {
        let (passed, failed) = (row(Outcome::Passed, "10"), row(Outcome::Failed, "9"));
        assert!(!Report::default().kept());
        assert!(!report(vec![row(Outcome::Skipped, "why")]).kept());
        assert!(report(vec![passed.clone()]).kept());
        assert!(!report(vec![passed, failed]).kept());
    }

    #[test]
    fn a_run_that_was_cut_off_has_kept_nothing_and_says_so_everywhere() {
        let report = Report {
            rows: vec![row(Outcome::Passed, "10")],
            cut_off: Some("by <me>".into()),
            ..Report::default()
        };
        assert!(!report.kept());
        let line =
            "CUT OFF (by <me>): 1 passed, 0 failed, 0 skipped, the checks behind them not made\n";
        assert!(report.table(120).ends_with(line), "{}", report.table(120));
        assert!(report.json().contains("\"kept\": false"));
        let junit = report.junit();
        assert!(
            junit.contains("<error message=\"by &lt;me&gt;\"/>"),
            "{junit}"
        );
        assert!(junit.contains("errors=\"1\""), "{junit}");
    }

    #[test]
    fn junit_escapes_and_counts() {
        let text = report(vec![row(Outcome::Failed, "a & b\u{1b}")]).junit();
        assert!(text.contains("failures=\"1\""), "{text}");
        assert!(
            text.contains("expected: 10 &lt;rows&gt;\">a &amp; b</failure>"),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_as_the_spec_says_is_told_everywhere() {
        let words = "PostgreSQL 18 instead of the spec's 17";
        let report = Report {
            differences: BTreeMap::from([("shop".into(), words.into())]),
            ..report(vec![row(Outcome::Passed, "10")])
        };
        let title = format!("cluster shop, {words}\n");
        assert!(
            report.table(120).starts_with(&title),
            "{}",
            report.table(120)
        );
        for text in [report.json(), report.junit()] {
            assert!(text.contains(words), "{text}");
        }
    }
}
