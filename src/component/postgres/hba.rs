//! pg_hba.conf: who may connect, and how. No trust, no md5.

use std::fmt::Write;

use crate::cluster::Cluster;
use crate::formula::hba_name;
use crate::spec::{Authentication, Connection, HbaRow};

/// What a program that connects to the servers with a role of its own needs of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The role. It gets in by the socket and by these rows, and by no row of the spec.
    pub role: &'static str,
    /// Its rows for connections over the network.
    pub rows: Vec<Row>,
}

/// A row that admits one role to one database from everywhere, with its password, encrypted where the spec asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whom it admits, in a few words.
    pub who: &'static str,
    /// The database, or `replication`.
    pub database: &'static str,
}

/// The whole file. The first row that fits a connection decides, so pgherd's own rows stand around the user's.
/// <https://www.postgresql.org/docs/current/auth-pg-hba-conf.html>
pub(super) fn pg_hba_conf(cluster: &Cluster, access: &[Access]) -> String {
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
    for Access { role, rows } in access {
        for Row { who, database } in rows {
            row(
                who,
                &format!("{admitted} {database} {role} all scram-sha-256"),
            );
        }
    }
    let own_roles: Vec<&str> = access.iter().map(|access| access.role).collect();
    if !own_roles.is_empty() {
        row(
            "pgherd's own roles have no other business on the network",
            &format!("host all {} all reject", own_roles.join(",")),
        );
    }
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
