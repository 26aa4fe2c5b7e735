//! A connection to a pod's port.

use anyhow::{Context, Result};
use tokio::io::{DuplexStream, copy_bidirectional, duplex};
use tokio::net::TcpStream;

use super::Place;

/// Bytes that are on their way at most.
const UNDERWAY: usize = 64 * 1024;

impl Place {
    pub(in crate::runtime) async fn connect(&self, pod: &str, port: u16) -> Result<DuplexStream> {
        let address = self.address(pod)?;
        let there = TcpStream::connect((address.as_str(), port)).await;
        let mut there = there.with_context(|| format!("pod {pod}, {address}:{port}"))?;
        let (here, mut end) = duplex(UNDERWAY);
        // It ends with either side.
        tokio::spawn(async move { copy_bidirectional(&mut end, &mut there).await });
        Ok(here)
    }
}
