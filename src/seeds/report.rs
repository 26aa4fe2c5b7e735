//! What came of many sequences, as a table for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Run;
use super::results::{Outcome, Verdict};
use crate::spec::Durability;

/// What a sequence is called.
pub(super) fn name(outcome: &Outcome) -> String {
    let durability = outcome.durability.word();
    match (&outcome.seed, &outcome.replay) {
        (Some(seed), _) => format!("{durability} seed {seed}"),
        (None, Some(name)) => format!("{durability} replay {name}"),
        (None, None) => durability.into(),
    }
}

/// The table: how many held, how long they took, and how often each kind of act took effect. What the file of results had
/// already counts.
pub fn table(run: &Run) -> String {
    let outcomes: Vec<&Outcome> = run.known.iter().chain(&run.outcomes).collect();
    let mut text = String::new();
    let durabilities = [Durability::Async, Durability::Sync, Durability::Quorum];
    let _ = writeln!(
        text,
        "{:<12}{:>8}{:>8}{:>8}{:>10}{:>12}{:>12}",
        "durability", "played", "held", "BROKEN", "unknown", "median", "rows"
    );
    for durability in durabilities {
        let of: Vec<&Outcome> = (outcomes.iter().copied())
            .filter(|one| one.durability == durability)
            .collect();
        if of.is_empty() {
            continue;
        }
        let count = |verdict| of.iter().filter(|one| one.verdict == verdict).count();
        let rows: usize = of.iter().map(|one| one.acknowledged).sum();
        let _ = writeln!(
            text,
            "{:<12}{:>8}{:>8}{:>8}{:>10}{:>10.1} s{:>12}",
            durability.word(),
            of.len(),
            count(Verdict::Held),
            count(Verdict::Broken),
            count(Verdict::Unknown),
            median(of.iter().map(|one| one.seconds)),
            rows
        );
    }
    text.push_str(&acts(&outcomes));
    if !run.known.is_empty() {
        let _ = writeln!(
            text,
            "\n{} of them were in the file of results already",
            run.known.len()
        );
    }
    text
}

fn median(seconds: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = seconds.collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(0.0)
}

/// How often each kind of act took effect, with a bar.
fn acts(outcomes: &[&Outcome]) -> String {
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for act in outcomes.iter().flat_map(|one| one.acts.iter()) {
        let (took, all) = kinds.entry(&act.kind).or_default();
        *took += usize::from(act.took);
        *all += 1;
    }
    let (took, all) = kinds
        .values()
        .fold((0, 0), |(took, all), one| (took + one.0, all + one.1));
    let mut text = format!("\n{:<28}{:>8}{:>8}\n", "act", "done", "took");
    let mut row = |kind: &str, (took, all): (usize, usize)| {
        let tenths = (took * 10 + all / 2) / all.max(1);
        let bar = "#".repeat(tenths) + &".".repeat(10 - tenths.min(10));
        let _ = writeln!(text, "{kind:<28}{all:>8}{took:>8}  {bar}");
    };
    for (kind, counts) in kinds {
        row(kind, counts);
    }
    row("all", (took, all));
    text
}
