//! Connection strings: where clients of a cluster write and read, as libpq takes them. Pure; they hold no password.

use thiserror::Error;

use crate::cluster::Cluster;
use crate::names::POSTGRES_PORT;
#[cfg(feature = "cluster")]
use crate::runtime::processes::{Place, in_place};
use crate::spec::{ExposeTarget, ExposeType};
use crate::topology;

/// What a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To write: the primary.
    Write,
    /// To read: the standbys.
    Read,
    /// Both, and let the pooler choose.
    Pooler,
}

/// Why there is no such connection string.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DsnError {
    /// The spec has no pooler.
    #[error("the spec has no pooler\nhint: leave --pooler out, or set pooler.kind")]
    NoPooler,
    /// The spec exposes nothing.
    #[error(
        "the spec exposes nothing to clients outside\nhint: expose: {{type: NodePort, to: {0}}}"
    )]
    NotExposed(&'static str),
    /// The spec exposes something else.
    #[error(
        "the Service for clients outside leads to the {exposed}, not to the {wanted}\nhint: expose.to: {wanted}"
    )]
    OtherExposed {
        /// What it leads to.
        exposed: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// Kubernetes chose the port.
    #[error(
        "Kubernetes chooses the port of Service {0}, the spec does not name it\n\
         hint: set expose.nodePort; `kubectl get service {0}` shows the one that was chosen"
    )]
    UnknownPort(String),
}

/// The connection string for clients in the same Kubernetes cluster. Without a namespace, for those in the same one.
///
/// # Errors
/// When the spec has nothing that leads there.
pub fn inside(cluster: &Cluster, way: Way, namespace: Option<&str>) -> Result<String, DsnError> {
    let service = service(cluster, way)?;
    let host = match namespace {
        Some(namespace) => format!("{service}.{namespace}.svc"),
        None => service,
    };
    Ok(uri(cluster, &host, POSTGRES_PORT))
}

/// The connection string for clients of a place of processes, with the files that are there for them.
///
/// # Errors
/// When the spec has nothing that leads there.
#[cfg(feature = "cluster")]
pub(crate) fn of_place(place: &Place, cluster: &Cluster, way: Way) -> Result<String, DsnError> {
    let reach = in_place(place).reach(&service(cluster, way)?);
    let files = place.client_files();
    let path = |path: &std::path::Path| value(&path.display().to_string());
    let encryption = if cluster.is_encrypted() {
        format!(" sslrootcert={}", path(&files.authority))
    } else {
        String::new()
    };
    let postgres = &cluster.spec.postgres;
    Ok(format!(
        "{reach} port={POSTGRES_PORT} user={} dbname={} sslmode={}{encryption} passfile={}",
        value(&postgres.owner),
        value(&postgres.database),
        cluster.sslmode(),
        path(&files.passfile)
    ))
}

/// A value of a connection string, in quotes where it needs them.
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE>
#[cfg(feature = "cluster")]
fn value(text: &str) -> String {
    if !text.is_empty() && !text.contains([' ', '\'', '\\']) {
        return text.into();
    }
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// The Service that leads where a client wants to.
fn service(cluster: &Cluster, way: Way) -> Result<String, DsnError> {
    let services = topology::layout(cluster).services;
    Ok(match way {
        Way::Write => services.write,
        Way::Read => services.read,
        Way::Pooler => {
            cluster.pgpool().ok_or(DsnError::NoPooler)?;
            cluster.pgpool_name()
        }
    })
}

/// The connection string for clients outside, who reach the Service for them at `host`.
///
/// # Errors
/// When the spec has no such Service, when it leads elsewhere, or when nobody knows its port.
pub fn outside(cluster: &Cluster, way: Way, host: &str) -> Result<String, DsnError> {
    let expose = &cluster.spec.expose;
    let wanted = match way {
        Way::Write => ExposeTarget::Primary,
        Way::Read => ExposeTarget::Standbys,
        Way::Pooler => ExposeTarget::Pooler,
    };
    let port = match expose.kind {
        ExposeType::None => return Err(DsnError::NotExposed(target(wanted))),
        ExposeType::LoadBalancer => POSTGRES_PORT,
        ExposeType::NodePort => expose
            .node_port
            .map(i32::from)
            .ok_or_else(|| DsnError::UnknownPort(cluster.external_service()))?,
    };
    if expose.to != wanted {
        return Err(DsnError::OtherExposed {
            exposed: target(expose.to),
            wanted: target(wanted),
        });
    }
    Ok(uri(cluster, &address(host), port))
}

/// An outside target as the spec writes it.
fn target(target: ExposeTarget) -> &'static str {
    match target {
        ExposeTarget::Primary => "primary",
        ExposeTarget::Standbys => "standbys",
        ExposeTarget::Pooler => "pooler",
    }
}

/// A host as an address of a URI has it: one of IPv6 in brackets.
fn address(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]")
    } else {
        host.into()
    }
}

/// The whole string, for the owner of the cluster's database.
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>
fn uri(cluster: &Cluster, host: &str, port: i32) -> String {
    let postgres = &cluster.spec.postgres;
    // The spec takes neither with a character that would have to be escaped.
    let (user, database) = (&postgres.owner, &postgres.database);
    let parameters = parameters(cluster);
    format!("postgresql://{user}@{host}:{port}/{database}{parameters}")
}

/// What follows the database, with its `?`. Where the authority's certificate is, each client knows for itself
/// (`sslrootcert` or `PGSSLROOTCERT`).
fn parameters(cluster: &Cluster) -> &'static str {
    if cluster.is_encrypted() {
        "?sslmode=verify-full"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(more: &str) -> Cluster {
        let text = format!("{{name: shop, topology: streaming{more}}}");
        let source = crate::spec::Source {
            name: "spec",
            text: &text,
            folder: None,
        };
        let mut read = crate::validate::read(&source).expect("a spec");
        read.remove(0)
    }

    #[test]
    fn clients_inside_write_and_read_through_services() {
        let plain = cluster(", postgres: {database: shop_1, owner: seller}");
        assert_eq!(
            inside(&plain, Way::Write, Some("db")),
            Ok("postgresql://seller@shop-primary.db.svc:5432/shop_1?sslmode=verify-full".into())
        );
        let read = inside(&cluster(", tls: {mode: off}"), Way::Read, None);
        assert_eq!(read, Ok("postgresql://app@shop-standby:5432/app".into()));
        assert_eq!(inside(&plain, Way::Pooler, None), Err(DsnError::NoPooler));
    }

    #[test]
    #[cfg(feature = "cluster")]
    fn values_of_a_connection_string_are_quoted_where_libpq_takes_them_apart() {
        assert_eq!(value("/tmp/pgherd-a"), "/tmp/pgherd-a");
        assert_eq!(value("/tmp/my 'own'\\"), r"'/tmp/my \'own\'\\'");
        assert_eq!(value(""), "''");
    }

    #[test]
    fn clients_outside_need_what_is_exposed() {
        assert_eq!(
            outside(&cluster(""), Way::Write, "h"),
            Err(DsnError::NotExposed("primary"))
        );
        let exposed = cluster(", expose: {type: NodePort, nodePort: 32000}");
        let write = outside(&exposed, Way::Write, "::1").expect("a string");
        assert!(write.contains("@[::1]:32000/"), "{write}");
        assert!(matches!(
            outside(&exposed, Way::Read, "h"),
            Err(DsnError::OtherExposed { .. })
        ));
        let chosen = cluster(", expose: {type: NodePort}");
        let error = outside(&chosen, Way::Write, "h")
            .expect_err("no port")
            .to_string();
        assert!(error.contains("shop-external"), "{error}");
    }
}
