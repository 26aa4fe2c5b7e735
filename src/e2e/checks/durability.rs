//! Commits wait for the standbys that the spec says, by their names.

use anyhow::Result;

use crate::fault::check::Verdict;
use crate::fault::scene::{Scene, until};
use crate::spec::Durability;
use crate::topology;

/// What the primary says of itself and of each standby.
const QUESTION: &str = "select coalesce(string_agg(application_name || ' ' || sync_state, ', ' order by application_name), '') \
                        from pg_stat_replication";

/// Whether each standby has the part that the spec gives it.
pub(super) async fn holds(scene: &Scene<'_>) {
    let durability = scene.cluster.spec.durability;
    let pods: Vec<&str> = scene.standbys.iter().map(|one| one.pod.as_str()).collect();
    let is_elected = topology::layout(scene.cluster).is_elected();
    let expected = if is_elected && durability == Durability::Sync {
        one_of(&pods)
    } else {
        vec![states(durability, &pods)]
    };
    // A standby that has just connected is judged once it streams.
    let look = until(scene.limits.members_known, || look(scene, &expected));
    scene
        .check("what a commit waits for", expected.join("; or "), look)
        .await;
}

async fn look(scene: &Scene<'_>, expected: &[String]) -> Result<Verdict> {
    let seen = scene.ask(&scene.primary, QUESTION).await?;
    Ok(if expected.contains(&seen) {
        Verdict::passed(seen)
    } else {
        Verdict::failed(seen)
    })
}

/// The same where members name one standby by themselves, whichever it is.
fn one_of(pods: &[&str]) -> Vec<String> {
    let named = |one: &&str| {
        let state = |pod: &&str| format!("{pod} {}", if pod == one { "sync" } else { "async" });
        pods.iter().map(state).collect::<Vec<_>>().join(", ")
    };
    pods.iter().map(named).collect()
}

/// What `sync_state` is of each standby, in the order of their names, which is the order in which they are waited for.
fn states(durability: Durability, pods: &[&str]) -> String {
    let state = |position: usize| match durability {
        Durability::Async => "async",
        Durability::Quorum => "quorum",
        Durability::Sync if position == 0 => "sync",
        Durability::Sync => "potential",
    };
    let states = pods.iter().enumerate();
    let states: Vec<String> = states
        .map(|(position, pod)| format!("{pod} {}", state(position)))
        .collect();
    states.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_waited_for_or_any() {
        let pods = ["s-0", "s-1"];
        assert_eq!(states(Durability::Sync, &pods), "s-0 sync, s-1 potential");
        assert_eq!(states(Durability::Quorum, &pods), "s-0 quorum, s-1 quorum");
        assert_eq!(states(Durability::Async, &pods), "s-0 async, s-1 async");
        let either = ["s-0 sync, s-1 async", "s-0 async, s-1 sync"];
        assert_eq!(one_of(&pods), either);
    }
}
