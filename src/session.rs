//! Sessions with a server from this machine, by the server's own protocol: without a psql for every statement, and with every
//! warning seen. Knows no cluster.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::poll_fn;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Connection, Error, NoTls, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where a session goes, and as whom.
#[derive(Clone)]
pub(crate) struct Target {
    /// The name by which the server's certificate is checked.
    pub(crate) host: String,
    /// Its address, where that is not found by the name.
    pub(crate) address: Option<IpAddr>,
    /// The port.
    pub(crate) port: u16,
    /// The role.
    pub(crate) user: String,
    /// The role's password.
    pub(crate) password: String,
    /// The database.
    pub(crate) database: String,
    /// The authority's certificate, as PEM; none where nothing is encrypted.
    pub(crate) authority: Option<String>,
    /// How long a connection may take.
    pub(crate) within: Duration,
}

/// A session. It ends when this is dropped; a statement that runs is not cancelled by that.
pub(crate) struct Session {
    client: Client,
    was_warned: Arc<AtomicBool>,
}

/// A row's values as text.
pub(crate) type Row = Vec<Option<String>>;

/// Begins a session.
///
/// # Errors
/// When there is none: the server's own error, or why it was not reached.
pub(crate) async fn connect(target: &Target) -> Result<Session> {
    let mut config = tokio_postgres::Config::new();
    config
        .host(&target.host)
        .port(target.port)
        .user(&target.user)
        .password(&target.password)
        .dbname(&target.database)
        .connect_timeout(target.within);
    if let Some(address) = target.address {
        config.hostaddr(address);
    }
    let was_warned = Arc::new(AtomicBool::new(false));
    let warned = was_warned.clone();
    let connecting = async {
        if let Some(authority) = &target.authority {
            let checked = MakeRustlsConnect::new(trusting(authority)?);
            let config = config.ssl_mode(SslMode::Require);
            let (client, connection) = config.connect(checked).await?;
            tokio::spawn(listen(connection, warned));
            return anyhow::Ok(client);
        }
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(listen(connection, warned));
        Ok(client)
    };
    // The library's own limit ends where TLS and the server's first words begin.
    let connected = tokio::time::timeout(target.within, connecting).await;
    let client = connected.with_context(|| format!("{}: no session in time", target.host))??;
    Ok(Session { client, was_warned })
}

/// Takes what a server says until its session ends. What goes wrong is the statement's error.
async fn listen<S, T>(mut connection: Connection<S, T>, was_warned: Arc<AtomicBool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if matches!(message, AsyncMessage::Notice(notice) if notice.severity() == "WARNING") {
            was_warned.store(true, Ordering::Relaxed);
        }
    }
}

impl Session {
    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    /// The server's, or that the session has ended: then nobody knows whether the statement was carried out.
    pub(crate) async fn rows(&self, sql: &str) -> Result<Vec<Row>, Error> {
        let messages = self.client.simple_query(sql).await?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let values = rows.map(|row| {
            let columns = 0..row.len();
            columns.map(|one| row.get(one).map(str::to_owned)).collect()
        });
        Ok(values.collect())
    }

    /// Whether the server has warned since this was asked last: what it says of one statement comes before its end.
    pub(crate) fn was_warned(&self) -> bool {
        self.was_warned.swap(false, Ordering::Relaxed)
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.client.is_closed()
    }
}

/// Checks certificates and names by this authority alone.
fn trusting(authority: &str) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(authority.as_bytes());
    roots
        .add(authority.context("the authority's certificate")?)
        .context("the authority's certificate")?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("no protocol of TLS")?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
