//! Secrets of a run: passwords and a certificate of its own for every cluster. Nothing here is kept.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Node;
use kube::Client;
use kube::api::ListParams;

use crate::apply::Api;
use crate::cluster::Cluster;
use crate::fault::site::Site;
use crate::secrets::certificate::{self, Surroundings};
use crate::secrets::{Secrets, passwords};
use crate::topology;

/// The cluster in its surroundings.
pub(super) fn placed(cluster: &Cluster, around: &Surroundings) -> Cluster {
    let mut cluster = cluster.clone();
    cluster.spec.namespace.clone_from(&around.namespace);
    cluster
}

/// New passwords for a cluster in its surroundings, and a certificate where its spec takes one from a Secret.
pub(super) fn made(cluster: &Cluster, around: &Surroundings) -> Result<Secrets> {
    let issued = cluster.brings_certificate().then(|| {
        let services = topology::layout(cluster).services;
        let names = certificate::server_names(cluster, &services, around);
        certificate::issue(cluster, &names)
    });
    Ok(Secrets {
        passwords: passwords::generate(),
        certificates: issued.transpose().context("making a certificate")?,
    })
}

/// What a certificate's names depend on in a namespace: also the nodes' addresses, by which clients outside come.
pub(super) async fn surroundings(site: &Site<'_>, namespace: &str) -> Result<Surroundings> {
    let hosts = match site {
        Site::Kubernetes(connection) => node_addresses(&connection.client).await?,
        Site::Processes(_) => Vec::new(),
    };
    Ok(Surroundings {
        namespace: Some(namespace.into()),
        hosts,
        ..Surroundings::default()
    })
}

/// The addresses of the nodes inside their network.
pub(super) async fn node_addresses(kube: &Client) -> Result<Vec<String>> {
    let nodes: Api<Node> = Api::all(kube.clone());
    let nodes = nodes.list(&ListParams::default()).await;
    let nodes = nodes.context("listing nodes")?;
    let addresses = nodes
        .items
        .iter()
        .filter_map(|node| node.status.as_ref()?.addresses.as_ref())
        .flatten();
    let internal = addresses.filter(|address| address.type_ == "InternalIP");
    Ok(internal.map(|address| address.address.clone()).collect())
}
