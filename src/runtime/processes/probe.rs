//! A pod's probes at their periods, with the kubelet's rules: none but the startup probe counts until that has succeeded.
//! <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/>

use std::time::Duration;

use super::child;
use super::keeper::Keeper;
use crate::k8s::corev1::{Container, Probe};

/// Probes a run for as long as it lives. Returns why it has to be killed, where a probe says so.
pub(super) async fn look(keeper: &Keeper) -> String {
    let state = keeper.state();
    let container = state.blueprint.container().cloned().unwrap_or_default();
    let Container {
        startup_probe,
        liveness_probe,
        readiness_probe,
        ..
    } = container;
    if let Some(probe) = &startup_probe
        && !succeeds(keeper, probe).await
    {
        return "the startup probe failed".into();
    }
    tokio::select! {
        () = dies(keeper, liveness_probe.as_ref()) => "the liveness probe failed".into(),
        () = follow_readiness(keeper, readiness_probe.as_ref()) => "its state cannot be kept".into(),
    }
}

/// Waits until a probe succeeds once; false where it has failed too often.
async fn succeeds(keeper: &Keeper, probe: &Probe) -> bool {
    for _ in 0..threshold(probe) {
        if once(keeper, probe).await {
            return true;
        }
        tokio::time::sleep(period(probe)).await;
    }
    false
}

/// Waits until a probe has failed too often in a row.
async fn dies(keeper: &Keeper, probe: Option<&Probe>) {
    let Some(probe) = probe else {
        return std::future::pending().await;
    };
    let mut failures = 0;
    while failures < threshold(probe) {
        tokio::time::sleep(period(probe)).await;
        failures = if once(keeper, probe).await {
            0
        } else {
            failures + 1
        };
    }
}

/// How often a pod that is not ready is looked at, where its period is longer. A kubelet, too, looks more often then, so that it
/// is ready sooner: `periodSeconds` at
/// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#how-probes-work>.
const NOT_READY_PERIOD: Duration = Duration::from_millis(500);

/// Has a pod be ready as its probe says. Returns only where that cannot be noted.
async fn follow_readiness(keeper: &Keeper, probe: Option<&Probe>) {
    let Some(probe) = probe else {
        let _ = keeper.note(|state| state.is_ready = true);
        return std::future::pending().await;
    };
    let mut failures = 0;
    loop {
        let is_ready = keeper.state().is_ready;
        if once(keeper, probe).await {
            failures = 0;
            if !is_ready && keeper.note(|state| state.is_ready = true).is_err() {
                return;
            }
        } else {
            failures += 1;
            let has_failed = failures >= threshold(probe);
            if is_ready && has_failed && keeper.note(|state| state.is_ready = false).is_err() {
                return;
            }
        }
        let pause = if keeper.state().is_ready {
            period(probe)
        } else {
            period(probe).min(NOT_READY_PERIOD)
        };
        tokio::time::sleep(pause).await;
    }
}

/// One look, within its time.
async fn once(keeper: &Keeper, probe: &Probe) -> bool {
    let action = probe.exec.as_ref();
    let words = action.and_then(|action| action.command.clone());
    let words = words.unwrap_or_default();
    let within = seconds(probe.timeout_seconds.unwrap_or(1));
    let state = keeper.state();
    let succeeds = child::succeeds(&keeper.folder, &keeper.settings, &state, &words);
    tokio::time::timeout(within, succeeds).await == Ok(true)
}

fn period(probe: &Probe) -> Duration {
    seconds(probe.period_seconds.unwrap_or(10))
}

fn threshold(probe: &Probe) -> i32 {
    probe.failure_threshold.unwrap_or(3)
}

fn seconds(count: i32) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(1))
}
