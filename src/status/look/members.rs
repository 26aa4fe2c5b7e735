//! The members: those of the spec, and pods that the spec does not know.

use std::collections::BTreeMap;

use futures::future::join_all;
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, ResourceExt};

use super::{Place, denied, named, pods, server};
use crate::cluster::Cluster;
use crate::status::facts::{Answer, Member, Role, Workload};
use crate::{names, topology};

/// The one that leads, those that follow, then those that are not in the spec; and what could not be seen.
pub(super) async fn members(
    place: &Place<'_>,
    cluster: &Cluster,
    leader: &str,
    pods: &[Pod],
) -> (Vec<Member>, Vec<String>) {
    let (sets, unseen) = workloads(place, cluster).await;
    let looked = roles(cluster, leader, pods)
        .into_iter()
        .map(|(name, role)| member(place, named(pods, &name), name, role, &sets));
    (join_all(looked).await, unseen)
}

/// Every member by its pod's name.
fn roles(cluster: &Cluster, leader: &str, pods: &[Pod]) -> Vec<(String, Role)> {
    let known = topology::layout(cluster).pods();
    let mut members = vec![(leader.to_owned(), Role::Leads)];
    let others = known.iter().filter(|name| *name != leader);
    members.extend(others.map(|name| (name.clone(), Role::Follows)));
    let strangers = pods
        .iter()
        .filter(|pod| pod.labels().contains_key(names::MEMBER_LABEL))
        .map(ResourceExt::name_any)
        .filter(|name| name != leader && !known.contains(name));
    members.extend(strangers.map(|name| (name, Role::Unexpected)));
    members
}

/// The StatefulSets by their names.
async fn workloads(
    place: &Place<'_>,
    cluster: &Cluster,
) -> (BTreeMap<String, Workload>, Vec<String>) {
    let api: Api<StatefulSet> = place.api();
    let mut sets = BTreeMap::new();
    let mut unseen = Vec::new();
    for set in topology::layout(cluster).sets {
        let name = set.name;
        let found = api.get_opt(&name).await;
        let live = found.unwrap_or_else(|error| {
            unseen.push(denied("StatefulSets")(error));
            None
        });
        let replicas = live.and_then(|live| live.spec?.replicas);
        let workload = Workload {
            name: name.clone(),
            wanted: set.replicas.into(),
            replicas,
        };
        sets.insert(name, workload);
    }
    unseen.dedup();
    (sets, unseen)
}

async fn member(
    place: &Place<'_>,
    pod: Option<&Pod>,
    name: String,
    role: Role,
    sets: &BTreeMap<String, Workload>,
) -> Member {
    let set = name.rsplit_once('-').map_or("", |(set, _)| set);
    let workload = sets.get(set).cloned().unwrap_or(Workload {
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
        let (facts, seen) = tokio::join!(pods::facts(place, pod), server::ask(place, pod));
        member.pod = Some(facts);
        member.answer = seen.answer;
        member.disk = seen.disk;
        member.certificate = seen.certificate;
        member.has_data = seen.has_data;
        member.has_metrics_password = seen.has_metrics_password;
    }
    member
}
