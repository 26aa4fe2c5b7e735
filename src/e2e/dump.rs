//! Gathers what helps to understand a failure: pods, events, logs. It never fails: what cannot be read is said.

use std::path::Path;

use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};
use kube::api::{ListParams, LogParams};
use kube::{Client, ResourceExt};
use serde::Serialize;

use super::write;
use crate::apply::{Api, Progress, pod_text};
use crate::runtime::processes::Place;

/// Lines of each log where there is no folder for whole ones.
const TAIL: i64 = 20;

/// Writes pods, events and logs of a namespace into the report's folder, or their ends to stderr where there is none.
pub(super) async fn dump(
    client: &Client,
    namespace: &str,
    name: &str,
    folder: Option<&Path>,
    progress: &Progress,
) {
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let found = match pods.list(&ListParams::default()).await {
        Ok(found) => found.items,
        Err(error) => return progress.say("pods", &format!("cannot be listed: {error}")),
    };
    let Some(folder) = folder else {
        for pod in &found {
            progress.say("failed", &pod_text(client, namespace, pod).await);
        }
        for (file, log) in logs(&pods, &found, Some(TAIL)).await {
            progress.say(&file, &format!("\n{log}"));
        }
        return;
    };
    let folder = folder.join(name);
    let events = Api::<Event>::namespaced(client.clone(), namespace);
    let events = events
        .list(&ListParams::default())
        .await
        .map(|list| list.items);
    save(&folder, "pods.json", &text(&found), progress);
    save(
        &folder,
        "events.json",
        &text(&events.unwrap_or_default()),
        progress,
    );
    for (file, log) in logs(&pods, &found, None).await {
        save(&folder.join("logs"), &file, &log, progress);
    }
    progress.say("pods, events and logs", &format!("in {}", folder.display()));
}

/// Writes the logs of a place of processes into the report's folder, or their ends to stderr where there is none.
pub(super) fn of_processes(place: &Place, name: &str, folder: Option<&Path>, progress: &Progress) {
    let folder = folder.map(|folder| folder.join(name).join("logs"));
    for (file, log) in place.logs() {
        if let Some(folder) = &folder {
            save(folder, &file, &log, progress);
            continue;
        }
        let lines: Vec<&str> = log.lines().collect();
        let from = lines
            .len()
            .saturating_sub(usize::try_from(TAIL).unwrap_or(0));
        progress.say(&file, &format!("\n{}", lines[from..].join("\n")));
    }
    if let Some(folder) = folder {
        progress.say("logs", &format!("in {}", folder.display()));
    }
}

/// The log of every container, and that of its predecessor where there is one.
pub(super) async fn logs(
    pods: &Api<Pod>,
    found: &[Pod],
    tail_lines: Option<i64>,
) -> Vec<(String, String)> {
    let mut logs = Vec::new();
    for pod in found {
        let name = pod.name_any();
        for container in containers(pod) {
            let current = LogParams {
                container: Some(container.name.clone()),
                tail_lines,
                ..LogParams::default()
            };
            if has_predecessor(pod, &container.name) {
                let previous = LogParams {
                    previous: true,
                    ..current.clone()
                };
                let log = pods.streams().logs(&name, &previous).await;
                if log.is_ok() || still_has_predecessor(pods, &name, &container.name).await {
                    let file = format!("{name}-{}.previous.log", container.name);
                    logs.push((file, said(log)));
                }
            }
            let log = said(pods.streams().logs(&name, &current).await);
            logs.push((format!("{name}-{}.log", container.name), log));
        }
    }
    logs
}

fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.iter().flat_map(|status| {
        let init = status.init_container_statuses.iter().flatten();
        init.chain(status.container_statuses.iter().flatten())
    })
}

/// Whether the container before the one of this name is kept. The kubelet keeps one that has ended
/// (`--maximum-dead-containers-per-container`, <https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/>):
/// in the pod of a Job that failed once and then completed, the first is gone, though the count of restarts is one.
fn has_predecessor(pod: &Pod, container: &str) -> bool {
    let mut statuses = containers(pod).filter(|status| status.name == container);
    statuses.any(|status| {
        let last = status.last_state.as_ref();
        last.is_some_and(|state| state.terminated.is_some())
    })
}

/// The same, looked at again: a container may end, and its predecessor go, after the pods were listed.
async fn still_has_predecessor(pods: &Api<Pod>, pod: &str, container: &str) -> bool {
    match pods.get(pod).await {
        Ok(pod) => has_predecessor(&pod, container),
        Err(_) => true,
    }
}

fn said(log: kube::Result<String>) -> String {
    log.unwrap_or_else(|error| format!("no log: {error}\n"))
}

fn text(objects: &impl Serialize) -> String {
    match serde_json::to_value(objects) {
        Ok(value) => format!("{value:#}"),
        Err(error) => error.to_string(),
    }
}

fn save(folder: &Path, name: &str, text: &str, progress: &Progress) {
    if let Err(error) = write(folder, name, text) {
        progress.say("report", &format!("{error:#}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Statuses as a kubelet of Kubernetes 1.34 gave them.
    #[test]
    fn a_predecessor_is_told_from_the_last_state_and_not_from_the_count() {
        let pod = |last: serde_json::Value| -> Pod {
            let status = serde_json::json!({"name": "sync", "image": "postgres:17", "imageID": "", "ready": false,
                "restartCount": 1, "state": {"terminated": {"exitCode": 0}}, "lastState": last});
            let pod = serde_json::json!({"metadata": {"name": "shop-sync"}, "status": {"containerStatuses": [status]}});
            serde_json::from_value(pod).unwrap()
        };
        let completed = pod(serde_json::json!({}));
        assert!(!has_predecessor(&completed, "sync"));
        let crashed = pod(serde_json::json!({"terminated": {"exitCode": 1}}));
        assert!(has_predecessor(&crashed, "sync"));
        assert!(!has_predecessor(&crashed, "other"));
    }
}
