//! What the faults look at in members: their copies, their logs, what standbys are connected.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::check::Verdict;
use super::scene::{Member, Scene};
use crate::names;
use crate::runtime::Life;

/// Takes one of a member's volumes, so that a new member comes with an empty one; returns the life that ends.
pub(super) async fn delete_volume(scene: &Scene<'_>, volume: &str, pod: &str) -> Result<Life> {
    let within = scene.limits.ready_again;
    scene.runtime().lose_volume(pod, volume, within).await
}

/// Waits until a member is ready that is another than this life.
pub(super) async fn ready_again(scene: &Scene<'_>, pod: &str, old: &Life) -> Result<()> {
    let within = scene.limits.ready_again;
    scene.runtime().ready_again(pod, old, within).await
}

/// Waits until a life of a member's has ended.
pub(super) async fn gone(scene: &Scene<'_>, pod: &str, life: &Life) -> Result<()> {
    scene.runtime().gone(pod, life, scene.limits.gone).await
}

/// By what a member's volume of data is told from another.
pub(super) async fn data_volume(scene: &Scene<'_>, pod: &str) -> Result<String> {
    scene.runtime().volume(pod, names::DATA_VOLUME).await
}

/// How often each member was restarted, and since when each standby is connected.
pub(super) async fn standing(scene: &Scene<'_>) -> Result<Vec<String>> {
    let mut state = Vec::new();
    for member in every(scene) {
        let count = scene.runtime().server(&member.pod).await?.restarts;
        state.push(format!("{}: {count} restarts", member.pod));
    }
    let question = "select application_name || ' connected at ' || backend_start from pg_stat_replication order by 1";
    let connected = scene.ask(&scene.primary, question).await?;
    state.extend(connected.lines().map(str::to_owned));
    Ok(state)
}

/// Whether a member's server, which runs or has ended, said such words; what follows them in their line.
pub(super) async fn said(scene: &Scene<'_>, pod: &str, words: &str) -> Result<Verdict> {
    let runtime = scene.runtime();
    let mut last = None;
    for log in [runtime.log(pod).await, runtime.previous_log(pod).await] {
        // One that does not run yet has no log, and the error says that.
        let text = log.unwrap_or_else(|error| format!("{error:#}"));
        if let Some((_, rest)) = text.lines().find_map(|line| line.split_once(words)) {
            return Ok(Verdict::passed(format!("{words}{rest}")));
        }
        last = last.or_else(|| text.lines().last().map(str::to_owned));
    }
    let last = last.unwrap_or_else(|| "nothing".into());
    Ok(Verdict::failed(format!(
        "{pod} does not say {words:?}, but: {last}"
    )))
}

/// Runs a script in a member's server container; fails with what it said on stderr.
pub(super) async fn shell(
    scene: &Scene<'_>,
    pod: &str,
    script: &str,
    arguments: &[&str],
) -> Result<String> {
    let mut command = vec!["bash", "-c", script, "script"];
    command.extend(arguments);
    let output = scene
        .run_in(pod, names::POSTGRES_CONTAINER, &command)
        .await?;
    ensure!(
        output.success,
        "in pod {pod}: {}{}",
        output.stdout,
        output.stderr.trim()
    );
    Ok(output.stdout)
}

/// What a member's data directory says of its origin, by pod.
pub(super) type Markers = BTreeMap<String, String>;

/// The markers of all members: who made the data directory, of which system, and when.
pub(super) async fn markers(scene: &Scene<'_>) -> Result<Markers> {
    let mut markers = Markers::new();
    for pod in every(scene).map(|member| &member.pod) {
        markers.insert(pod.clone(), marker(scene, pod).await?);
    }
    Ok(markers)
}

/// The marker of one member.
pub(super) async fn marker(scene: &Scene<'_>, pod: &str) -> Result<String> {
    shell(scene, pod, "cat \"$PGDATA/pgherd.complete\"", &[]).await
}

/// The primary, then the standbys.
pub(crate) fn every<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Member> {
    std::iter::once(&scene.primary).chain(&scene.standbys)
}

/// Names the members whose data directories are not those of before: made anew, or gone.
pub(super) fn made_anew(before: &Markers, after: &Markers) -> Vec<String> {
    before
        .iter()
        .filter(|(pod, marker)| after.get(*pod) != Some(*marker))
        .map(|(pod, _)| format!("the data of {pod} is not what it was"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_with_other_data_or_none_is_named() {
        let shot = |text: &str| Markers::from([("s-0".to_owned(), text.to_owned())]);
        assert!(made_anew(&shot("a"), &shot("a")).is_empty());
        assert_eq!(made_anew(&shot("a"), &shot("b")).len(), 1);
        assert_eq!(made_anew(&shot("a"), &Markers::new()).len(), 1);
    }
}
