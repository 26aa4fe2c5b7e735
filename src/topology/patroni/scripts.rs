//! The scripts of the members of a cluster with Patroni, beside those of the components.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::access;
use crate::cluster::Cluster;
use crate::component::postgres;
use crate::formula;
use crate::k8s::{corev1, files_map};
use crate::topology::common;

/// The topology's own, by the name under which they are mounted.
const SCRIPTS: [(&str, &str); 21] = [
    ("agent.py", include_str!("files/agent.py")),
    ("agent.sh", include_str!("files/agent.sh")),
    ("api.py", include_str!("files/api.py")),
    ("aside.py", include_str!("files/aside.py")),
    ("before-stop.sh", include_str!("files/before-stop.sh")),
    ("copy.sh", include_str!("files/copy.sh")),
    ("first.sh", include_str!("files/first.sh")),
    ("keep.py", include_str!("files/keep.py")),
    ("launch.py", include_str!("files/launch.py")),
    ("leave.py", include_str!("files/leave.py")),
    ("member.py", include_str!("files/member.py")),
    ("metrics-role.sh", include_str!("files/metrics-role.sh")),
    ("names.sh", include_str!("files/names.sh")),
    ("order.py", include_str!("files/order.py")),
    ("ready.py", include_str!("files/ready.py")),
    ("ready.sh", include_str!("files/ready.sh")),
    ("release.py", include_str!("files/release.py")),
    ("server.sh", include_str!("files/server.sh")),
    ("start.sh", include_str!("files/start.sh")),
    ("switch.py", include_str!("files/switch.py")),
    ("unfinished.py", include_str!("files/unfinished.py")),
];

/// The digest of the scripts, which are every cluster's.
static DIGEST: LazyLock<String> = LazyLock::new(|| formula::digest(&files()));

/// The ConfigMap with them.
pub(super) fn config_map(cluster: &Cluster) -> corev1::ConfigMap {
    files_map(cluster, cluster.scripts(), files())
}

/// Checksum of everything that a member reads only when it starts. Patroni's settings, passwords and the certificate are followed as they
/// change (keep.py).
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
