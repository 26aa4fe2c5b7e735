//! Members that elect their leader by themselves: Patroni in each pod, and the Kubernetes API as what they agree by.
//!
//! One StatefulSet. Who leads is written by the members alone: into a ConfigMap of Patroni's, and for clients into the one
//! EndpointSlice of the Service for writing. Neither is among these objects, so that applying them again moves nothing.

use super::common::{self, manifest};
use crate::cluster::Cluster;
use crate::k8s::Manifest;
use crate::secrets::Secrets;

mod access;
mod chart;
mod layout;
mod member;
mod network;
mod promises;
mod rest;
mod rights;
mod rules;
mod scripts;
mod service;
mod settings;

pub(super) use chart::texts;
pub(super) use layout::{layout, led_by, routes};
pub(super) use member::member;
pub(super) use promises::promises;
pub(super) use rest::rest;
pub(super) use rules::{findings, refusal_tables};
pub(super) use settings::recorded_settings;

/// The objects of a cluster with Patroni.
pub(super) fn objects(cluster: &Cluster, secrets: Option<&Secrets>) -> Vec<Manifest> {
    let layout = layout(cluster);
    let mut objects = vec![common::service_account(cluster)];
    objects.extend([
        manifest(
            "What members may do with the API: agree on who leads, and say so.",
            rights::role(cluster),
        ),
        manifest("That they may.", rights::binding(cluster)),
    ]);
    objects.extend(common::secrets(cluster, &layout, secrets));
    objects.extend([
        manifest("Patroni's settings.", settings::config_map(cluster)),
        common::server_config(cluster, access::access()),
        manifest("The members' scripts.", scripts::config_map(cluster)),
    ]);
    objects.extend(common::more_config(cluster));
    objects.extend(services(cluster));
    objects.extend(network_policies(cluster));
    objects.extend([
        manifest(
            "What a drain leaves running of the members.",
            member::disruption_budget(cluster),
        ),
        manifest("The members.", member::stateful_set(cluster)),
    ]);
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
            "For writing: leads to whoever leads. The members keep its EndpointSlice.",
            service::primary(cluster),
        ),
        manifest(
            "For reading: leads to the standbys that stream.",
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
    policies.extend(common::pooler_policy(cluster));
    policies
}
