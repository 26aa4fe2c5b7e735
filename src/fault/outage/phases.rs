//! Where the time of an outage went: what the API told, what the server that leads tells of its standbys, what clients saw.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::super::scene::{Member, Scene};
use super::happen::Happened;
use crate::runtime::{Seen, Told};

/// A moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// What came then.
    pub name: String,
    /// How many seconds after it happened.
    pub after: f64,
}

/// The moments of an outage, in their order.
pub(super) async fn phases(
    scene: &Scene<'_>,
    happened: &Happened,
    seen: &[Seen],
    rest: (f64, f64),
) -> Result<Vec<Phase>> {
    let service = scene.around.renamed(&scene.write_service());
    let mut phases = told(seen, happened.at, &happened.leader, &service);
    let mut moment = |name: &str, at: f64| {
        phases.push(Phase {
            name: name.into(),
            after: ((at - happened.at) * 1000.0).round() / 1000.0,
        });
    };
    moment("last write", rest.0);
    moment("next write", rest.1);
    let sql = "select min(extract(epoch from backend_start)) from pg_stat_replication";
    let streams = scene.ask(&scene.primary, sql).await?;
    if let Some(at) = streams.parse().ok().filter(|at| *at > happened.at) {
        moment("a standby streams", at);
    }
    phases.sort_by(|one, other| one.after.total_cmp(&other.after));
    Ok(phases)
}

/// What the API told.
fn told(seen: &[Seen], at: f64, leader: &Member, writing: &str) -> Vec<Phase> {
    let first = |name: &str, is: &dyn Fn(&Told) -> bool| {
        let found = seen.iter().find(|one| one.at > at && is(&one.told));
        found.map(|one| Phase {
            name: name.into(),
            after: ((one.at - at) * 1000.0).round() / 1000.0,
        })
    };
    let all = [
        first(
            "nobody has the key",
            &|told| matches!(told, Told::Key(word) if word.is_empty()),
        ),
        first(
            "another has the key",
            &|told| matches!(told, Told::Key(word) if !word.is_empty() && *word != leader.pod),
        ),
        first(
            "clients are led there",
            &|told| matches!(told, Told::Led { service, to } if service == writing && !to.is_empty() && !to.contains(&leader.address)),
        ),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_behind_counts_and_only_what_is_new() {
        let seen = |at: f64, told: Told| Seen { at, told };
        let led = |service: &str, to: &[&str]| Told::Led {
            service: service.into(),
            to: to.iter().map(|&one| one.to_owned()).collect(),
        };
        let seen = [
            seen(1.0, Told::Key(String::new())),
            seen(10.0, Told::Key("a".into())),
            seen(10.5, Told::Key(String::new())),
            seen(10.6, led("w", &["10.0.0.1"])),
            seen(10.65, led("r", &["10.0.0.3"])),
            seen(10.7, Told::Key("b".into())),
            seen(10.75, led("w", &[])),
            seen(10.8, led("w", &["10.0.0.2"])),
        ];
        let leader = Member {
            pod: "a".into(),
            address: "10.0.0.1".into(),
        };
        let found = told(&seen, 10.2, &leader, "w");
        let found: Vec<_> = (found.iter())
            .map(|one| (one.name.as_str(), one.after))
            .collect();
        let expected = [
            ("nobody has the key", 0.3),
            ("another has the key", 0.5),
            ("clients are led there", 0.6),
        ];
        assert_eq!(found, expected);
    }
}
