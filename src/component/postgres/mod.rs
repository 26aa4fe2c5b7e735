//! The PostgreSQL server: its configuration, its scripts, its container. How many servers there are and which of them
//! leads is the topology's.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::cluster::Cluster;
use crate::formula;
use crate::k8s::{self, corev1};
use crate::names;
use crate::spec::Durability;

mod container;
mod hba;
mod settings;
mod sync;

pub use container::{container, pod};
pub use settings::{DEFAULTS, Owner, Setting};
pub use sync::sync_job;

/// The scripts, by the name under which they are mounted.
const SCRIPTS: [(&str, &str); 18] = [
    super::AFFIXES,
    ("alive.sh", include_str!("files/alive.sh")),
    ("clone.sh", include_str!("files/clone.sh")),
    ("connect.sh", include_str!("files/connect.sh")),
    ("data.sh", include_str!("files/data.sh")),
    ("follow.sh", include_str!("files/follow.sh")),
    ("hand-over.sh", include_str!("files/hand-over.sh")),
    ("history.sh", include_str!("files/history.sh")),
    ("initialise.sh", include_str!("files/initialise.sh")),
    ("metrics.sh", include_str!("files/metrics.sh")),
    ("metrics.sql", include_str!("files/metrics.sql")),
    ("names.sh", include_str!("files/names.sh")),
    ("promote.sh", include_str!("files/promote.sh")),
    ("ready.sh", include_str!("files/ready.sh")),
    ("roles.sql", include_str!("files/roles.sql")),
    ("server.sh", include_str!("files/server.sh")),
    ("start.sh", include_str!("files/start.sh")),
    ("sync.sh", include_str!("files/sync.sh")),
];

/// The digest of the scripts, which are every cluster's.
static SCRIPTS_DIGEST: LazyLock<String> = LazyLock::new(|| formula::digest(&script_files()));

/// The ConfigMap with postgresql.conf and pg_hba.conf, alike on every member so that each can take the lead.
pub fn config_map(cluster: &Cluster) -> corev1::ConfigMap {
    files_map(cluster, cluster.config(), config_files(cluster))
}

/// The ConfigMap with the scripts.
pub fn scripts_map(cluster: &Cluster) -> corev1::ConfigMap {
    files_map(cluster, cluster.scripts(), script_files())
}

/// The ConfigMap with the SQL of the first start; none where the spec has none.
pub fn init_map(cluster: &Cluster) -> Option<corev1::ConfigMap> {
    (!cluster.init_sql.is_empty()).then(|| files_map(cluster, cluster.init(), init_files(cluster)))
}

/// The ConfigMap with what changes while servers run: who leads, how many members there are and what a commit waits for.
/// Scripts read it each time, so that neither a new member nor a new primary restarts the others.
pub fn facts_map(cluster: &Cluster) -> corev1::ConfigMap {
    let primary = cluster.primary_pod();
    // The scripts put the cluster's name, and what kustomize adds to it, before the member's own part.
    let member = formula::without_prefix(&primary, &cluster.named(""));
    files_map(
        cluster,
        cluster.facts(),
        BTreeMap::from([
            ("primary".into(), format!("{member}\n")),
            ("members".into(), format!("{}\n", cluster.spec.members)),
            ("durability".into(), format!("{}\n", durability(cluster))),
        ]),
    )
}

fn durability(cluster: &Cluster) -> &'static str {
    match cluster.spec.durability {
        Durability::Async => "async",
        Durability::Sync => "sync",
        Durability::Quorum => "quorum",
    }
}

/// Checksum of everything that a server reads only when it starts.
fn checksum(cluster: &Cluster) -> String {
    let config = formula::digest(&config_files(cluster));
    formula::checksum(&[
        (cluster.config(), &config),
        (cluster.scripts(), &SCRIPTS_DIGEST),
    ])
}

fn config_files(cluster: &Cluster) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("postgresql.conf".into(), settings::postgresql_conf(cluster)),
        ("pg_hba.conf".into(), hba::pg_hba_conf(cluster)),
    ])
}

fn script_files() -> BTreeMap<String, String> {
    SCRIPTS
        .iter()
        .map(|(name, content)| ((*name).into(), (*content).into()))
        .collect()
}

fn init_files(cluster: &Cluster) -> BTreeMap<String, String> {
    let numbered = |(index, sql): (usize, &String)| (format!("{index:03}.sql"), sql.clone());
    cluster.init_sql.iter().enumerate().map(numbered).collect()
}

fn files_map(
    cluster: &Cluster,
    name: String,
    files: BTreeMap<String, String>,
) -> corev1::ConfigMap {
    corev1::ConfigMap {
        metadata: k8s::meta(cluster, name, names::SERVER),
        data: Some(files),
        ..Default::default()
    }
}
