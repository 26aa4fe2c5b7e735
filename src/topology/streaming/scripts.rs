//! The scripts of a streaming cluster's members: those that decide who leads, beside those of the components.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::cluster::Cluster;
use crate::component::postgres;
use crate::formula;
use crate::k8s::{corev1, files_map};
use crate::topology::common;

use super::access;

/// The topology's own, by the name under which they are mounted.
const SCRIPTS: [(&str, &str); 11] = [
    ("clone.sh", include_str!("files/clone.sh")),
    ("follow.sh", include_str!("files/follow.sh")),
    ("hand-over.sh", include_str!("files/hand-over.sh")),
    ("history.sh", include_str!("files/history.sh")),
    ("initialise.sh", include_str!("files/initialise.sh")),
    ("names.sh", include_str!("files/names.sh")),
    ("promote.sh", include_str!("files/promote.sh")),
    ("ready.sh", include_str!("files/ready.sh")),
    ("server.sh", include_str!("files/server.sh")),
    ("start.sh", include_str!("files/start.sh")),
    ("sync.sh", include_str!("files/sync.sh")),
];

/// The digest of the scripts, which are every cluster's.
static DIGEST: LazyLock<String> = LazyLock::new(|| formula::digest(&files()));

/// The ConfigMap with them.
pub(super) fn config_map(cluster: &Cluster) -> corev1::ConfigMap {
    files_map(cluster, cluster.scripts(), files())
}

/// Checksum of everything that a server reads only when it starts.
pub(super) fn checksum(cluster: &Cluster) -> String {
    let access = common::access(cluster, access::access());
    let config_digest = postgres::config_digest(cluster, &access);
    formula::checksum(&[
        (cluster.config(), &config_digest),
        (cluster.scripts(), &DIGEST),
    ])
}

/// Every script as mounted, by its name.
pub(super) fn files() -> BTreeMap<String, String> {
    common::scripts()
        .chain(SCRIPTS)
        .map(|(name, content)| (name.into(), content.into()))
        .collect()
}
