//! Where a cluster's members, its Services and the record of its leader are: plain data that a topology says of itself
//! (`topology::layout`) and that everyone else asks. Knows no topology and reads no spec.

use std::collections::BTreeMap;
use std::time::Duration;

/// How a cluster is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The StatefulSets of the members, in the order in which members are shown.
    pub sets: Vec<MemberSet>,
    /// The Services that lead to members.
    pub services: Services,
    /// Where it is written who leads.
    pub leader: LeaderRecord,
    /// The labels of ConfigMaps that the members keep by themselves, as a selector: they know of data, and go with it.
    pub records: Option<String>,
    /// In which order members restart.
    pub restart: Restart,
    /// Who moves the lead after the leader is lost.
    pub failover: Failover,
}

/// A StatefulSet of members: its pods are `<name>-<ordinal>`, their claims `<volume>-<name>-<ordinal>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSet {
    /// Its name.
    pub name: String,
    /// The value of the component label of its pods.
    pub component: String,
    /// How many members it has.
    pub replicas: u8,
}

/// The Services that lead to members, by what they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// For writing: leads to the member that leads.
    pub write: String,
    /// For reading.
    pub read: String,
    /// The headless one, which gives every member its DNS name.
    pub members: String,
    /// Pods that a certificate names one by one, those of members to come among them: where somebody other than libpq goes to
    /// members by name, who wants two labels behind a wildcard at least.
    pub named_pods: Vec<String>,
}

/// A Service that leads elsewhere when the lead moves, and the labels of the pods that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Name of the Service.
    pub service: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Its selector.
    pub selector: BTreeMap<String, String>,
}

/// Whom a Service leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The member that leads.
    Writing,
    /// The members that follow.
    Reading,
    /// All members: no label tells the one that leads from the others.
    ReadingAll,
}

/// The key of a ConfigMap that says which member leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaderRecord {
    /// Name of the ConfigMap.
    pub config_map: String,
    /// The key.
    pub key: &'static str,
    /// Whether it is one of its data or of its annotations.
    pub part: RecordPart,
    /// The pod that leads as far as the spec says.
    pub by_spec: String,
    /// The pod that leads where the spec names none.
    pub by_default: String,
    /// What stands before a member in a pod's name, and not in the record: kustomize changes it.
    pub prefix: String,
}

/// The part of a ConfigMap that a record is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordPart {
    /// Its data.
    Data,
    /// Its annotations.
    Annotations,
}

/// In which order members restart when their configuration changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// A whole StatefulSet at a time; that of the member that leads last, unless a setting is lowered.
    SetBySet,
    /// One pod after the other, as their StatefulSet has it: the members see to the rest.
    PodByPod,
}

/// Who moves the lead after the leader is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failover {
    /// Nobody but the user: `pgherd promote`.
    Manual,
    /// The members by themselves, at the latest after this long.
    Automatic(Duration),
}

impl Layout {
    /// Whether the members decide by themselves who leads.
    pub fn is_elected(&self) -> bool {
        matches!(self.failover, Failover::Automatic(_))
    }

    /// The pods of every member, set by set.
    pub fn pods(&self) -> Vec<String> {
        self.sets.iter().flat_map(MemberSet::pods).collect()
    }

    /// The pods of every member but one, in the same order.
    pub fn others_than(&self, leader: &str) -> Vec<String> {
        let mut pods = self.pods();
        pods.retain(|pod| pod != leader);
        pods
    }

    /// The pods that follow where the spec's leader leads.
    pub fn standbys_by_spec(&self) -> Vec<String> {
        self.others_than(&self.leader.by_spec)
    }

    /// The StatefulSet that a pod is of.
    pub fn set_of(&self, pod: &str) -> Option<&MemberSet> {
        self.sets
            .iter()
            .find(|set| set.pods().any(|one| one == pod))
    }

    /// The DNS name of a member in its namespace.
    pub fn host(&self, pod: &str) -> String {
        format!("{pod}.{}", self.services.members)
    }
}

impl MemberSet {
    /// Its pods, in order.
    pub fn pods(&self) -> impl Iterator<Item = String> {
        (0..self.replicas).map(|ordinal| format!("{}-{ordinal}", self.name))
    }
}

impl LeaderRecord {
    /// What the record says when this pod leads.
    pub fn text(&self, pod: &str) -> String {
        let member = crate::formula::without_prefix(pod, &self.prefix);
        format!("{member}\n")
    }

    /// The pod that leads when the record says this.
    pub fn pod(&self, text: &str) -> String {
        format!("{}{}", self.prefix, text.trim())
    }
}

/// The replication slot of a member: slots have no hyphens in their names.
/// <https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS-MANIPULATION>
pub fn slot(pod: &str) -> String {
    pod.replace('-', "_")
}
