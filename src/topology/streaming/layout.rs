//! Where the members of a streaming cluster are, and where Services lead by who leads. The only place in Rust that counts
//! members out; its twins are names.sh and the chart's named templates.

use std::collections::BTreeMap;

use crate::cluster::{
    Cluster, Failover, Layout, LeaderRecord, MemberSet, Purpose, RecordPart, Restart, Route,
    Services,
};
use crate::spec::{ExposeTarget, ExposeType, Spec};
use crate::{formula, names};

/// The layout of a streaming cluster.
pub(in crate::topology) fn layout(cluster: &Cluster) -> Layout {
    let [primary, standby] = sets(&cluster.spec);
    Layout {
        services: Services {
            write: primary.name.clone(),
            read: standby.name.clone(),
            members: cluster.members_service(),
            named_pods: Vec::new(),
        },
        sets: vec![primary, standby],
        leader: LeaderRecord {
            config_map: facts_map(cluster),
            key: names::PRIMARY_FACT,
            part: RecordPart::Data,
            by_spec: leader(&cluster.spec),
            by_default: first_pod(&cluster.spec),
            prefix: cluster.named(""),
        },
        records: None,
        restart: Restart::SetBySet,
        failover: Failover::Manual,
    }
}

/// The two StatefulSets: one with the first primary, one with the other members. Each is called as its Service.
pub(super) fn sets(spec: &Spec) -> [MemberSet; 2] {
    let set = |role: &str, replicas| MemberSet {
        name: format!("{}-{role}", spec.name),
        component: role.into(),
        replicas,
    };
    [
        set(&spec.roles.primary, 1),
        set(&spec.roles.standby, spec.members - 1),
    ]
}

/// The pod of the primary's StatefulSet, which leads unless the spec names another.
pub(super) fn first_pod(spec: &Spec) -> String {
    format!("{}-0", sets(spec)[0].name)
}

/// The pod that leads by the spec.
pub(super) fn leader(spec: &Spec) -> String {
    spec.primary.clone().unwrap_or_else(|| first_pod(spec))
}

/// The cluster as its spec has it once this pod leads.
pub(in crate::topology) fn led_by(cluster: &Cluster, leader: &str) -> Cluster {
    let mut led = cluster.clone();
    led.spec.primary = Some(leader.to_owned());
    led
}

/// The ConfigMap with who leads and how many members there are.
pub(super) fn facts_map(cluster: &Cluster) -> String {
    cluster.named("cluster")
}

/// The Services that follow the lead, as they are when `leader` leads.
pub(in crate::topology) fn routes(cluster: &Cluster, leader: &str) -> Vec<Route> {
    let [primary, standby] = sets(&cluster.spec);
    let writing = |service| Route {
        service,
        purpose: Purpose::Writing,
        selector: leading(cluster, leader),
    };
    let reading = |service| Route {
        service,
        purpose: if has_moved(&cluster.spec, leader) {
            Purpose::ReadingAll
        } else {
            Purpose::Reading
        },
        selector: following(cluster, leader),
    };
    let expose = &cluster.spec.expose;
    let external = (expose.kind != ExposeType::None).then(|| cluster.external_service());
    let external = external.and_then(|service| match expose.to {
        ExposeTarget::Primary => Some(writing(service)),
        ExposeTarget::Standbys => Some(reading(service)),
        ExposeTarget::Pooler => None,
    });
    let mut routes = vec![writing(primary.name), reading(standby.name)];
    routes.extend(external);
    routes
}

/// Labels by which the pod that leads is found. Not by its name, which kustomize changes.
pub(super) fn leading(cluster: &Cluster, leader: &str) -> BTreeMap<String, String> {
    let roles = &cluster.spec.roles;
    if !has_moved(&cluster.spec, leader) {
        return cluster.selector(&roles.primary);
    }
    let mut labels = cluster.selector(&roles.standby);
    labels.insert(names::POD_INDEX_LABEL.into(), formula::ordinal(leader));
    labels
}

/// Labels by which the pods for reading are found. While a member of the standbys' StatefulSet leads, no label tells
/// it from the others, so that all members answer reads, and it is one of them.
pub(super) fn following(cluster: &Cluster, leader: &str) -> BTreeMap<String, String> {
    if has_moved(&cluster.spec, leader) {
        cluster.member_selector()
    } else {
        cluster.selector(&cluster.spec.roles.standby)
    }
}

/// Whether a member of the standbys' StatefulSet leads.
fn has_moved(spec: &Spec, leader: &str) -> bool {
    leader != first_pod(spec)
}
