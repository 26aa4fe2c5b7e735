//! Looks which certificate a server shows: begins an encrypted connection through the API, as a client does that checks
//! names, and sends nothing on it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use super::Rotation;
use crate::names::POSTGRES_PORT;
use crate::secrets::certificate::{self, Shown};

/// What a client sends that wants encryption: its length, 8, and the number that stands for this.
/// <https://www.postgresql.org/docs/current/protocol-message-formats.html>
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const WITHIN: Duration = Duration::from_secs(10);

/// A client that takes only certificates of this authority.
pub(super) fn connector(authority: &str) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.as_bytes());
    roots.add(root.context("the authority's certificate")?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The certificate that a member's server shows, for its own name and of the authority.
pub(super) async fn by(on: &Rotation<'_>, connector: &TlsConnector, pod: &str) -> Result<Shown> {
    match tokio::time::timeout(WITHIN, look(on, connector, pod)).await {
        Ok(shown) => shown,
        Err(_) => bail!("no answer within {} s", WITHIN.as_secs()),
    }
}

async fn look(on: &Rotation<'_>, connector: &TlsConnector, pod: &str) -> Result<Shown> {
    let port = u16::try_from(POSTGRES_PORT)?;
    let mut stream = on.runtime.connect(pod, port).await?;
    stream.write_all(&SSL_REQUEST).await?;
    ensure!(
        stream.read_u8().await? == b'S',
        "the server does not encrypt"
    );
    let service = on.cluster.members_service();
    let host = ServerName::try_from(format!("{pod}.{service}.{}.svc", on.namespace))?;
    let connected = connector.connect(host, stream).await?;
    let (_, session) = connected.get_ref();
    let first = session.peer_certificates().and_then(<[_]>::first);
    let first = first.context("the server shows no certificate")?;
    certificate::read_der(first).context("the server shows something odd")
}
