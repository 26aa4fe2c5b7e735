//! Topologies: each composes components into the objects of one cluster, in the order in which they are applied, and says
//! how that cluster is laid out. The only place that knows which topologies there are, but for what moves the lead
//! (`leader/`) and restarts members (`rollout/order.rs`).

use serde_json::{Map, Value};

use crate::cluster::{Cluster, Event, Layout, Promises, RecordedSettings, Rest, Route};
use crate::k8s::{Manifest, corev1};
use crate::secrets::Secrets;
use crate::spec::Topology;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;

mod common;
mod patroni;
mod sets;
mod streaming;

/// Every object of a cluster, in the order in which they are to be applied: what a pod needs comes before it. Without what its
/// Secrets hold, they are not among them, and pods refer to them by name.
pub fn objects(cluster: &Cluster, secrets: Option<&Secrets>) -> Vec<Manifest> {
    match cluster.spec.topology {
        Topology::Streaming => streaming::objects(cluster, secrets),
        Topology::Patroni => patroni::objects(cluster, secrets),
    }
}

/// Every mistake in the fields that are the topology's own.
pub(crate) fn findings(draft: &Draft) -> Vec<Finding> {
    match draft.spec.topology {
        Topology::Streaming => streaming::findings(draft),
        Topology::Patroni => patroni::findings(draft),
    }
}

/// Where the members of a cluster, its Services and the record of its leader are.
pub fn layout(cluster: &Cluster) -> Layout {
    match cluster.spec.topology {
        Topology::Streaming => streaming::layout(cluster),
        Topology::Patroni => patroni::layout(cluster),
    }
}

/// The settings that members keep in a record of their own, which follows the mounted files; None where they keep none.
pub fn recorded_settings(cluster: &Cluster) -> Option<RecordedSettings> {
    match cluster.spec.topology {
        Topology::Streaming => None,
        Topology::Patroni => Some(patroni::recorded_settings(cluster)),
    }
}

/// What members do and say when something breaks.
pub fn promises(cluster: &Cluster) -> Promises {
    match cluster.spec.topology {
        Topology::Streaming => streaming::promises(),
        Topology::Patroni => patroni::promises(),
    }
}

/// For how long no write is acknowledged when something happens; none where nothing is promised of it.
pub fn rest(cluster: &Cluster, event: Event) -> Option<Rest> {
    match cluster.spec.topology {
        Topology::Streaming => None,
        Topology::Patroni => patroni::rest(cluster, event),
    }
}

/// The cluster as its spec has it once the lead has moved to this pod.
pub fn led_by(cluster: &Cluster, leader: &str) -> Cluster {
    match cluster.spec.topology {
        Topology::Streaming => streaming::led_by(cluster, leader),
        Topology::Patroni => patroni::led_by(cluster, leader),
    }
}

/// A member's pod: what its parts are called, whichever member it is.
pub fn member(cluster: &Cluster) -> corev1::PodTemplateSpec {
    match cluster.spec.topology {
        Topology::Streaming => streaming::member(cluster),
        Topology::Patroni => patroni::member(cluster),
    }
}

/// The Services that lead elsewhere when the lead moves, as they are when the pod `leader` leads.
pub fn routes(cluster: &Cluster, leader: &str) -> Vec<Route> {
    match cluster.spec.topology {
        Topology::Streaming => streaming::routes(cluster, leader),
        Topology::Patroni => patroni::routes(cluster, leader),
    }
}

/// What the Helm chart says of a topology beyond its objects.
#[derive(Clone, Copy, Debug)]
pub struct ChartTexts {
    /// What comes behind "PostgreSQL with" in the chart's description.
    pub description: &'static str,
    /// Words by which the chart is found.
    pub keywords: &'static [&'static str],
    /// Names and addresses of pages about it.
    pub links: &'static [(&'static str, &'static str)],
    /// The beginning of the chart's README.md: a paragraph.
    pub about: &'static str,
    /// Names of Services, and what they are for.
    pub services: &'static [(&'static str, &'static str)],
    /// Fields that change parts of these names, and which parts.
    pub names: &'static [(&'static str, &'static str)],
    /// What is refused for its sake, as a part of a list.
    pub refused: &'static str,
    /// A part of the template that refuses values; what it may use is in `chart/around/files/refusals.yaml`.
    pub refusals: &'static str,
}

/// What the topologies' rules for the chart read beside the values, by name.
pub(crate) fn refusal_tables() -> Map<String, Value> {
    let streaming = streaming::refusal_tables().into_iter();
    streaming.chain(patroni::refusal_tables()).collect()
}

/// What the Helm chart says of a topology.
pub fn chart_texts(cluster: &Cluster) -> ChartTexts {
    match cluster.spec.topology {
        Topology::Streaming => streaming::texts(),
        Topology::Patroni => patroni::texts(),
    }
}
