//! What a spec adds to pods is in them: containers run, and pgherd's own container sees variables and folders.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::ListParams;

use crate::apply::Api;
use crate::fault::check::Verdict;
use crate::fault::scene::Scene;
use crate::names;
use crate::spec::Extra;

/// The members' pods, and the pooler's.
pub(super) async fn are_there(scene: &Scene<'_>) {
    let spec = &scene.cluster.spec;
    let pooler = scene.cluster.pgpool().map(|pooler| &pooler.extra);
    let members = format!("{}=true", names::MEMBER_LABEL);
    let poolers = format!("{}={}", names::COMPONENT_LABEL, names::PGPOOL);
    for (extra, whose, own, labels) in [
        (
            Some(&spec.extra),
            "members",
            names::POSTGRES_CONTAINER,
            members,
        ),
        (pooler, "poolers", names::PGPOOL, poolers),
    ] {
        let Some(extra) = extra.filter(|extra| !extra.is_empty()) else {
            continue;
        };
        let expected = "containers run, variables and folders are seen";
        let name = format!("what is added to the {whose}' pods");
        scene
            .check_in_kubernetes(name, expected, look(scene, extra, own, &labels))
            .await;
    }
}

async fn look(scene: &Scene<'_>, extra: &Extra, own: &str, labels: &str) -> Result<Verdict> {
    let api: Api<Pod> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let labels = format!(
        "{}={},{labels}",
        names::INSTANCE_LABEL,
        scene.cluster.name()
    );
    let pods = api.list(&ListParams::default().labels(&labels)).await;
    let pods = pods.context("listing pods")?.items;
    let mut problems = Vec::new();
    for pod in &pods {
        let name = pod.name_any();
        problems.extend(
            idle(pod, extra)
                .into_iter()
                .map(|one| format!("{name}: {one}")),
        );
        for (what, command) in commands(extra) {
            let command: Vec<&str> = command.iter().map(String::as_str).collect();
            if !scene.run_in(&name, own, &command).await?.success {
                problems.push(format!("{name}: {own} does not see {what}"));
            }
        }
    }
    if pods.is_empty() {
        problems.push(format!("no pods with {labels}"));
    }
    Ok(Verdict::from_problems(
        &problems,
        format!("all of it, in {} pods", pods.len()),
    ))
}

/// What succeeds in pgherd's own container where it sees an addition.
fn commands(extra: &Extra) -> Vec<(String, Vec<String>)> {
    let variables = extra.env.iter().map(|variable| &variable.name);
    let variables = variables.map(|name| (name.clone(), vec!["printenv".into(), name.clone()]));
    let folders = extra.volume_mounts.iter().map(|mount| &mount.mount_path);
    let folders = folders.map(|path| (path.clone(), vec!["ls".into(), path.clone()]));
    variables.chain(folders).collect()
}

/// Added containers of a pod that do not run, or have not run to their end.
fn idle(pod: &Pod, extra: &Extra) -> Vec<String> {
    let status = pod.status.clone().unwrap_or_default();
    let running = status.container_statuses.unwrap_or_default();
    let first = status.init_container_statuses.unwrap_or_default();
    let not_ready = extra.containers.iter().filter(|container| {
        !running
            .iter()
            .any(|status| status.name == container.name && status.ready)
    });
    let not_done = extra.init_containers.iter().filter(|container| {
        // An init container is ready when it has succeeded, a sidecar when it runs.
        !first
            .iter()
            .any(|status| status.name == container.name && status.ready)
    });
    not_ready
        .chain(not_done)
        .map(|container| format!("{} is not ready", container.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Container, ContainerStatus, PodStatus};

    use super::*;

    #[test]
    fn a_container_that_is_missing_or_not_ready_is_seen() {
        let container = |name: &str| Container {
            name: name.into(),
            ..Container::default()
        };
        let extra = Extra {
            containers: vec![container("beside")],
            init_containers: vec![container("first")],
            ..Extra::default()
        };
        let status = |name: &str, ready| ContainerStatus {
            name: name.into(),
            ready,
            ..ContainerStatus::default()
        };
        let pod = |beside, first| Pod {
            status: Some(PodStatus {
                container_statuses: Some(vec![status("postgres", true), status("beside", beside)]),
                init_container_statuses: Some(vec![status("first", first)]),
                ..PodStatus::default()
            }),
            ..Pod::default()
        };
        assert_eq!(idle(&pod(true, true), &extra), [""; 0]);
        assert_eq!(idle(&pod(false, true), &extra), ["beside is not ready"]);
        assert_eq!(idle(&pod(true, false), &extra), ["first is not ready"]);
        assert_eq!(idle(&Pod::default(), &extra).len(), 2);
    }
}
