//! The members: those of the spec, and pods that the spec does not know.

use futures::future::join_all;

use super::server;
use crate::cluster::Cluster;
use crate::runtime::{Listed, Runtime};
use crate::status::facts::{Answer, Member, Role, Workload};
use crate::topology;

/// The one that leads, those that follow, then those that are not in the spec; and what could not be seen.
pub(super) async fn members(
    runtime: &Runtime,
    cluster: &Cluster,
    leader: &str,
    pods: &[Listed],
) -> (Vec<Member>, Vec<String>) {
    let wanted = topology::layout(cluster).sets;
    let (sets, unseen) = runtime.workloads(&wanted).await;
    let looked = roles(cluster, leader, pods)
        .into_iter()
        .map(|(name, role)| member(runtime, named(pods, &name), name, role, &sets));
    (join_all(looked).await, unseen)
}

/// A pod by its name.
fn named<'a>(pods: &'a [Listed], name: &str) -> Option<&'a Listed> {
    pods.iter().find(|pod| pod.name == name)
}

/// Every member by its pod's name.
fn roles(cluster: &Cluster, leader: &str, pods: &[Listed]) -> Vec<(String, Role)> {
    let known = topology::layout(cluster).pods();
    let mut members = vec![(leader.to_owned(), Role::Leads)];
    let others = known.iter().filter(|name| *name != leader);
    members.extend(others.map(|name| (name.clone(), Role::Follows)));
    let strangers = pods
        .iter()
        .filter(|pod| pod.is_member)
        .map(|pod| pod.name.clone())
        .filter(|name| name != leader && !known.contains(name));
    members.extend(strangers.map(|name| (name, Role::Unexpected)));
    members
}

async fn member(
    runtime: &Runtime,
    pod: Option<&Listed>,
    name: String,
    role: Role,
    sets: &[Workload],
) -> Member {
    let set = name.rsplit_once('-').map_or("", |(set, _)| set);
    let found = sets.iter().find(|found| found.name == set);
    let workload = found.cloned().unwrap_or(Workload {
        name: set.into(),
        wanted: 0,
        replicas: None,
    });
    let mut member = Member {
        name,
        role,
        workload,
        pod: None,
        answer: Answer::NotRunning,
        disk: None,
        certificate: None,
        has_data: None,
        has_metrics_password: None,
    };
    if let Some(pod) = pod {
        let (facts, seen) = tokio::join!(runtime.explained(pod), server::ask(runtime, pod));
        member.pod = Some(facts);
        member.answer = seen.answer;
        member.disk = seen.disk;
        member.certificate = seen.certificate;
        member.has_data = seen.has_data;
        member.has_metrics_password = seen.has_metrics_password;
    }
    member
}
