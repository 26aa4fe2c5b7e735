//! How far pods are, in few words, and why they are not further.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, Event, Pod};
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use kube::api::{ListParams, LogParams};

use super::Place;
use crate::apply::Error;
use crate::names;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::{self, Listed, Stage};

/// A container that failed and has run for less than this since is expected to fail again.
const STEADY_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// Lines of the log among which the last words are.
const LOG_LINES: i64 = 5;

/// How long a kubelet may take to tell that a container has ended.
const ENDED_WITHIN: Duration = Duration::from_secs(3);

impl Place {
    /// Every pod of a cluster.
    pub(in crate::runtime) async fn listed(&self, cluster: &str) -> Result<Vec<Listed>, Error> {
        let selector = format!("{}={cluster}", names::INSTANCE_LABEL);
        let params = ListParams::default().labels(&selector);
        let listed = self.api::<Pod>().list(&params).await;
        let doing = format!("listing the pods of namespace {}", self.namespace);
        let listed = listed.map_err(Error::request(doing))?;
        Ok(listed.items.iter().map(facts).collect())
    }

    /// What is known of a pod, with its last warning and the last words of what ended, where it is not ready.
    pub(in crate::runtime) async fn explained(&self, listed: &Listed) -> runtime::Pod {
        let mut pod = listed.pod.clone();
        if let Stage::Crashing {
            container,
            runs_again,
            last_words,
            ..
        } = &mut pod.stage
        {
            // The API has the log of the one before only where another one runs since.
            let log = LogParams {
                container: Some(container.clone()),
                previous: *runs_again,
                tail_lines: Some(LOG_LINES),
                ..LogParams::default()
            };
            *last_words = self.last_words(&listed.name, &log).await;
        }
        pod.warning = match pod.stage {
            Stage::Ready | Stage::Ending | Stage::Ended(_) => None,
            Stage::Unscheduled(_)
            | Stage::Waiting(_)
            | Stage::Crashing { .. }
            | Stage::NotReady => self.last_warning(&listed.name).await,
        };
        pod
    }

    /// Whether the container of a pod that could not be asked is told to have ended, within a moment.
    pub(in crate::runtime) async fn ends(&self, listed: &Listed) -> bool {
        let deadline = Instant::now() + ENDED_WITHIN;
        // Looked for, not watched: who may look at a cluster need not have the right to watch.
        while Instant::now() < deadline {
            let now = self.api::<Pod>().get(&listed.name).await;
            if now.is_ok_and(|now| now.uid() == listed.id && !server_runs(&now)) {
                return true;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        false
    }

    /// Whether there is surely no such pod.
    pub(in crate::runtime) async fn is_gone(&self, pod: &str) -> bool {
        let found = self.api::<Pod>().get_metadata_opt(pod).await;
        found.is_ok_and(|found| found.is_none())
    }

    /// The last line of a log.
    async fn last_words(&self, pod: &str, log: &LogParams) -> Option<String> {
        let log = self.api::<Pod>().streams().logs(pod, log).await.ok()?;
        let last = log.lines().rfind(|line| !line.trim().is_empty())?;
        Some(last.trim().into())
    }

    /// The last warning about a pod.
    async fn last_warning(&self, pod: &str) -> Option<String> {
        let about = format!("involvedObject.name={pod},involvedObject.kind=Pod,type=Warning");
        let params = ListParams::default().fields(&about);
        let found = self.api::<Event>().list(&params).await.ok()?;
        let number = |event: &Event| {
            event
                .metadata
                .resource_version
                .as_ref()?
                .parse::<u64>()
                .ok()
        };
        let last = found.items.iter().max_by_key(|event| number(event))?;
        let message = last.message.as_deref()?.trim();
        let reason = last.reason.as_deref().unwrap_or("a warning");
        Some(format!("{reason}: {}", message.replace('\n', " ")))
    }
}

/// What the list of pods tells of one.
fn facts(pod: &Pod) -> Listed {
    let labels = pod.labels();
    Listed {
        name: pod.name_any(),
        component: labels.get(names::COMPONENT_LABEL).cloned(),
        is_member: labels.contains_key(names::MEMBER_LABEL),
        server_runs: server_runs(pod),
        id: pod.uid(),
        pod: runtime::Pod {
            stage: stage(pod, Timestamp::now()),
            restarts: containers(pod)
                .map(|container| container.restart_count)
                .sum(),
            warning: None,
        },
    }
}

/// How far a pod is. The last words of one that crashes are still to be read.
fn stage(pod: &Pod, now: Timestamp) -> Stage {
    let status = pod.status.as_ref();
    let phase = status.and_then(|status| status.phase.as_deref());
    if pod.metadata.deletion_timestamp.is_some() {
        return Stage::Ending;
    }
    if let Some("Failed" | "Succeeded") = phase {
        let reason = status.and_then(|status| status.message.clone());
        return Stage::Ended(reason.unwrap_or_else(|| phase.unwrap_or_default().into()));
    }
    if condition(pod, "Ready") == Some(("True", "")) {
        return Stage::Ready;
    }
    if let Some(("False", message)) = condition(pod, "PodScheduled") {
        return Stage::Unscheduled(message.into());
    }
    let crashing = containers(pod).find_map(|container| {
        let end = recent_end(container, now)?;
        Some(Stage::Crashing {
            container: container.name.clone(),
            end: end_text(end, container.restart_count),
            runs_again: is_running(container),
            last_words: None,
        })
    });
    let waiting = || containers(pod).find_map(waiting);
    crashing
        .or_else(waiting)
        .unwrap_or(match containers(pod).next() {
            Some(_) => Stage::NotReady,
            None => Stage::Waiting("no container was made yet".into()),
        })
}

/// A condition's status, and its message where it is not "True".
fn condition<'a>(pod: &'a Pod, kind: &str) -> Option<(&'a str, &'a str)> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let found = conditions.iter().find(|found| found.type_ == kind)?;
    let message = match found.status.as_str() {
        "True" => "",
        _ => found.message.as_deref().unwrap_or_default(),
    };
    Some((found.status.as_str(), message))
}

fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.iter().flat_map(|status| {
        let first = status.init_container_statuses.iter().flatten();
        first.chain(status.container_statuses.iter().flatten())
    })
}

/// Whether the server's container of a pod runs, so that a command can be run in it.
fn server_runs(pod: &Pod) -> bool {
    containers(pod)
        .any(|container| container.name == names::POSTGRES_CONTAINER && is_running(container))
}

fn is_running(container: &ContainerStatus) -> bool {
    let state = container.state.as_ref();
    state.is_some_and(|state| state.running.is_some())
}

/// How a container ended that failed, unless it has run well since.
fn recent_end(container: &ContainerStatus, now: Timestamp) -> Option<&ContainerStateTerminated> {
    let state = container.state.as_ref()?;
    let before = || container.last_state.as_ref()?.terminated.as_ref();
    let end = state.terminated.as_ref().or_else(before)?;
    let steady = state.running.as_ref().is_some_and(|running| {
        let since = running.started_at.as_ref();
        since.is_some_and(|since| now.duration_since(since.0) > STEADY_AFTER)
    });
    let failed = end.exit_code != 0 && (container.restart_count > 0 || state.running.is_none());
    (failed && !container.ready && !steady).then_some(end)
}

fn end_text(end: &ContainerStateTerminated, restarts: i32) -> String {
    let reason = end.reason.as_deref().filter(|reason| *reason != "Error");
    let reason = reason
        .map(|reason| format!(", {reason}"))
        .unwrap_or_default();
    let code = end.exit_code;
    format!("ended with code {code}{reason}; started again {restarts} times")
}

fn waiting(container: &ContainerStatus) -> Option<Stage> {
    let waiting = container.state.as_ref()?.waiting.as_ref()?;
    let reason = waiting.reason.as_deref().unwrap_or("no reason given");
    let message = waiting.message.as_deref();
    let message = message.map(|text| format!(": {text}")).unwrap_or_default();
    Some(Stage::Waiting(format!(
        "container {} waits, {reason}{message}",
        container.name
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn stage_of(status: &Value) -> Stage {
        let pod = json!({"metadata": {"name": "s-0"}, "status": status});
        let pod = serde_json::from_value(pod).expect("a pod");
        stage(&pod, "2026-01-01T01:00:00Z".parse().expect("a time"))
    }

    fn with_container(container: &Value) -> Stage {
        let mut whole = json!({
            "name": "postgres", "ready": false, "restartCount": 2, "image": "", "imageID": "",
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
        });
        let all = whole.as_object_mut().expect("an object");
        all.extend(container.as_object().expect("an object").clone());
        let ready = json!([{"type": "Ready", "status": "False"}]);
        stage_of(&json!({"phase": "Running", "conditions": ready, "containerStatuses": [whole]}))
    }

    #[test]
    fn one_that_failed_a_moment_ago_crashes_also_while_it_runs() {
        let waits = json!({"state": {"waiting": {"reason": "CrashLoopBackOff"}}});
        assert!(matches!(
            with_container(&waits),
            Stage::Crashing {
                runs_again: false,
                ..
            }
        ));
        let running = |since: &str| json!({"state": {"running": {"startedAt": since}}});
        assert!(matches!(
            with_container(&running("2026-01-01T00:58:00Z")),
            Stage::Crashing {
                runs_again: true,
                ..
            }
        ));
        assert_eq!(
            with_container(&running("2026-01-01T00:30:00Z")),
            Stage::NotReady
        );
    }

    #[test]
    fn what_a_container_waits_for_is_told() {
        let image = json!({"waiting": {"reason": "ErrImagePull", "message": "no such image"}});
        let stage = with_container(&json!({"state": image, "restartCount": 0, "lastState": {}}));
        assert_eq!(
            stage,
            Stage::Waiting("container postgres waits, ErrImagePull: no such image".into())
        );
    }

    #[test]
    fn the_schedulers_words_are_kept() {
        let conditions = json!([{"type": "PodScheduled", "status": "False", "message": "no node"}]);
        assert_eq!(
            stage_of(&json!({"phase": "Pending", "conditions": conditions})),
            Stage::Unscheduled("no node".into())
        );
        let ready = json!([{"type": "Ready", "status": "True"}]);
        assert_eq!(stage_of(&json!({"conditions": ready})), Stage::Ready);
    }
}
