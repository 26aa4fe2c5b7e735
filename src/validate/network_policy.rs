//! `networkPolicy`: peers that Kubernetes refuses or that let nobody in, and clients that are promised a way in and
//! have none.

use super::network::{Network, contains, parse};
use crate::k8s::networkingv1::{IPBlock, NetworkPolicyPeer};
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::{Path, path};
use crate::spec::{Clients, Connections, ExposeType};

const SECTION: &str = "networkPolicy";

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let policy = &draft.spec.network_policy;
    let at = path(&[SECTION]);
    let mut findings = peers(&policy.from, &at.key("from"));
    findings.extend(peers(&policy.metrics, &at.key("metrics")));
    for (key, connections) in [("members", &policy.members), ("pooler", &policy.pooler)] {
        findings.extend(rules(connections, &at.key(key)));
    }
    findings.extend(listed_for_nothing(draft));
    findings.extend(exposed_to_nobody(draft));
    findings
}

fn rules(connections: &Connections, at: &Path) -> Vec<Finding> {
    let ingress = connections.ingress.iter().map(|rule| rule.from.as_deref());
    let egress = connections.egress.iter().map(|rule| rule.to.as_deref());
    let ingress = ingress.enumerate().map(|rule| ("ingress", "from", rule));
    let egress = egress.enumerate().map(|rule| ("egress", "to", rule));
    let of = |(rules, field, (index, list)): (&str, &str, (usize, Option<&[_]>))| {
        let at = at.key(rules).index(index).key(field);
        peers(list.unwrap_or_default(), &at)
    };
    ingress.chain(egress).flat_map(of).collect()
}

/// What the API server refuses: a peer is a block of addresses or is selected, and not neither.
/// <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>
fn peers(peers: &[NetworkPolicyPeer], at: &Path) -> Vec<Finding> {
    let one = |(index, peer): (usize, &NetworkPolicyPeer)| {
        let at = at.index(index);
        let selects = peer.pod_selector.is_some() || peer.namespace_selector.is_some();
        match &peer.ip_block {
            None if !selects => vec![Finding {
                hint: Some(
                    "podSelector: {} is every pod, namespaceSelector: {} every namespace".into(),
                ),
                ..Finding::value(at, "a peer that is nobody")
            }],
            Some(_) if selects => vec![Finding {
                hint: Some("write two peers".into()),
                ..Finding::key(at.key("ipBlock"), "addresses and a selector in one peer")
            }],
            Some(block) => addresses(block, &at.key("ipBlock")),
            None => Vec::new(),
        }
    };
    peers.iter().enumerate().flat_map(one).collect()
}

fn addresses(block: &IPBlock, at: &Path) -> Vec<Finding> {
    let whole = match range(&block.cidr, at.key("cidr")) {
        Ok(whole) => whole,
        Err(finding) => return vec![finding],
    };
    let but = block.except.iter().flatten().enumerate();
    let one = |(index, cidr): (usize, &String)| {
        let at = at.key("except").index(index);
        match range(cidr, at.clone()) {
            Ok(part) if contains(whole, part) && !contains(part, whole) => None,
            Ok(_) => Some(Finding {
                allowed: Some(format!("a part of {}", block.cidr)),
                ..Finding::value(at, "not a part of the block:")
            }),
            Err(finding) => Some(finding),
        }
    };
    but.filter_map(one).collect()
}

fn range(cidr: &str, at: Path) -> Result<Network, Finding> {
    let malformed = |hint: Option<String>| Finding {
        allowed: Some("addresses such as 10.0.0.0/8 or fd00::/8".into()),
        hint,
        ..Finding::value(at, "malformed:")
    };
    match parse(cidr) {
        Ok(range @ Network::Range { .. }) => Ok(range),
        Ok(_) => Err(malformed(None)),
        Err(hint) => Err(malformed(hint)),
    }
}

fn listed_for_nothing(draft: &Draft) -> Option<Finding> {
    let policy = &draft.spec.network_policy;
    let known = draft.knows(&[&[SECTION, "clients"], &[SECTION, "from"]]);
    (known && policy.clients == Clients::Anywhere && !policy.from.is_empty()).then(|| Finding {
        hint: Some("clients is anywhere: everybody is let in already; set it to namespace or listed, or remove the list".into()),
        ..Finding::key(path(&[SECTION, "from"]), "a list that lets nobody in")
    })
}

/// Clients outside come from addresses, which no selector finds.
fn exposed_to_nobody(draft: &Draft) -> Option<Finding> {
    let policy = &draft.spec.network_policy;
    let known = draft.knows(&[&[SECTION], &["expose"]]);
    let is_open = policy.clients == Clients::Anywhere
        || policy.from.iter().any(|peer| peer.ip_block.is_some());
    let is_shut = policy.enabled && draft.spec.expose.kind != ExposeType::None && !is_open;
    (known && is_shut).then(|| Finding {
        hint: Some("name their addresses in networkPolicy.from, as the pods see them: [{ipBlock: {cidr: 192.0.2.0/24}}], or set networkPolicy.clients: anywhere".into()),
        ..Finding::value(
            path(&["expose", "type"]),
            "clients outside are led to pods that networkPolicy shuts them out of:",
        )
    })
}
