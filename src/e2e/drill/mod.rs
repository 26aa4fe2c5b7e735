//! Makes events happen to a cluster and keeps for how long clients could not write: each once for a cluster, which is formed anew for
//! every trial. Judges by what the topology promises.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;

use super::{Means, locked};
use crate::cluster::{Cluster, Event};
use crate::fault::check::{Check, Company, Outcome, Verdict, Wanted, fault, look};
use crate::fault::outage::{self, Outage};
use crate::fault::scene::Scene;
use crate::topology;

mod table;
mod trial;

pub use table::{is_kept, markdown, table};
pub use trial::{Trial, read};

/// What is made to happen, and where it is kept what came of it.
#[derive(Clone, Debug, Default)]
pub struct Drill {
    /// What happens, in this order.
    pub events: Vec<Event>,
    /// The file of results, which is extended.
    pub results: Option<PathBuf>,
    trials: Arc<Mutex<Vec<Trial>>>,
}

impl Drill {
    /// A drill of these events.
    pub fn new(events: Vec<Event>, results: Option<PathBuf>) -> Drill {
        Drill {
            events,
            results,
            trials: Arc::default(),
        }
    }

    /// What came of it so far.
    pub fn trials(&self) -> Vec<Trial> {
        locked(&self.trials).clone()
    }

    fn keep(&self, trial: Trial) -> Result<()> {
        if let Some(file) = &self.results {
            trial::add(file, &trial)?;
        }
        locked(&self.trials).push(trial);
        Ok(())
    }

    /// Keeps how long a cluster took to be formed.
    pub(super) fn formed(&self, cluster: &Cluster, means: &Means, took: Duration) -> Result<()> {
        if !self.events.contains(&Event::Formed) {
            return Ok(());
        }
        let mut trial = trial::blank(cluster, means, Event::Formed);
        trial.gap = took.as_secs_f64();
        self.keep(trial)
    }
}

/// Makes the events of a drill happen.
pub(super) async fn run(scene: &mut Scene<'_>, drill: &Drill) {
    for event in drill.events.iter().filter(|one| **one != Event::Formed) {
        let rest = topology::rest(scene.cluster, *event);
        // Nobody promises anything of somebody else's objects.
        let is_own = scene.installer.means().image_folder().is_none();
        let within = rest.filter(|_| is_own).map(|rest| rest.worst);
        if one(scene, *event, within, Some(drill)).await.is_none() {
            return left(scene).await;
        }
    }
}

/// Makes every event happen once, with the time that members may take at the worst, however busy the machine is.
pub(super) async fn each(scene: &mut Scene<'_>) {
    let layout = topology::layout(scene.cluster);
    let promises = scene.promises();
    for event in Event::ALL.into_iter().filter(|one| *one != Event::Formed) {
        let rest = topology::rest(scene.cluster, event);
        let within = rest.map(|rest| match layout.failover {
            crate::cluster::Failover::Automatic(within) => rest.worst.max(within),
            crate::cluster::Failover::Manual => promises.handed_over,
        });
        if one(scene, event, within, None).await.is_none() {
            return left(scene).await;
        }
    }
}

async fn left(scene: &Scene<'_>) {
    let check = Check {
        wanted: Wanted::Always,
        ..look("the remaining events", "tried")
    };
    scene.skip(check, "the one before did not heal").await;
}

/// None where it has not healed: what would happen next would show something else.
async fn one(
    scene: &mut Scene<'_>,
    event: Event,
    within: Option<Duration>,
    drill: Option<&Drill>,
) -> Option<()> {
    let expected = match within {
        Some(within) => format!(
            "writes again within {} s, no acknowledged row lost, every member follows",
            within.as_secs_f64()
        ),
        None => "no acknowledged row lost, every member follows".into(),
    };
    let check = Check {
        company: Company::Alone,
        ..fault(event.title(), expected)
    };
    if scene.recorder.is_rehearsal() {
        scene.skip(check, "").await;
        return Some(());
    }
    match outage::reason_against(scene, event).await {
        Ok(None) => {}
        Ok(Some(why)) => {
            scene.skip(check, &why).await;
            return Some(());
        }
        Err(error) => {
            let failed = async { Err::<Verdict, _>(error) };
            scene.make(check, failed).await;
            return None;
        }
    }
    // Whoever records has the scene, too: it is given back when all has been looked at.
    let recorder = scene.recorder;
    let phase = scene.phase;
    let has_healed = Cell::new(false);
    let looked = async {
        match outage::measure(scene, event).await {
            Ok(outage) => {
                has_healed.set(outage.problems.is_empty());
                let kept = drill.map_or(Ok(()), |drill| {
                    let means = scene.installer.means();
                    drill.keep(trial::trial(scene.cluster, means, event, &outage))
                });
                match kept {
                    Ok(()) => judged(&outage, within),
                    Err(error) => Verdict::failed(format!("the file of results: {error:#}")),
                }
            }
            Err(error) => Verdict::failed(format!("{error:#}")),
        }
    };
    // One that is not asked for is not made, and keeps nobody.
    let outcome = recorder.record(phase, check, Box::pin(looked)).await;
    (outcome != Outcome::Failed || has_healed.get()).then_some(())
}

/// What is wrong with an outage, and what was seen.
fn judged(outage: &Outage, within: Option<Duration>) -> Verdict {
    let mut problems = outage.problems.clone();
    if outage.lost > 0 {
        problems.push(format!("{} acknowledged rows are lost", outage.lost));
    }
    if within.is_some_and(|within| outage.gap > within.as_secs_f64()) {
        problems.push("no write was acknowledged for too long".into());
    }
    let phases: Vec<String> = (outage.phases.iter())
        .map(|phase| format!("{} {:+.2}", phase.name, phase.after))
        .collect();
    let (from, to) = &outage.moved;
    let seen = format!(
        "{:.2} s without a write, {} acknowledged; from {from} to {to}: {}",
        outage.gap,
        outage.acknowledged,
        phases.join(", ")
    );
    Verdict::from_problems(&problems, seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_row_and_a_long_rest_are_seen() {
        let outage = |gap: f64, lost: usize| Outage {
            gap,
            acknowledged: 100,
            lost,
            phases: Vec::new(),
            moved: ("a".into(), "b".into()),
            problems: Vec::new(),
        };
        let within = Some(Duration::from_secs(1));
        assert_eq!(judged(&outage(0.9, 0), within).outcome, Outcome::Passed);
        assert_eq!(judged(&outage(1.1, 0), within).outcome, Outcome::Failed);
        assert_eq!(judged(&outage(0.9, 1), within).outcome, Outcome::Failed);
        assert_eq!(judged(&outage(9.0, 0), None).outcome, Outcome::Passed);
    }
}
