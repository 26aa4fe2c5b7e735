//! Waits until members that keep their shared settings in a record have there what the spec says: their pods learn of a change a while
//! after it was applied.

use std::time::{Duration, Instant};

use super::TELL_AGAIN;
use crate::apply::{Error, Line, Progress};
use crate::cluster::Cluster;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::Runtime;
use crate::topology;

/// How long a change may take from a ConfigMap into a pod, and from there into the record: two minutes by the kubelet alone.
/// <https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically>
const WITHIN: Duration = Duration::from_secs(150);

/// Waits until the members' own record of their settings says what the spec says. A cluster whose members keep none waits for nothing;
/// that the record may not be read is told and no reason to fail.
///
/// # Errors
/// When it says something else all the while, with what was seen last.
pub(super) async fn until_recorded(
    runtime: &Runtime,
    cluster: &Cluster,
    progress: &Progress,
) -> Result<(), Error> {
    let Some(settings) = topology::recorded_settings(cluster) else {
        return Ok(());
    };
    let name = cluster.name();
    let deadline = Instant::now() + WITHIN;
    let mut tell = Instant::now();
    let mut waits: Option<Line<'_>> = None;
    loop {
        let unlike = match runtime.recorded(&settings.record).await {
            Ok(recorded) => settings.unlike(&recorded.word),
            Err(error) => {
                let words = format!("cannot see whether its settings are in force ({error:#})");
                progress.say(name, &words);
                return Ok(());
            }
        };
        if unlike.is_empty() {
            if let Some(line) = waits {
                line.finish("its settings are in force");
            }
            return Ok(());
        }
        let seen = format!("the members have {}", unlike.join(", "));
        let line = waits.get_or_insert_with(|| progress.line(name));
        line.update(&format!("waiting until its settings are in force: {seen}"));
        if Instant::now() > deadline {
            let doing = format!(
                "everything is applied, and the members' own settings are not as the spec says after {} s; `pgherd status` says more",
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
