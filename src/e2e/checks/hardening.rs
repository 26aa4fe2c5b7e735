//! Pod Security `restricted` is enforced and everything runs under it; no container can write to its image; data
//! directories are their owner's alone.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, SecurityContext};
use kube::ResourceExt;
use kube::api::{ListParams, PostParams};

use crate::apply::Api;
use crate::fault::check::Verdict;
use crate::fault::scene::{Member, Scene};
use crate::k8s::metav1::ObjectMeta;
use crate::names;

/// Every check of this file.
pub(super) async fn holds(scene: &Scene<'_>) {
    let enforced = async {
        let refused = privileged_pod(scene).await?;
        Ok::<_, anyhow::Error>(judge_refusal(refused))
    };
    scene
        .check_in_kubernetes(
            "Pod Security restricted is enforced here",
            "a privileged pod is refused",
            enforced,
        )
        .await;
    scene
        .check_in_kubernetes(
            "no container can write to its image",
            "readOnlyRootFilesystem, and a write to / is refused",
            read_only(scene),
        )
        .await;
    let user = scene.user();
    for member in std::iter::once(&scene.primary).chain(&scene.standbys) {
        let look = async {
            let seen = in_member(scene, member, "stat -c '%a %u' \"$PGDATA\"").await?;
            Ok::<_, anyhow::Error>(judge_directory(&seen, user))
        };
        scene
            .check(
                format!("{}: data directory", member.pod),
                format!("700 {user}"),
                look,
            )
            .await;
    }
}

/// Asks for a pod that `restricted` forbids, without making it.
async fn privileged_pod(scene: &Scene<'_>) -> Result<Result<(), kube::Error>> {
    let privileged = SecurityContext {
        privileged: Some(true),
        ..SecurityContext::default()
    };
    let container = Container {
        name: "forbidden".into(),
        image: Some(scene.cluster.server_image()),
        security_context: Some(privileged),
        ..Container::default()
    };
    let pod = Pod {
        metadata: ObjectMeta {
            name: Some("e2e-forbidden".into()),
            ..ObjectMeta::default()
        },
        spec: Some(PodSpec {
            containers: vec![container],
            ..PodSpec::default()
        }),
        ..Pod::default()
    };
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let pods: Api<Pod> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    Ok(pods.create(&dry_run, &pod).await.map(drop))
}

fn judge_refusal(answer: Result<(), kube::Error>) -> Verdict {
    match answer {
        Ok(()) => Verdict::failed("the pod would be made"),
        Err(kube::Error::Api(status)) if status.message.contains("restricted") => {
            Verdict::passed("refused as violating restricted")
        }
        Err(error) => Verdict::failed(format!("refused, but not for its security: {error}")),
    }
}

/// What the API says of every container, and what a write to the image's folder says in those that run.
async fn read_only(scene: &Scene<'_>) -> Result<Verdict> {
    let pods: Api<Pod> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let ours = format!("{}={}", names::INSTANCE_LABEL, scene.cluster.name());
    let found = pods.list(&ListParams::default().labels(&ours)).await;
    let added = added(scene);
    let (mut problems, mut tried, mut count) = (Vec::new(), 0, 0);
    for pod in found.context("listing pods")? {
        let (name, running) = (pod.name_any(), runs(&pod));
        let spec = pod.spec.unwrap_or_default();
        for container in spec
            .init_containers
            .iter()
            .flatten()
            .chain(&spec.containers)
        {
            count += 1;
            if !declared_read_only(container) && !added.contains(&container.name) {
                problems.push(format!("{name}: {} may write", container.name));
            }
        }
        let ours = |container: &&Container| running && !added.contains(&container.name);
        for container in spec.containers.iter().filter(ours) {
            tried += 1;
            let command = ["sh", "-c", ": >/e2e-probe"];
            let wrote = scene.run_in(&name, &container.name, &command).await?;
            if wrote.success || !wrote.stderr.contains("Read-only file system") {
                problems.push(format!(
                    "{name}: a write to / said: {}",
                    wrote.stderr.trim()
                ));
            }
        }
    }
    if tried == 0 {
        problems.push("no container runs".into());
    }
    Ok(Verdict::from_problems(
        &problems,
        format!("{count} containers, tried in {tried} that run"),
    ))
}

/// The containers that the spec adds: what they may write to is their owner's business.
fn added(scene: &Scene<'_>) -> BTreeSet<String> {
    let spec = &scene.cluster.spec;
    let added = [&spec.extra, &spec.pooler.extra];
    let containers = added
        .into_iter()
        .flat_map(|extra| extra.containers.iter().chain(&extra.init_containers));
    containers.map(|container| container.name.clone()).collect()
}

fn runs(pod: &Pod) -> bool {
    pod.status
        .as_ref()
        .and_then(|status| status.phase.as_deref())
        == Some("Running")
}

fn declared_read_only(container: &Container) -> bool {
    let context = container.security_context.as_ref();
    context.and_then(|context| context.read_only_root_filesystem) == Some(true)
}

async fn in_member(scene: &Scene<'_>, member: &Member, script: &str) -> Result<String> {
    let command = ["sh", "-c", script];
    let output = scene
        .run_in(&member.pod, names::POSTGRES_CONTAINER, &command)
        .await?;
    Ok(format!("{}{}", output.stdout, output.stderr).trim().into())
}

fn judge_directory(seen: &str, user: i64) -> Verdict {
    if seen == format!("700 {user}") {
        Verdict::passed(seen)
    } else if seen.is_empty() {
        Verdict::failed("the pod does not answer")
    } else {
        Verdict::failed(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    #[test]
    fn an_accepted_pod_a_writable_image_and_an_open_directory_are_seen() {
        assert_eq!(judge_refusal(Ok(())).outcome, Outcome::Failed);
        let mut container = Container::default();
        assert!(!declared_read_only(&container));
        container.security_context = Some(SecurityContext {
            read_only_root_filesystem: Some(false),
            ..SecurityContext::default()
        });
        assert!(!declared_read_only(&container));
        assert_eq!(judge_directory("700 999", 999).outcome, Outcome::Passed);
        assert_eq!(judge_directory("2770 999", 999).outcome, Outcome::Failed);
        assert_eq!(judge_directory("700 0", 999).outcome, Outcome::Failed);
    }
}
