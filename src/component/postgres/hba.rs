//! pg_hba.conf: who may connect, and how. No trust, no md5.

use std::fmt::Write;

use crate::cluster::Cluster;
use crate::formula::hba_name;
use crate::names::{METRICS_ROLE, REPLICATOR};
use crate::spec::{Authentication, Connection, HbaRow};

/// The whole file. The first row that fits a connection decides, so pgherd's own rows stand around the user's.
/// <https://www.postgresql.org/docs/current/auth-pg-hba-conf.html>
pub(super) fn pg_hba_conf(cluster: &Cluster) -> String {
    let mut file = String::from(
        "# Made by pgherd. Set postgres.hba in the spec instead of editing this file.\n",
    );
    let admitted = cluster.admitted();
    let mut row = |comment: &str, row: &str| {
        let _ = write!(file, "\n# {comment}\n{row}\n");
    };
    row(
        "probes and kubectl exec, over the socket",
        "local all all scram-sha-256",
    );
    row(
        "standbys that stream or copy",
        &format!("{admitted} replication {REPLICATOR} all scram-sha-256"),
    );
    row(
        "standbys that look after their slots",
        &format!("{admitted} postgres {REPLICATOR} all scram-sha-256"),
    );
    let own_roles = match cluster.metrics() {
        Some(_) => format!("{REPLICATOR},{METRICS_ROLE}"),
        None => REPLICATOR.into(),
    };
    row(
        "pgherd's own roles have no other business on the network",
        &format!("host all {own_roles} all reject"),
    );
    for given in &cluster.spec.postgres.hba {
        row("from the spec", &user_row(given));
    }
    row(
        "everybody else shows a password",
        &format!("{admitted} all all all scram-sha-256"),
    );
    file
}

fn user_row(row: &HbaRow) -> String {
    let connection = match row.connection {
        Connection::Host => "host",
        Connection::Hostssl => "hostssl",
        Connection::Hostnossl => "hostnossl",
    };
    let method = match row.method {
        Authentication::ScramSha256 => "scram-sha-256",
        Authentication::Reject => "reject",
    };
    format!(
        "{connection} {} {} {} {method}",
        hba_name(&row.database),
        hba_name(&row.user),
        row.address.0
    )
}
