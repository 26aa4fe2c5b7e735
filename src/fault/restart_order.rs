//! A setting that standbys track of their primary is raised and lowered again, as `pgherd apply` does it: members restart in
//! the order in which no standby stops replaying.

use std::collections::BTreeSet;
use std::pin::pin;

use anyhow::{Context, Result};

use super::check::{Outcome, Verdict, fault};
use super::members::every;
use super::promise::{Tracked, out_of_order};
use super::scene::Scene;
use super::{ledger, shown_elsewhere};
use crate::cluster::Cluster;
use crate::pause::BETWEEN_LOOKS;
use crate::spec::Parameter;
use crate::topology;

/// The setting.
const SETTING: &str = "max_connections";
/// By how much it is raised.
const MORE: i64 = 10;
/// What a standby says of itself while it runs.
const REPLAY: &str = "select pg_get_wal_replay_pause_state()";
/// What a standby's log says that has less than its primary.
const TOO_LITTLE: &str = "insufficient parameter settings";

/// Raises and lowers.
pub(crate) async fn of_apply(scene: &Scene<'_>) -> Outcome {
    let check = fault(
        format!("apply: raise {SETTING}, and lower it again"),
        "raised: every standby restarts before the primary; lowered: the primary first; one at a time, none paused",
    );
    let reason = shown_elsewhere(scene).or(scene.site.without_kubernetes());
    scene.make_unless(reason, check, look(scene)).await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let now = scene
        .ask(&scene.primary, &format!("show {SETTING}"))
        .await?;
    let now: i64 = now.parse().with_context(|| format!("a number: {now}"))?;
    let mut raised = scene.cluster.clone();
    let parameters = &mut raised.spec.postgres.parameters;
    parameters.insert(SETTING.into(), Parameter::Whole(now + MORE));
    let up = change(scene, &raised).await;
    // However it went, the cluster is as its spec says when the next thing breaks.
    let down = change(scene, scene.cluster).await;
    let (up, down) = (up?, down?);
    let mut problems: Vec<String> = (up.troubles.iter().chain(&down.troubles))
        .cloned()
        .collect();
    for (tracked, seen) in [(Tracked::Raised, &up), (Tracked::Lowered, &down)] {
        let restart = topology::layout(scene.cluster).restart;
        let wrong = out_of_order(restart, tracked, &seen.primary, &seen.standbys);
        problems.extend(wrong.map(str::to_owned));
    }
    problems.extend(ledger::missing(scene).await?);
    let seen = format!(
        "raised to {}: {}; lowered: {}",
        now + MORE,
        words(up.primary, &up.standbys),
        words(down.primary, &down.standbys)
    );
    Ok(Verdict::from_problems(&problems, seen))
}

/// When members started, in seconds since 1970, and what was wrong with standbys meanwhile.
struct Change {
    primary: i64,
    standbys: Vec<i64>,
    troubles: BTreeSet<String>,
}

/// Applies a cluster, and looks at the standbys until that is done.
async fn change(scene: &Scene<'_>, cluster: &Cluster) -> Result<Change> {
    let mut applying = pin!(scene.installer.apply_in_order(cluster));
    let mut troubles = BTreeSet::new();
    loop {
        tokio::select! {
            applied = &mut applying => break applied?,
            seen = trouble(scene) => troubles.extend(seen),
        }
    }
    let mut standbys = Vec::new();
    for standby in &scene.standbys {
        standbys.push(started(scene, &standby.pod).await?);
        let words = scene.runtime().log(&standby.pod).await?;
        if words.contains(TOO_LITTLE) {
            troubles.insert(format!("{}: {TOO_LITTLE}", standby.pod));
        }
    }
    for member in every(scene) {
        if scene.runtime().server(&member.pod).await?.restarts > 0 {
            troubles.insert(format!("{}: its new container ended", member.pod));
        }
    }
    Ok(Change {
        primary: started(scene, &scene.primary.pod).await?,
        standbys,
        troubles,
    })
}

/// Standbys that do not replay, and more than the one that restarts.
async fn trouble(scene: &Scene<'_>) -> Vec<String> {
    tokio::time::sleep(BETWEEN_LOOKS).await;
    let mut silent = Vec::new();
    let mut troubles = Vec::new();
    for standby in &scene.standbys {
        match scene.ask(standby, REPLAY).await {
            Ok(state) if state == "not paused" => {}
            Ok(state) => troubles.push(format!("{}: replay is {state}", standby.pod)),
            Err(_) => silent.push(standby.pod.as_str()),
        }
    }
    if silent.len() > 1 {
        troubles.push(format!("down at once: {}", silent.join(", ")));
    }
    troubles
}

/// When a member's server started, in seconds since 1970.
async fn started(scene: &Scene<'_>, pod: &str) -> Result<i64> {
    let server = scene.runtime().server(pod).await?;
    server
        .since
        .with_context(|| format!("pod {pod} does not run"))
}

/// By how many seconds standbys started later than the primary.
fn words(primary: i64, standbys: &[i64]) -> String {
    let later = |standby: &i64| (standby - primary).to_string();
    let later: Vec<String> = standbys.iter().map(later).collect();
    format!("standbys {} s after the primary", later.join(" and "))
}
