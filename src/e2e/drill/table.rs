//! What came of many trials, as a table: for a terminal, and as Markdown. Where a cluster of another origin took turns, its medians stand
//! beside.

use std::fmt::Write as _;

use super::trial::{Trial, described};
use crate::cluster::{Cluster, Event, Rest};
use crate::fault::install::Means;
use crate::topology;

/// What came of one event in all trials of a kind of cluster.
struct Line {
    title: &'static str,
    gaps: Vec<f64>,
    acknowledged: usize,
    lost: usize,
    rest: Option<Rest>,
    /// The same event, done to the one beside.
    beside: Vec<f64>,
}

impl Line {
    fn median(&self) -> f64 {
        middle(&self.gaps)
    }

    fn worst(&self) -> f64 {
        self.gaps.last().copied().unwrap_or(0.0)
    }

    /// Whether what is promised was kept.
    fn is_kept(&self) -> bool {
        let in_time = self.rest.is_none_or(|rest| {
            self.median() <= rest.median.as_secs_f64() && self.worst() <= rest.worst.as_secs_f64()
        });
        in_time && self.lost == 0
    }

    fn promised(&self) -> String {
        self.rest.map_or_else(
            || "-".into(),
            |rest| {
                format!(
                    "{} / {}",
                    rest.median.as_secs_f64(),
                    rest.worst.as_secs_f64()
                )
            },
        )
    }

    /// The median beside, and how many times as long that is.
    fn compared(&self) -> (String, String) {
        if self.beside.is_empty() {
            return ("-".into(), "-".into());
        }
        let beside = middle(&self.beside);
        (
            format!("{beside:.2}"),
            format!("{:.1}", beside / self.median().max(0.01)),
        )
    }
}

fn middle(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// The lines of a cluster, in the order of events.
fn lines(cluster: &Cluster, beside: Option<&str>, trials: &[Trial]) -> Vec<Line> {
    let described = described(cluster, &Means::Apply);
    let of = |event: Event, name: &str| -> Vec<&Trial> {
        let own = |one: &&Trial| one.event == event && one.cluster == name;
        trials.iter().filter(own).collect()
    };
    let gaps = |of: &[&Trial]| {
        let mut gaps: Vec<f64> = of.iter().map(|one| one.gap).collect();
        gaps.sort_by(f64::total_cmp);
        gaps
    };
    let each = Event::ALL.into_iter().filter_map(|event| {
        let own = of(event, &described);
        (!own.is_empty()).then(|| Line {
            title: event.title(),
            gaps: gaps(&own),
            acknowledged: own.iter().map(|one| one.acknowledged).sum(),
            lost: own.iter().map(|one| one.lost).sum(),
            rest: topology::rest(cluster, event),
            beside: beside.map_or_else(Vec::new, |name| gaps(&of(event, name))),
        })
    });
    each.collect()
}

/// Whether all that is promised of the clusters was kept.
pub fn is_kept(clusters: &[Cluster], trials: &[Trial]) -> bool {
    let mut each = clusters.iter().flat_map(|one| lines(one, None, trials));
    each.all(|line| line.is_kept())
}

/// The table of each cluster, for a terminal of 80 columns.
pub fn table(clusters: &[Cluster], beside: Option<&str>, trials: &[Trial]) -> String {
    let mut text = String::new();
    for cluster in clusters {
        let lines = lines(cluster, beside, trials);
        if lines.is_empty() {
            continue;
        }
        let described = described(cluster, &Means::Apply);
        let _ = writeln!(
            text,
            "{described}\n{:<30}{:>3}{:>7}{:>7}{:>11}{:>8}{:>7}{:>5}",
            "seconds without a write",
            "n",
            "median",
            "worst",
            "promised",
            "beside",
            "times",
            "lost"
        );
        for line in lines {
            let (beside, times) = line.compared();
            let _ = writeln!(
                text,
                "{:<30}{:>3}{:>7.2}{:>7.2}{:>11}{beside:>8}{times:>7}{:>5}{}",
                line.title,
                line.gaps.len(),
                line.median(),
                line.worst(),
                line.promised(),
                line.lost,
                if line.is_kept() { "" } else { " !" }
            );
        }
        text.push('\n');
    }
    text
}

/// The same as Markdown, with every value.
pub fn markdown(clusters: &[Cluster], beside: Option<&str>, trials: &[Trial]) -> String {
    let mut text = String::new();
    for cluster in clusters {
        let lines = lines(cluster, beside, trials);
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "\n`{}`, PostgreSQL {}\n\n\
             | seconds without an acknowledged write | median | worst | promised | all values | plain Patroni: median | times as long | acknowledged | lost |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            described(cluster, &Means::Apply),
            cluster.spec.postgres.version
        );
        for line in lines {
            let all: Vec<String> = line.gaps.iter().map(|gap| format!("{gap:.2}")).collect();
            let mark = if line.is_kept() { "" } else { " **missed**" };
            let (beside, times) = line.compared();
            let _ = writeln!(
                text,
                "| {} | {:.2} | {:.2} | {}{mark} | {} | {beside} | {times} | {} | {} |",
                line.title,
                line.median(),
                line.worst(),
                line.promised(),
                all.join(" "),
                line.acknowledged,
                line.lost
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::trial::blank;
    use super::*;
    use crate::spec::Source;
    use crate::validate;

    #[test]
    fn the_middle_the_worst_and_what_is_missed_are_told() {
        let source = Source {
            name: "spec",
            text: "{name: shop, topology: patroni, patroni: {image: i}, durability: quorum, whenStandbysAreGone: block}",
            folder: None,
        };
        let clusters = validate::read(&source).unwrap();
        let trial = |gap: f64, lost: usize| Trial {
            gap,
            lost,
            ..blank(&clusters[0], &Means::Apply, Event::Switchover)
        };
        let other = Trial {
            cluster: "plain".into(),
            ..trial(2.0, 0)
        };
        let quick = [trial(0.5, 0), trial(0.9, 0), trial(0.4, 0), other];
        let text = table(&clusters, Some("plain"), &quick);
        assert!(
            text.contains("   0.50   0.90    0.6 / 1    2.00    4.0"),
            "{text}"
        );
        assert!(!text.contains('!') && is_kept(&clusters, &quick), "{text}");
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        for bad in [
            [trial(0.5, 0), trial(1.1, 0)],
            [trial(0.5, 0), trial(0.4, 1)],
        ] {
            assert!(!is_kept(&clusters, &bad));
            assert!(table(&clusters, None, &bad).contains('!'));
            assert!(markdown(&clusters, None, &bad).contains("missed"));
        }
    }
}
