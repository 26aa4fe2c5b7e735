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
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row that admits one role to one database, with its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whom it admits, in a few words.
    pub who: &'static str,
    /// The database, or `replication`.
    pub database: &'static str,
    /// From where.
    pub over: Over,
}

/// From where a row admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// From everywhere, encrypted where the spec asks for it.
    Network,
    /// From the same pod. Its databases are let in there by a row for all; replication is none of them.
    Socket,
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
        for Row {
            who,
            database,
            over,
        } in rows
        {
            let text = match over {
                Over::Network => format!("{admitted} {database} {role} all scram-sha-256"),
                Over::Socket => format!("local {database} {role} scram-sha-256"),
            };
            row(who, &text);
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
