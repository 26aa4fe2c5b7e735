//! Links: the way from one member to another, each a listener of its own. A connection comes from the member's own address,
//! and a link can be cut without touching either member.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::cut::Way;
use super::folder::Folder;
use crate::names;

/// How long a member's machine may take to answer.
const CONNECT: Duration = Duration::from_secs(1);
/// How long to wait before the next connection is taken, where one could not be.
const AGAIN: Duration = Duration::from_millis(50);

/// From whom to whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) from: String,
    pub(super) to: String,
}

impl Folder {
    /// Where a member reaches another.
    pub(super) fn link_address(&self, link: &Link) -> Result<String> {
        self.address_of(&format!("link/{}/{}", link.from, link.to))
    }
}

/// Leads connections from one member to another until this is dropped.
pub(super) async fn serve(folder: Folder, link: Link, way: Way) -> Result<()> {
    let port = u16::try_from(names::POSTGRES_PORT)?;
    let address = folder.link_address(&link)?;
    let (from, to) = (
        folder.address_of(&format!("pod/{}", link.from))?,
        folder.address_of(&format!("pod/{}", link.to))?,
    );
    let source: Ipv4Addr = from.parse().context("an address")?;
    let target: SocketAddr = format!("{to}:{port}").parse().context("an address")?;
    let listener = TcpListener::bind((address.as_str(), port)).await;
    let listener = listener.with_context(|| format!("{}, {address}:{port}", link.to))?;
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                let way = way.clone();
                connections.spawn(async move {
                    // Who is not let through sees the connection end.
                    let _ = forward(client, source, target, &way).await;
                });
            }
            Err(_) => tokio::time::sleep(AGAIN).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn forward(client: TcpStream, source: Ipv4Addr, target: SocketAddr, way: &Way) -> Result<()> {
    if !way.lets_in(&client).await? {
        return Ok(());
    }
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    let server = tokio::time::timeout(CONNECT, socket.connect(target)).await??;
    way.lead(client, server).await
}
