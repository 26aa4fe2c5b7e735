//! Gathers what helps to understand a failure: pods, events, logs. It never fails: what cannot be read is said.

use std::path::Path;

use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{ListParams, LogParams};
use kube::{Api, Client, ResourceExt};
use serde::Serialize;

use super::write;
use crate::apply::{Progress, pod_text};

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

/// The log of every container, and that of its predecessor where it was restarted.
pub(super) async fn logs(
    pods: &Api<Pod>,
    found: &[Pod],
    tail_lines: Option<i64>,
) -> Vec<(String, String)> {
    let mut logs = Vec::new();
    for pod in found {
        let name = pod.name_any();
        let status = pod.status.iter();
        let containers = status.flat_map(|status| {
            status
                .init_container_statuses
                .iter()
                .flatten()
                .chain(status.container_statuses.iter().flatten())
        });
        for container in containers {
            for (previous, suffix) in [(true, ".previous"), (false, "")] {
                if previous && container.restart_count == 0 {
                    continue;
                }
                let container_name = Some(container.name.clone());
                let params = LogParams {
                    container: container_name,
                    previous,
                    tail_lines,
                    ..LogParams::default()
                };
                let log = pods
                    .logs(&name, &params)
                    .await
                    .unwrap_or_else(|error| format!("no log: {error}\n"));
                logs.push((format!("{name}-{}{suffix}.log", container.name), log));
            }
        }
    }
    logs
}

fn text(objects: &impl Serialize) -> String {
    serde_json::to_string_pretty(objects).unwrap_or_else(|error| error.to_string())
}

fn save(folder: &Path, name: &str, text: &str, progress: &Progress) {
    if let Err(error) = write(folder, name, text) {
        progress.say("report", &format!("{error:#}"));
    }
}
