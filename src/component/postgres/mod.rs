//! The PostgreSQL server: its configuration, what any member's scripts need, the parts of its container. How many servers
//! there are, which of them leads and how they start is the topology's.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::formula;
use crate::k8s::{corev1, files_map};

mod container;
mod hba;
mod settings;

pub use container::{
    SOCKET, STOP_SECONDS, before_stop, container, environment, mounts, probe, volumes,
};
pub use hba::{Access, Over, Row};
pub use settings::{DEFAULTS, Owner, Setting};

/// The scripts that any topology's members need, by the name under which they are mounted.
pub const SCRIPTS: [(&str, &str); 5] = [
    ("alive.sh", include_str!("files/alive.sh")),
    ("connect.sh", include_str!("files/connect.sh")),
    ("data.sh", include_str!("files/data.sh")),
    ("roles.sql", include_str!("files/roles.sql")),
    ("stop.sh", include_str!("files/stop.sh")),
];

/// The ConfigMap with postgresql.conf and pg_hba.conf, alike on every member so that each can take the lead. Whoever
/// connects to the servers hands in what it needs of pg_hba.conf.
pub fn config_map(cluster: &Cluster, access: &[Access]) -> corev1::ConfigMap {
    files_map(cluster, cluster.config(), config_files(cluster, access))
}

/// The digest of those files.
pub fn config_digest(cluster: &Cluster, access: &[Access]) -> String {
    formula::digest(&config_files(cluster, access))
}

/// The ConfigMap with the SQL of the first start; none where the spec has none.
pub fn init_map(cluster: &Cluster) -> Option<corev1::ConfigMap> {
    (!cluster.init_sql.is_empty()).then(|| files_map(cluster, cluster.init(), init_files(cluster)))
}

fn config_files(cluster: &Cluster, access: &[Access]) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("postgresql.conf".into(), settings::postgresql_conf(cluster)),
        ("pg_hba.conf".into(), hba::pg_hba_conf(cluster, access)),
    ])
}

fn init_files(cluster: &Cluster) -> BTreeMap<String, String> {
    let numbered = |(index, sql): (usize, &String)| (format!("{index:03}.sql"), sql.clone());
    cluster.init_sql.iter().enumerate().map(numbered).collect()
}
