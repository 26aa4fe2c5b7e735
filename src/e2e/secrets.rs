//! Secrets of a run: passwords and a certificate of its own for every cluster. Nothing here is kept.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Node;
use kube::api::ListParams;
use kube::{Api, Client};

use crate::certificate::{self, Surroundings};
use crate::cluster::Cluster;
use crate::credentials;

/// The cluster in a namespace, with passwords and a certificate.
pub(super) async fn placed(cluster: &Cluster, kube: &Client, namespace: &str) -> Result<Cluster> {
    let mut cluster = cluster.clone();
    cluster.spec.namespace = Some(namespace.into());
    cluster.passwords = Some(credentials::generate());
    if cluster.brings_certificate() {
        let names = names(&cluster, kube, namespace).await?;
        let issued = certificate::issue(&cluster, &names);
        cluster.certificates = Some(issued.context("making a certificate")?);
    }
    Ok(cluster)
}

/// The names of the certificate: also the nodes' addresses, by which clients outside come.
pub(super) async fn names(
    cluster: &Cluster,
    kube: &Client,
    namespace: &str,
) -> Result<Vec<String>> {
    let around = Surroundings {
        namespace: Some(namespace.into()),
        hosts: node_addresses(kube).await?,
        ..Surroundings::default()
    };
    Ok(certificate::server_names(cluster, &around))
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
