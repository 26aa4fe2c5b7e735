//! Waits until what the spec says of commits is what the primary does: its pod learns of a change a while after it was applied.

use std::time::{Duration, Instant};

use super::{TELL_AGAIN, ask};
use crate::apply::{Error, Line, Progress};
use crate::cluster::Cluster;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::Runtime;
use crate::topology;

/// How long a change may take from a ConfigMap into a pod, and from there into the server: two minutes by the kubelet alone.
/// <https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically>
const WITHIN: Duration = Duration::from_secs(150);

/// Waits until commits on the primary wait for what the spec says. That it cannot be asked, as without the right to run a command
/// in a pod, is told and no reason to fail.
///
/// # Errors
/// When it does something else all the while, with what was seen last.
pub(super) async fn until_in_force(
    runtime: &Runtime,
    cluster: &Cluster,
    progress: &Progress,
) -> Result<(), Error> {
    let (name, durability) = (cluster.name(), cluster.spec.durability);
    let leader = topology::layout(cluster).leader.by_spec;
    let deadline = Instant::now() + WITHIN;
    let mut tell = Instant::now();
    let mut waits: Option<Line<'_>> = None;
    loop {
        let names = match ask(runtime, cluster, "show synchronous_standby_names").await {
            Ok(names) => names,
            Err(error) => {
                let words = format!("cannot see whether commits wait as the spec says ({error:#})");
                progress.say(name, &words);
                return Ok(());
            }
        };
        if durability.is_in_force(&names) {
            if let Some(line) = waits {
                line.finish(&format!("commits are {} on {leader}", durability.word()));
            }
            return Ok(());
        }
        let line = waits.get_or_insert_with(|| progress.line(name));
        let seen = format!("{leader} has synchronous_standby_names = '{names}'");
        line.update(&format!(
            "waiting until commits are {}: {seen}",
            durability.word()
        ));
        if Instant::now() > deadline {
            let doing = format!(
                "everything is applied, and commits do not wait as durability: {} says after {} s; `pgherd status` says more",
                durability.word(),
                WITHIN.as_secs()
            );
            return Err(Error::Broken {
                doing,
                reason: seen,
            });
        }
        if tell <= Instant::now() {
            // Without the right to change pods it comes later by itself.
            let _ = runtime.refresh(name).await;
            tell = Instant::now() + TELL_AGAIN;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
