//! Connections to what a pod serves, through the API.

use anyhow::{Context, Result, anyhow};
use k8s_openapi::api::core::v1::Pod;
use tokio::io::DuplexStream;

use super::Place;
use crate::apply::reason;

impl Place {
    /// A connection to a port of a pod. It needs no address and no open port.
    pub(in crate::runtime) async fn connect(&self, pod: &str, port: u16) -> Result<DuplexStream> {
        let forwarded = self.api::<Pod>().streams().portforward(pod, &[port]).await;
        let mut forwarded = forwarded.map_err(|error| anyhow!("{}", reason(&error)))?;
        // What carries it goes on without its handle, until the connection ends.
        let stream = forwarded.take_stream(port);
        stream.context("the API gave no stream")
    }
}
