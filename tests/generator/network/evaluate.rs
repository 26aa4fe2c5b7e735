//! Judges one connection by the documented semantics of NetworkPolicies. Knows no cluster of pgherd.
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use std::collections::BTreeMap;
use std::net::IpAddr;

use pgherd::k8s::IntOrString;
use pgherd::k8s::metav1::LabelSelector;
use pgherd::k8s::networkingv1::{
    IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};

pub(crate) type Labels = BTreeMap<String, String>;

/// A pod as policies see it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) labels: Labels,
    /// Named ports of its containers: name, protocol, number.
    pub(crate) ports: Vec<(String, String, i32)>,
    pub(crate) address: IpAddr,
}

/// One end of a connection.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Pod(Pod),
    /// Whatever is no pod of this Kubernetes cluster.
    Outside(IpAddr),
    /// The node on which the other end runs, such as the kubelet with its probes: always let through.
    OwnNode,
}

/// What is asked for at the other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Port(pub(crate) &'static str, pub(crate) i32);

/// The policies, and the labels of every namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) policies: Vec<NetworkPolicy>,
    pub(crate) namespaces: BTreeMap<String, Labels>,
}

impl Rules {
    /// Whether a connection is let through: the source has to be allowed to send it, and the target to receive it.
    pub(crate) fn allow(&self, from: &End, to: &End, port: Port) -> bool {
        match (from, to) {
            (End::OwnNode, _) | (_, End::OwnNode) => true,
            // A pod cannot be kept from itself.
            (End::Pod(from), End::Pod(to)) if from == to => true,
            _ => self.may_send(from, to, port) && self.may_receive(from, to, port),
        }
    }

    fn may_send(&self, from: &End, to: &End, port: Port) -> bool {
        let End::Pod(pod) = from else { return true };
        let policies = self.isolating(pod, "Egress");
        let allows = |(namespace, spec): &(&str, &NetworkPolicySpec)| {
            spec.egress.iter().flatten().any(|rule| {
                self.is_one_of(rule.to.as_deref(), to, namespace)
                    && is_port(rule.ports.as_deref(), to, port)
            })
        };
        policies.is_empty() || policies.iter().any(allows)
    }

    fn may_receive(&self, from: &End, to: &End, port: Port) -> bool {
        let End::Pod(pod) = to else { return true };
        let policies = self.isolating(pod, "Ingress");
        let allows = |(namespace, spec): &(&str, &NetworkPolicySpec)| {
            spec.ingress.iter().flatten().any(|rule| {
                self.is_one_of(rule.from.as_deref(), from, namespace)
                    && is_port(rule.ports.as_deref(), to, port)
            })
        };
        policies.is_empty() || policies.iter().any(allows)
    }

    /// The policies that isolate a pod in one direction, each with its namespace. Without one, everything is allowed.
    fn isolating(&self, pod: &Pod, direction: &str) -> Vec<(&str, &NetworkPolicySpec)> {
        let specs = self.policies.iter().filter_map(|policy| {
            Some((policy.metadata.namespace.as_deref()?, policy.spec.as_ref()?))
        });
        specs
            .filter(|(namespace, spec)| {
                *namespace == pod.namespace
                    && selects(spec.pod_selector.as_ref(), &pod.labels)
                    && types(spec).contains(&direction)
            })
            .collect()
    }

    /// No list, or an empty one, is everybody.
    fn is_one_of(&self, peers: Option<&[NetworkPolicyPeer]>, end: &End, namespace: &str) -> bool {
        let peers = peers.unwrap_or_default();
        peers.is_empty() || peers.iter().any(|peer| self.is_peer(peer, end, namespace))
    }

    fn is_peer(&self, peer: &NetworkPolicyPeer, end: &End, namespace: &str) -> bool {
        match (&peer.ip_block, end) {
            (Some(block), End::Pod(pod)) => is_in_block(block, pod.address),
            (Some(block), End::Outside(address)) => is_in_block(block, *address),
            (None, End::Pod(pod)) => {
                let in_namespace = match &peer.namespace_selector {
                    Some(selector) => self
                        .namespaces
                        .get(&pod.namespace)
                        .is_some_and(|labels| selects(Some(selector), labels)),
                    None => pod.namespace == namespace,
                };
                in_namespace && selects(peer.pod_selector.as_ref(), &pod.labels)
            }
            (None, _) | (_, End::OwnNode) => false,
        }
    }
}

/// The directions in which a policy isolates: by default that of what comes in, and the other where it has rules for it.
fn types(spec: &NetworkPolicySpec) -> Vec<&str> {
    match spec.policy_types.as_deref() {
        Some(types) if !types.is_empty() => types.iter().map(String::as_str).collect(),
        _ if spec.egress.iter().flatten().next().is_some() => vec!["Ingress", "Egress"],
        _ => vec!["Ingress"],
    }
}

/// No selector, or an empty one, is everything.
fn selects(selector: Option<&LabelSelector>, labels: &Labels) -> bool {
    let Some(selector) = selector else {
        return true;
    };
    let mut pairs = selector.match_labels.iter().flatten();
    let mut expressions = selector.match_expressions.iter().flatten();
    pairs.all(|(key, value)| labels.get(key) == Some(value))
        && expressions.all(|expression| {
            let value = labels.get(&expression.key);
            let is_in = value.is_some_and(|v| expression.values.iter().flatten().any(|o| o == v));
            match expression.operator.as_str() {
                "In" => is_in,
                "NotIn" => !is_in,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                other => panic!("no such operator: {other}"),
            }
        })
}

/// No list, or an empty one, is every port; an entry without a port is every port of its protocol. A name is one of the
/// target's own.
fn is_port(
    ports: Option<&[NetworkPolicyPort]>,
    target: &End,
    Port(protocol, number): Port,
) -> bool {
    let ports = ports.unwrap_or_default();
    let is = |port: &NetworkPolicyPort| {
        let same = port.protocol.as_deref().unwrap_or("TCP") == protocol;
        let fits = match (&port.port, target) {
            (None, _) => true,
            (Some(IntOrString::Int(first)), _) => {
                (*first..=port.end_port.unwrap_or(*first)).contains(&number)
            }
            (Some(IntOrString::String(name)), End::Pod(pod)) => {
                let known = (name.clone(), protocol.to_owned(), number);
                pod.ports.contains(&known)
            }
            (Some(IntOrString::String(_)), _) => false,
        };
        same && fits
    };
    ports.is_empty() || ports.iter().any(is)
}

fn is_in_block(block: &IPBlock, address: IpAddr) -> bool {
    is_in(&block.cidr, address)
        && !block
            .except
            .iter()
            .flatten()
            .any(|part| is_in(part, address))
}

fn is_in(cidr: &str, address: IpAddr) -> bool {
    let (network, prefix) = cidr.split_once('/').unwrap();
    let (network, prefix): (IpAddr, u32) = (network.parse().unwrap(), prefix.parse().unwrap());
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}
