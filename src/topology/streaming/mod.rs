//! Streaming replication with a primary fixed by the spec. No automatic failover, so no split brain.
//!
//! Two StatefulSets, as its users know it: one with the primary, one with the standbys. Nothing here talks to the API.

use super::common::{self, manifest};
use crate::cluster::Cluster;
use crate::k8s::Manifest;
use crate::secrets::Secrets;
use crate::spec::Bootstrap;

mod access;
mod chart;
mod facts;
mod layout;
mod member;
mod network;
mod promises;
mod rules;
mod scripts;
mod service;
mod stateful_set;
mod sync_job;

pub(super) use chart::texts;
pub(super) use layout::{layout, led_by, routes};
pub(super) use member::member;
pub(super) use promises::promises;
pub(super) use rules::{findings, refusal_tables};

/// The objects of a streaming cluster.
pub(super) fn objects(cluster: &Cluster, secrets: Option<&Secrets>) -> Vec<Manifest> {
    let layout = layout(cluster);
    let mut objects = vec![common::service_account(cluster)];
    objects.extend(common::secrets(cluster, &layout, secrets));
    objects.extend([
        manifest(
            "Who leads and how many members there are: read while servers run.",
            facts::config_map(cluster),
        ),
        common::server_config(cluster, access::access()),
        manifest("The servers' scripts.", scripts::config_map(cluster)),
    ]);
    objects.extend(common::more_config(cluster));
    objects.extend(services(cluster));
    objects.extend(network_policies(cluster));
    objects.extend([
        manifest(
            "What a drain leaves running of the standbys.",
            stateful_set::standby_disruption_budget(cluster),
        ),
        manifest("The primary.", stateful_set::primary(cluster)),
        manifest("The standbys.", stateful_set::standbys(cluster)),
    ]);
    if cluster.spec.bootstrap == Bootstrap::Job {
        objects.extend((0..cluster.standbys()).map(|ordinal| {
            manifest(
                "Copies the primary's data to one standby's volume.",
                sync_job::sync_job(cluster, ordinal),
            )
        }));
    }
    objects.extend(common::pooler(cluster, &layout));
    objects.extend(common::monitoring(cluster, &layout));
    objects
}

fn services(cluster: &Cluster) -> Vec<Manifest> {
    let mut services = vec![
        manifest(
            "Gives every member its DNS name.",
            service::members(cluster),
        ),
        manifest(
            "For writing: leads to the primary.",
            service::primary(cluster),
        ),
        manifest(
            "For reading: leads to the standbys.",
            service::standbys(cluster),
        ),
    ];
    services.extend(
        service::external(cluster).map(|service| manifest("For clients outside.", service)),
    );
    services
}

/// Before the pods: those that they select are never without them.
fn network_policies(cluster: &Cluster) -> Vec<Manifest> {
    if !cluster.spec.network_policy.enabled {
        return Vec::new();
    }
    let mut policies = vec![manifest(
        "Who reaches the members, and whom they reach.",
        network::members(cluster),
    )];
    policies.extend(network::sync(cluster).map(|policy| {
        manifest(
            "Whom the Jobs that copy reach: names and members. Nobody reaches them.",
            policy,
        )
    }));
    policies.extend(common::pooler_policy(cluster));
    policies
}
