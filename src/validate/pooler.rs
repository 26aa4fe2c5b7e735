//! The pooler and the Service for clients outside: what they need of other sections.
//!
//! Fields of a pooler are accepted where `kind` is none, so that it can be switched off and on in one line.

use super::values::whole;
use crate::component::pgpool;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;
use crate::spec::{ExposeTarget, ExposeType, PoolerKind};

/// Sessions on one server for each standby: one that makes its slot, one that checks its copy.
const SESSIONS_PER_STANDBY: i64 = 2;

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let mut findings: Vec<Finding> = image(draft).into_iter().collect();
    findings.extend(connections(draft));
    findings.extend(expose(draft));
    findings
}

fn has_pooler(draft: &Draft) -> bool {
    draft.knows(&[&["pooler", "kind"]]) && draft.spec.pooler.kind != PoolerKind::None
}

fn image(draft: &Draft) -> Option<Finding> {
    let missing = has_pooler(draft)
        && draft.knows(&[&["pooler", "image"]])
        && draft.spec.pooler.image.is_none();
    missing.then(|| Finding {
        hint: Some("the official postgres image has no pooler in it; image/README.md says how to build one that has".into()),
        ..Finding::key(path(&["pooler", "image"]), "missing field \"image\": pgpool needs it")
    })
}

/// Every client of every pooler pod may hold a connection on the same server.
fn connections(draft: &Draft) -> Option<Finding> {
    let (spec, parameters) = (&draft.spec, ["postgres", "parameters"]);
    // More than any server takes, so that sums cannot overflow; what is out of range, the server itself refuses.
    let read = |name: &str, default: i64| {
        let written = spec.postgres.parameters.get(name);
        written
            .map_or(Some(default), whole)
            .map(|number| number.clamp(0, 1 << 20))
    };
    let known = draft.knows(&[
        &["members"],
        &["pooler", "replicas"],
        &["pooler", "maxClients"],
    ]) && [
        "max_connections",
        "superuser_reserved_connections",
        "reserved_connections",
    ]
    .iter()
    .all(|name| draft.knows(&[&[parameters[0], parameters[1], name]]));
    if !known || !has_pooler(draft) {
        return None;
    }
    let (pods, per_pod) = (
        i64::from(spec.pooler.replicas),
        i64::from(pgpool::connections_per_pod(&spec.pooler)),
    );
    // What a pod keeps beyond its clients'.
    let extra = per_pod - i64::from(spec.pooler.max_clients);
    let opened = i64::from(pgpool::server_connections(&spec.pooler));
    let (most, superuser) = (
        read("max_connections", 100)?,
        read("superuser_reserved_connections", 3)?,
    );
    let reserved = superuser + read("reserved_connections", 0)?;
    let standbys = i64::from(spec.members) - 1;
    let kept = SESSIONS_PER_STANDBY * standbys;
    let free = most - reserved - kept;
    (opened > free).then(|| Finding {
        allowed: Some(format!(
            "{} with {pods} replicas, or max_connections of {} or more",
            (free / pods - extra).max(0),
            opened + reserved + kept
        )),
        hint: Some(format!(
            "{pods} pods x {per_pod} connections (maxClients and {extra} for those turned away) = {opened}, but a server leaves {most} (max_connections) - {reserved} (superuser_reserved_connections \
             and reserved_connections) - {kept} ({SESSIONS_PER_STANDBY} for each of {standbys} standbys) = {free}"
        )),
        ..Finding::value(path(&["pooler", "maxClients"]), "more clients than a server has connections:")
    })
}

fn expose(draft: &Draft) -> Vec<Finding> {
    let expose = &draft.spec.expose;
    let mut findings = Vec::new();
    if draft.knows(&[&["expose"], &["pooler", "kind"]])
        && expose.to == ExposeTarget::Pooler
        && !has_pooler(draft)
    {
        findings.push(Finding {
            allowed: Some("primary, standbys".into()),
            hint: Some("there is no pooler: set pooler.kind".into()),
            ..Finding::value(path(&["expose", "to"]), "leads to nothing:")
        });
    }
    if draft.knows(&[&["expose"]])
        && expose.node_port.is_some()
        && expose.kind != ExposeType::NodePort
    {
        findings.push(Finding {
            hint: Some("set expose.type to NodePort, or remove the port".into()),
            ..Finding::value(
                path(&["expose", "nodePort"]),
                "a node port without a Service of type NodePort:",
            )
        });
    }
    findings
}
