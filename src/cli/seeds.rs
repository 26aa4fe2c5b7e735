//! `pgherd e2e --seeds` and `--replay`: random faults on clusters of processes. The table is stdout.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use super::print;
use super::reach::block_on;
use crate::apply::{Progress, Unfit};
use crate::cluster::Cluster;
use crate::seeds::{self, Choice, Options, Trace, Traced, Verdict};

/// Exit code after a signal, as shells have it for SIGINT.
const INTERRUPTED: u8 = 130;
/// Most seeds of one run.
const MOST: u64 = 1_000_000;

/// Seeds as they are given.
pub(super) type Range = RangeInclusive<u64>;

/// What `e2e` was told of seeds.
pub(super) struct Told<'a> {
    /// The seeds.
    pub(super) seeds: Option<&'a Range>,
    /// The traces that are played again.
    pub(super) replay: &'a [PathBuf],
    /// Whether shorter ones are looked for.
    pub(super) shorten: bool,
    /// The file of a fault that is planted.
    pub(super) planted: Option<&'a Path>,
    /// The file of results.
    pub(super) results: Option<&'a Path>,
    /// Folder for traces.
    pub(super) report: Option<&'a Path>,
    /// How many side by side.
    pub(super) jobs: NonZeroUsize,
}

/// `1..40`, both included, or one seed.
pub(super) fn range(text: &str) -> Result<Range, String> {
    let number = |text: &str| {
        text.parse::<u64>()
            .map_err(|_| format!("{text:?} is no seed"))
    };
    let (first, last) = match text.split_once("..") {
        Some((first, last)) => (number(first)?, number(last.trim_start_matches('='))?),
        None => (number(text)?, number(text)?),
    };
    if first > last || last - first >= MOST {
        return Err(format!(
            "not from the smaller to the larger, or more than {MOST}"
        ));
    }
    Ok(first..=last)
}

/// A trace, by the name of its folder where its file has the name that all have.
fn named(file: &Path) -> Result<(String, Trace)> {
    let trace = seeds::read_trace(file)?;
    let folder = file.parent().and_then(Path::file_name);
    let stem = file.file_stem().filter(|stem| *stem != "trace");
    let name = stem.or(folder).unwrap_or_default();
    Ok((name.to_string_lossy().into_owned(), trace))
}

impl Told<'_> {
    /// What is played; none where it is the checks that are made.
    fn choice(&self) -> Result<Option<Choice>> {
        if !self.replay.is_empty() {
            let traces: Result<_> = self.replay.iter().map(|file| named(file)).collect();
            let choice = if self.shorten {
                Choice::Shorten
            } else {
                Choice::Replay
            };
            return Ok(Some(choice(traces?)));
        }
        Ok(self
            .seeds
            .map(|seeds| Choice::Seeds(seeds.clone().collect())))
    }

    /// Plays what was asked for; none where that is nothing.
    pub(super) fn run(&self, clusters: &[Cluster]) -> Result<Option<ExitCode>> {
        let Some(choice) = self.choice()? else {
            return Ok(None);
        };
        let options = Options {
            choice,
            jobs: self.jobs.get(),
            results: self.results.map(Path::to_owned),
            planted: self.planted.map(seeds::read_planted).transpose()?,
            traced: if self.report.is_some() {
                Traced::All
            } else {
                Traced::Broken
            },
            traces: self
                .report
                .map_or_else(|| PathBuf::from("pgherd-traces"), Path::to_owned),
        };
        let progress = Progress::on_stderr();
        let run = block_on(seeds::run(clusters, &options, &progress)).map_err(Unfit)?;
        print(&seeds::table(&run))?;
        let held = run.outcomes.iter().all(|one| one.verdict == Verdict::Held);
        Ok(Some(match (run.is_interrupted, held) {
            (true, _) => ExitCode::from(INTERRUPTED),
            (false, true) => ExitCode::SUCCESS,
            (false, false) => ExitCode::from(1),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_given_one_by_one_or_from_the_first_to_the_last() {
        assert_eq!(range("7"), Ok(7..=7));
        assert_eq!(range("1..40"), Ok(1..=40));
        assert_eq!(range("1..=40"), Ok(1..=40));
        for wrong in ["", "a", "4..1", "1..", "1..9999999"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
