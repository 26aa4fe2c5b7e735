//! Parts of NetworkPolicies: peers by labels, ports by number.
//!
//! A peer is never named: kustomize changes names, but leaves labels of pods alone or changes them everywhere.

use std::collections::BTreeMap;

use super::{IntOrString, metav1, networkingv1};
use crate::cluster::Cluster;
use crate::names;
use crate::spec::Clients;

/// Port of DNS, as clients see it.
const DNS_PORT: i32 = 53;

/// Isolates the pods that `pods` finds in both directions, but for what the rules let through.
pub fn policy(
    pods: BTreeMap<String, String>,
    ingress: Vec<networkingv1::NetworkPolicyIngressRule>,
    egress: Vec<networkingv1::NetworkPolicyEgressRule>,
) -> networkingv1::NetworkPolicySpec {
    networkingv1::NetworkPolicySpec {
        pod_selector: Some(selector(pods)),
        policy_types: Some(vec!["Ingress".into(), "Egress".into()]),
        ingress: Some(ingress).filter(|rules| !rules.is_empty()),
        egress: Some(egress).filter(|rules| !rules.is_empty()),
    }
}

/// Lets the peers connect to one TCP port; `None` is everybody.
pub fn from(
    peers: Option<Vec<networkingv1::NetworkPolicyPeer>>,
    port: i32,
) -> networkingv1::NetworkPolicyIngressRule {
    networkingv1::NetworkPolicyIngressRule {
        from: peers,
        ports: Some(vec![tcp(port)]),
    }
}

/// Lets pods connect to TCP ports of the peers; `None` is everybody.
pub fn to(
    peers: Option<Vec<networkingv1::NetworkPolicyPeer>>,
    ports: &[i32],
) -> networkingv1::NetworkPolicyEgressRule {
    networkingv1::NetworkPolicyEgressRule {
        to: peers,
        ports: Some(ports.iter().copied().map(tcp).collect()),
    }
}

/// What each pod of a cluster reaches: names, and the members' servers. Names are asked of whoever answers on the port,
/// because that is a pod on one Kubernetes cluster and an address of the node on another.
pub fn to_members(cluster: &Cluster) -> Vec<networkingv1::NetworkPolicyEgressRule> {
    vec![
        networkingv1::NetworkPolicyEgressRule {
            ports: Some(vec![port("UDP", DNS_PORT), tcp(DNS_PORT)]),
            ..Default::default()
        },
        networkingv1::NetworkPolicyEgressRule {
            to: Some(vec![pods(selector(cluster.member_selector()))]),
            ports: Some(vec![tcp(names::POSTGRES_PORT)]),
        },
    ]
}

/// The clients that the spec lets in, besides `own`; `None` is everybody. Never an empty list, which would be everybody,
/// too.
pub fn clients(
    cluster: &Cluster,
    own: Vec<networkingv1::NetworkPolicyPeer>,
) -> Option<Vec<networkingv1::NetworkPolicyPeer>> {
    let policy = &cluster.spec.network_policy;
    let of_namespace = match policy.clients {
        Clients::Anywhere => return None,
        Clients::Namespace => Some(pods(metav1::LabelSelector::default())),
        Clients::Listed => None,
    };
    let mut peers = own;
    peers.extend(of_namespace);
    peers.extend(policy.from.iter().cloned());
    Some(peers)
}

/// The pods of the namespace that a selector finds.
pub fn pods(selector: metav1::LabelSelector) -> networkingv1::NetworkPolicyPeer {
    networkingv1::NetworkPolicyPeer {
        pod_selector: Some(selector),
        ..Default::default()
    }
}

/// Finds pods by labels.
pub fn selector(labels: BTreeMap<String, String>) -> metav1::LabelSelector {
    metav1::LabelSelector {
        match_labels: Some(labels),
        ..Default::default()
    }
}

/// Finds the pods of some components of a cluster.
pub fn components(cluster: &Cluster, components: &[&str]) -> metav1::LabelSelector {
    metav1::LabelSelector {
        match_labels: Some(BTreeMap::from([(
            names::INSTANCE_LABEL.into(),
            cluster.name().into(),
        )])),
        match_expressions: Some(vec![metav1::LabelSelectorRequirement {
            key: names::COMPONENT_LABEL.into(),
            operator: "In".into(),
            values: Some(components.iter().map(|one| (*one).into()).collect()),
        }]),
    }
}

fn tcp(number: i32) -> networkingv1::NetworkPolicyPort {
    port("TCP", number)
}

fn port(protocol: &str, number: i32) -> networkingv1::NetworkPolicyPort {
    networkingv1::NetworkPolicyPort {
        protocol: Some(protocol.into()),
        port: Some(IntOrString::Int(number)),
        ..Default::default()
    }
}
