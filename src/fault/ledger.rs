//! Writes while something breaks, keeps which writes were acknowledged, and says what became of them.
//!
//! The writers run in the client pod and write as clients do: through Services, by connections of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::caught_up::caught_up;
use super::check::{Outcome, Verdict};
use super::members::every;
use super::primary_pod::writing;
use super::scene::{Member, Scene, until};

/// The table that is written to.
const TABLE: &str = "pgherd_ledger";
const SCRIPT: &str = include_str!("files/writer.sh");

/// A row: through which address it was written, and its number.
type Entry = (String, u64);

/// What was tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ledger {
    /// Every attempt in the order in which they ended, with the second of a clock in which it did.
    attempts: Vec<(Entry, bool, f64)>,
}

/// Makes the table anew: writers begin to count again.
pub(super) async fn prepare(scene: &Scene<'_>) -> Result<()> {
    let service = scene.owner_at(scene.write_service());
    let drop = format!("drop table if exists {TABLE}");
    let create =
        format!("create table {TABLE} (host text, number bigint, primary key (host, number))");
    scene.client.psql(&service, &[&drop, &create]).await?;
    Ok(())
}

/// The addresses that lead writes to the primary.
pub(super) fn paths(scene: &Scene<'_>) -> Vec<String> {
    let pooler = scene.cluster.pgpool().map(|_| scene.cluster.pgpool_name());
    let pooler = pooler.filter(|_| scene.site.servers_alone().is_none());
    std::iter::once(scene.write_service())
        .chain(pooler)
        .collect()
}

/// The sessions in which is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sessions {
    /// One for every write: whoever connects now is looked at.
    Each,
    /// One for as long as it answers: gaps are seen to a hundredth of a second.
    Kept,
}

/// Begins to write through every path, by a session for each write.
pub(super) async fn start(scene: &Scene<'_>) -> Result<()> {
    start_in(scene, Sessions::Each).await
}

/// Begins to write through every path.
pub(super) async fn start_in(scene: &Scene<'_>, sessions: Sessions) -> Result<()> {
    let postgres = &scene.cluster.spec.postgres;
    let paths = paths(scene);
    let how = match sessions {
        Sessions::Each => "each",
        Sessions::Kept => "kept",
    };
    let mut arguments = vec!["start", how, &postgres.owner, &postgres.database];
    arguments.extend(paths.iter().map(String::as_str));
    script(scene, &arguments).await.map(drop)
}

/// What was tried so far.
pub(super) async fn show(scene: &Scene<'_>) -> Result<Ledger> {
    parse(&script(scene, &["show"]).await?)
}

/// Leaves rows of a while of writing, for what is looked at later.
pub(crate) async fn written(scene: &Scene<'_>) -> Result<()> {
    prepare(scene).await?;
    start(scene).await?;
    let nothing = Ledger::default();
    let waited = until(scene.limits.soon, || writing(scene, &nothing)).await;
    stop(scene).await?;
    let waited = waited?;
    ensure!(waited.outcome == Outcome::Passed, "{}", waited.seen);
    Ok(())
}

/// Ends the writers.
pub(super) async fn stop(scene: &Scene<'_>) -> Result<Ledger> {
    parse(&script(scene, &["stop"]).await?)
}

async fn script(scene: &Scene<'_>, arguments: &[&str]) -> Result<String> {
    let mut command = vec!["bash", "-c", SCRIPT, "writer.sh"];
    command.extend(arguments);
    let output = scene.client.run(&command).await?;
    ensure!(
        output.success,
        "the writers do not {}: {}",
        arguments[0],
        output.stderr.trim()
    );
    Ok(output.stdout)
}

fn parse(text: &str) -> Result<Ledger> {
    let mut attempts = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [host, number, outcome @ ("acked" | "failed"), time] = fields[..] else {
            bail!("unexpected line in the ledger: {line}");
        };
        let entry = (host.to_owned(), number.parse().context("a number")?);
        attempts.push((entry, outcome == "acked", time.parse().context("a time")?));
    }
    Ok(Ledger { attempts })
}

impl Ledger {
    /// How many writes through a path were acknowledged.
    pub(super) fn acked(&self, path: &str) -> usize {
        self.attempts
            .iter()
            .filter(|((host, _), acked, _)| *acked && host == path)
            .count()
    }

    /// The longest time, in seconds, in which no write through a path was acknowledged.
    pub(super) fn gap(&self, path: &str) -> f64 {
        let times: Vec<f64> = self
            .attempts
            .iter()
            .filter(|((host, _), acked, _)| *acked && host == path)
            .map(|(_, _, time)| *time)
            .collect();
        times
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .fold(0.0, f64::max)
    }

    /// Paths through which no write was acknowledged for longer than this.
    pub(super) fn too_long(&self, paths: &[String], longest: Duration) -> Vec<String> {
        let slow = paths
            .iter()
            .filter(|path| self.gap(path) > longest.as_secs_f64());
        slow.map(|path| format!("no write acknowledged through {path} for too long"))
            .collect()
    }

    /// How many writes were acknowledged.
    pub(super) fn count(&self) -> usize {
        self.attempts.iter().filter(|(_, acked, _)| *acked).count()
    }

    /// When the first attempt ended, in seconds of the writers' clock.
    pub(super) fn first(&self) -> f64 {
        self.attempts.first().map_or(0.0, |(_, _, time)| *time)
    }

    /// When the last attempt ended, in seconds of the writers' clock.
    pub(super) fn last(&self) -> f64 {
        self.attempts.last().map_or(0.0, |(_, _, time)| *time)
    }

    /// The longest time, in seconds, in which no write was acknowledged, from a moment on.
    pub(super) fn gap_since(&self, moment: f64) -> f64 {
        let acked = self.attempts.iter().filter(|(_, acked, _)| *acked);
        let times = acked
            .map(|(_, _, time)| *time)
            .filter(|time| *time > moment);
        let (longest, last) = times.fold((0.0_f64, moment), |(longest, before), time| {
            (longest.max(time - before), time)
        });
        longest.max(self.last() - last)
    }

    /// The longest time in which no write was acknowledged by one of the paths, as its beginning and its end, among those that end
    /// after a moment; none where no write was acknowledged before and after it.
    pub(super) fn rest(&self, paths: &[String], moment: f64) -> Option<(f64, f64)> {
        let rests = paths.iter().filter_map(|path| {
            let acked = self.attempts.iter();
            let acked = acked.filter(|((host, _), acked, _)| *acked && host == path);
            let times: Vec<f64> = acked.map(|(_, _, time)| *time).collect();
            let pairs = times.windows(2).map(|pair| (pair[0], pair[1]));
            let after = pairs.filter(|(_, end)| *end > moment);
            after.max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)))
        });
        rests.max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)))
    }

    /// Whether rows of a member hold everything that was acknowledged and nothing that was never tried.
    fn judge(&self, rows: &BTreeSet<Entry>) -> Verdict {
        let acked: BTreeSet<&Entry> = self
            .attempts
            .iter()
            .filter(|(_, acked, _)| *acked)
            .map(|(entry, ..)| entry)
            .collect();
        let tried: BTreeSet<&Entry> = self.attempts.iter().map(|(entry, ..)| entry).collect();
        let mut problems = Vec::new();
        let lost: Vec<&&Entry> = acked
            .iter()
            .filter(|entry| !rows.contains(**entry))
            .collect();
        if let Some((host, number)) = lost.first() {
            problems.push(format!(
                "{} acknowledged rows are lost, first number {number} through {host}",
                lost.len()
            ));
        }
        let strange = rows.iter().filter(|entry| !tried.contains(entry)).count();
        if strange > 0 {
            problems.push(format!("{strange} rows that nobody wrote"));
        }
        if acked.is_empty() {
            problems.push("no write was acknowledged".into());
        }
        let seen = format!("{} acknowledged, {} there", acked.len(), rows.len());
        Verdict::from_problems(&problems, seen)
    }

    /// Compares what a member has with what was acknowledged.
    pub(super) async fn on(&self, scene: &Scene<'_>, member: &Member) -> Result<Verdict> {
        Ok(self.judge(&rows(scene, member).await?))
    }
}

/// What is wrong with the members' rows, once each standby has what the primary has: acknowledged ones that are
/// missing, and strange ones.
pub(super) async fn missing(scene: &Scene<'_>) -> Result<Vec<String>> {
    let ledger = show(scene).await?;
    let mut problems = Vec::new();
    for standby in &scene.standbys {
        let waited = caught_up(scene, standby).await?;
        if waited.outcome != Outcome::Passed {
            problems.push(format!("{}: {}", standby.pod, waited.seen));
        }
    }
    for member in every(scene) {
        let kept = ledger.on(scene, member).await?;
        if kept.outcome != Outcome::Passed {
            problems.push(format!("{}: {}", member.pod, kept.seen));
        }
    }
    Ok(problems)
}

/// How many acknowledged rows the member lacks that lacks most.
pub(super) async fn lost(scene: &Scene<'_>, ledger: &Ledger) -> Result<usize> {
    let acked: Vec<&Entry> = (ledger.attempts.iter())
        .filter(|(_, acked, _)| *acked)
        .map(|(entry, ..)| entry)
        .collect();
    let mut most = 0;
    for member in every(scene) {
        let rows = rows(scene, member).await?;
        most = most.max(acked.iter().filter(|entry| !rows.contains(**entry)).count());
    }
    Ok(most)
}

/// The rows of a member. Numbers come as ranges: thousands of lines would say no more.
async fn rows(scene: &Scene<'_>, member: &Member) -> Result<BTreeSet<Entry>> {
    let sql = format!(
        "select host, min(number), max(number) from \
         (select host, number, number - row_number() over (partition by host order by number) as run from {TABLE}) as rows \
         group by host, run"
    );
    parse_ranges(&scene.ask(member, &sql).await?)
}

fn parse_ranges(text: &str) -> Result<BTreeSet<Entry>> {
    let mut rows = BTreeSet::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let [host, first, last] = fields[..] else {
            bail!("unexpected answer: {line}");
        };
        let numbers = first.parse::<u64>()?..=last.parse()?;
        rows.extend(numbers.map(|number| (host.to_owned(), number)));
    }
    Ok(rows)
}

/// Acknowledged writes by path, for people.
pub(super) fn summary(ledger: &Ledger, paths: &[String]) -> String {
    let parts: BTreeMap<&String, String> = paths
        .iter()
        .map(|path| {
            let words = format!(
                "{path}: {} acknowledged, longest gap {:.1} s",
                ledger.acked(path),
                ledger.gap(path)
            );
            (path, words)
        })
        .collect();
    parts.into_values().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "w 1 acked 10.0\nw 2 acked 10.5\np 1 acked 10.6\nw 3 failed 11.0\nw 4 acked 13.5\n";

    fn outcome(ranges: &str) -> Outcome {
        let ledger = parse(TEXT).expect("a ledger");
        ledger.judge(&parse_ranges(ranges).expect("ranges")).outcome
    }

    #[test]
    fn a_lost_row_and_a_strange_row_are_seen() {
        assert_eq!(outcome("w|1|2\nw|4|4\np|1|1"), Outcome::Passed);
        // Whether a failed write has left a row is open.
        assert_eq!(outcome("w|1|4\np|1|1"), Outcome::Passed);
        assert_eq!(outcome("w|1|1\nw|4|4\np|1|1"), Outcome::Failed);
        assert_eq!(outcome("w|1|4"), Outcome::Failed);
        assert_eq!(outcome("w|1|5\np|1|1"), Outcome::Failed);
        assert_eq!(outcome(""), Outcome::Failed);
        assert_eq!(
            Ledger::default().judge(&BTreeSet::new()).outcome,
            Outcome::Failed
        );
    }

    #[test]
    fn gaps_are_those_of_one_path_and_of_acknowledged_writes() {
        let ledger = parse(TEXT).expect("a ledger");
        assert!((ledger.gap("w") - 3.0).abs() < 1e-9, "{}", ledger.gap("w"));
        assert_eq!((ledger.acked("w"), ledger.acked("p")), (3, 1));
        let paths = ["w".to_owned(), "p".to_owned()];
        assert_eq!(ledger.too_long(&paths, Duration::from_secs(2)).len(), 1);
        assert!(ledger.too_long(&paths, Duration::from_secs(4)).is_empty());
        assert!(parse("w 1 perhaps 2.0").is_err());
    }

    #[test]
    fn a_rest_is_of_one_path_and_ends_behind_the_moment() {
        let ledger = parse(TEXT).expect("a ledger");
        let w = ["w".to_owned()];
        assert_eq!(ledger.rest(&w, 10.2), Some((10.5, 13.5)));
        assert_eq!(ledger.rest(&w, 13.5), None);
        assert_eq!(ledger.rest(&["p".to_owned()], 0.0), None);
    }
}
