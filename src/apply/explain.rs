//! Gathers why a workload is not ready: pods, container states, events, last log lines. Changes nothing.
//!
//! It runs when something is wrong already: what cannot be read is said in its place and does not end the report.

use std::fmt::Write;

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Event, Pod};
use kube::api::{ListParams, LogParams};
use kube::{Client, ResourceExt};

use super::Api;
use crate::k8s::{Object, metav1::LabelSelector};

const EVENTS: usize = 8;
const LOG_LINES: i64 = 15;

/// Why a workload is not ready, in several lines.
pub async fn explain(client: &Client, object: &Object, namespace: &str) -> String {
    let mut text = format!("{}/{} is not ready", object.kind(), object.name());
    append(
        &mut text,
        &events_text(client, namespace, object.name()).await,
    );
    let Some(selector) = pod_selector(object) else {
        return text;
    };
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    match pods.list(&ListParams::default().labels(&selector)).await {
        Ok(found) if found.items.is_empty() => text.push_str("\n  there are no pods"),
        Ok(found) => {
            for pod in found.items.iter().filter(|pod| !is_ready(pod)) {
                append(&mut text, &pod_text(client, namespace, pod).await);
            }
        }
        Err(error) => append(&mut text, &format!("the pods cannot be listed: {error}")),
    }
    text
}

/// What is to be said of a pod that is not ready: phase, container states, events, last log lines.
pub async fn pod_text(client: &Client, namespace: &str, pod: &Pod) -> String {
    let name = pod.name_any();
    let status = pod.status.as_ref();
    let phase = status
        .and_then(|status| status.phase.as_deref())
        .unwrap_or("without a phase");
    let mut text = format!("pod {name}: {phase}");
    for condition in status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten())
    {
        if let (false, Some(message)) = (condition.status == "True", &condition.message) {
            append(&mut text, &format!("{}: {message}", condition.type_));
        }
    }
    append(&mut text, &events_text(client, namespace, &name).await);
    for container in containers(pod) {
        append(&mut text, &container_text(container));
        if !container.ready || container.restart_count > 0 {
            append(
                &mut text,
                &last_lines(client, namespace, &name, container).await,
            );
        }
    }
    text
}

/// The last events about an object, by its name; empty where there are none.
pub async fn events_text(client: &Client, namespace: &str, name: &str) -> String {
    let events: Api<Event> = Api::namespaced(client.clone(), namespace);
    let about = ListParams::default().fields(&format!("involvedObject.name={name}"));
    let mut found = match events.list(&about).await {
        Ok(found) => found.items,
        Err(error) => return format!("the events cannot be listed: {error}"),
    };
    found.sort_by_key(|event| {
        event
            .metadata
            .resource_version
            .as_deref()
            .and_then(|text| text.parse::<u64>().ok())
    });
    let lines: Vec<String> = found
        .iter()
        .rev()
        .take(EVENTS)
        .rev()
        .map(event_line)
        .collect();
    lines.join("\n")
}

fn event_line(event: &Event) -> String {
    let times = event
        .count
        .filter(|count| *count > 1)
        .map(|count| format!(" ({count} times)"))
        .unwrap_or_default();
    let reason = event.reason.as_deref().unwrap_or("without a reason");
    format!(
        "event {reason}{times}: {}",
        event.message.as_deref().unwrap_or_default().trim_end()
    )
}

fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.iter().flat_map(|status| {
        let first = status.init_container_statuses.iter().flatten();
        first.chain(status.container_statuses.iter().flatten())
    })
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    conditions
        .into_iter()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn container_text(container: &ContainerStatus) -> String {
    let mut text = format!(
        "container {}: {}",
        container.name,
        state_text(container.state.as_ref())
    );
    if container.restart_count > 0 {
        // Writing to a String does not fail.
        let _ = write!(text, ", {} restarts", container.restart_count);
    }
    if let Some(last) = &container.last_state
        && last.terminated.is_some()
    {
        let _ = write!(text, ", before that {}", state_text(Some(last)));
    }
    text
}

fn state_text(state: Option<&ContainerState>) -> String {
    let Some(state) = state else {
        return "not started".into();
    };
    if let Some(waiting) = &state.waiting {
        let reason = waiting.reason.as_deref().unwrap_or("without a reason");
        let message = waiting
            .message
            .as_deref()
            .map(|text| format!(" ({text})"))
            .unwrap_or_default();
        return format!("waiting, {reason}{message}");
    }
    if let Some(end) = &state.terminated {
        let reason = end.reason.as_deref().unwrap_or("without a reason");
        let message = end
            .message
            .as_deref()
            .map(|text| format!(" ({})", text.trim_end()))
            .unwrap_or_default();
        return format!("ended with code {}, {reason}{message}", end.exit_code);
    }
    "running".into()
}

async fn last_lines(
    client: &Client,
    namespace: &str,
    pod: &str,
    container: &ContainerStatus,
) -> String {
    let waits_to_start_again = container
        .state
        .as_ref()
        .is_some_and(|state| state.waiting.is_some());
    let previous = waits_to_start_again && container.restart_count > 0;
    let params = LogParams {
        container: Some(container.name.clone()),
        tail_lines: Some(LOG_LINES),
        previous,
        ..LogParams::default()
    };
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    match pods.streams().logs(pod, &params).await {
        Ok(log) => log
            .lines()
            .map(|line| format!("| {line}"))
            .collect::<Vec<_>>()
            .join("\n"),
        // A container that never started has no log; its state says why.
        Err(_) => String::new(),
    }
}

fn pod_selector(object: &Object) -> Option<String> {
    let labels = |selector: &LabelSelector| {
        let labels = selector.match_labels.iter().flatten();
        labels
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    match object {
        Object::StatefulSet(set) => set.spec.as_ref().map(|spec| labels(&spec.selector)),
        Object::Deployment(deployment) => {
            deployment.spec.as_ref().map(|spec| labels(&spec.selector))
        }
        Object::Job(_) => Some(format!("batch.kubernetes.io/job-name={}", object.name())),
        Object::ServiceAccount(_)
        | Object::Role(_)
        | Object::RoleBinding(_)
        | Object::Secret(_)
        | Object::Certificate(_)
        | Object::ConfigMap(_)
        | Object::Service(_)
        | Object::NetworkPolicy(_)
        | Object::PodDisruptionBudget(_)
        | Object::PodMonitor(_)
        | Object::PrometheusRule(_) => None,
    }
}

/// Adds lines, indented below what is there.
fn append(text: &mut String, lines: &str) {
    for line in lines.lines() {
        text.push_str("\n  ");
        text.push_str(line);
    }
}
