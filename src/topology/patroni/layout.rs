//! Where the members of a cluster with Patroni are, and where it is written who leads.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cluster::{
    Cluster, Failover, Layout, LeaderRecord, MemberSet, Purpose, RecordPart, Restart, Route,
    Services,
};
use crate::spec::{ExposeTarget, ExposeType};

/// As many members as a spec may have: a certificate is good for those that are added later, too.
const MOST_MEMBERS: u8 = 12;
/// Component of the members.
const MEMBER: &str = "member";
/// Label by which Patroni finds the pods of its cluster: its value is the scope.
pub(super) const SCOPE_LABEL: &str = "pgherd/scope";
/// Label that Patroni puts on pods: what the member is now.
pub(super) const ROLE_LABEL: &str = "pgherd/role";
/// Label that the agent puts on the pods of members that readers are led to, and takes away a while after a member has begun to lead:
/// kube-proxy lets a second pass between two changes, and the one that has to be first is that of the Service for writing.
const READS_LABEL: &str = "pgherd/reads";
/// Its value on the member that leads.
pub(super) const LEADS: &str = "primary";
/// Its value on the others.
pub(super) const FOLLOWS: &str = "standby";

/// What Patroni calls the cluster, and how its own ConfigMaps are named: `<scope>-leader` and others. Not the cluster's name
/// alone, which the ConfigMap with the servers' configuration begins with.
pub(super) fn scope(cluster: &Cluster) -> String {
    cluster.named("patroni")
}

/// The layout of a cluster with Patroni.
pub(in crate::topology) fn layout(cluster: &Cluster) -> Layout {
    let set = set(cluster);
    let first = format!("{}-0", set.name);
    Layout {
        services: Services {
            write: cluster.named(LEADS),
            read: cluster.named(FOLLOWS),
            members: cluster.members_service(),
            named_pods: (0..MOST_MEMBERS)
                .map(|ordinal| format!("{}-{ordinal}", set.name))
                .collect(),
        },
        leader: LeaderRecord {
            config_map: format!("{}-leader", scope(cluster)),
            key: "leader",
            part: RecordPart::Annotations,
            by_spec: first.clone(),
            by_default: first,
            prefix: String::new(),
        },
        sets: vec![set],
        records: Some(format!("{SCOPE_LABEL}={}", scope(cluster))),
        restart: Restart::PodByPod,
        failover: Failover::Automatic(failover(cluster)),
    }
}

/// The members' StatefulSet, which is called as the cluster.
pub(super) fn set(cluster: &Cluster) -> MemberSet {
    MemberSet {
        name: cluster.name().into(),
        component: MEMBER.into(),
        replicas: cluster.spec.members,
    }
}

/// Within which time another member leads where the leader falls silent: its key runs out, the others see that at their next
/// look, and one of them is promoted.
fn failover(cluster: &Cluster) -> Duration {
    let seconds = cluster.spec.patroni.timing.seconds();
    Duration::from_secs(u64::from(seconds.ttl + seconds.loop_wait + 2))
}

/// The spec does not say who leads.
pub(in crate::topology) fn led_by(cluster: &Cluster, _leader: &str) -> Cluster {
    cluster.clone()
}

/// The Services that follow who leads. Those for writing find no pod by labels: the members keep their endpoints.
pub(in crate::topology) fn routes(cluster: &Cluster, _leader: &str) -> Vec<Route> {
    let reading = |service| Route {
        service,
        purpose: Purpose::Reading,
        selector: following(cluster),
    };
    let writing = |service| Route {
        service,
        purpose: Purpose::Writing,
        selector: BTreeMap::new(),
    };
    let expose = &cluster.spec.expose;
    let external = (expose.kind != ExposeType::None).then(|| cluster.external_service());
    let external = external.and_then(|service| match expose.to {
        ExposeTarget::Primary => Some(writing(service)),
        ExposeTarget::Standbys => Some(reading(service)),
        ExposeTarget::Pooler => None,
    });
    let mut routes = vec![
        writing(cluster.named(LEADS)),
        reading(cluster.named(FOLLOWS)),
    ];
    routes.extend(external);
    routes
}

/// Labels of the pods for reading.
pub(super) fn following(cluster: &Cluster) -> BTreeMap<String, String> {
    with(cluster, READS_LABEL, "true")
}

/// Labels of the pod that leads, as Patroni puts them.
pub(super) fn leading(cluster: &Cluster) -> BTreeMap<String, String> {
    with(cluster, ROLE_LABEL, LEADS)
}

fn with(cluster: &Cluster, label: &str, value: &str) -> BTreeMap<String, String> {
    let mut labels = cluster.member_selector();
    labels.insert(label.into(), value.into());
    labels
}

/// Labels of every member's pod besides those of any object.
pub(super) fn pod_labels(cluster: &Cluster) -> BTreeMap<String, String> {
    let mut labels = cluster.member_selector();
    labels.insert(SCOPE_LABEL.into(), scope(cluster));
    labels
}

/// The container port of Patroni's REST API.
pub(super) const API_PORT: i32 = 8008;
/// Its name.
pub(super) const API_PORT_NAME: &str = "patroni";
