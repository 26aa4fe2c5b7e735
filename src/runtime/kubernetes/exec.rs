//! Runs a command in a container through the API and keeps what it printed. Knows neither a cluster nor a check.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{AttachParams, AttachedProcess};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::Place;
use crate::apply::reason;
use crate::runtime::Output;

impl Place {
    /// Runs a command in a container of a pod, within a time; with something on stdin, which need not come to its end: older
    /// servers do not tell of that.
    pub(in crate::runtime) async fn run(
        &self,
        pod: &str,
        container: &str,
        words: &[&str],
        input: &str,
        within: Duration,
    ) -> Result<Output> {
        let pods = self.api::<Pod>().streams();
        let params = AttachParams {
            container: Some(container.into()),
            stdin: !input.is_empty(),
            ..AttachParams::default()
        };
        let running = async {
            let mut process = pods
                .exec(pod, words.iter().copied(), &params)
                .await
                .map_err(|error| anyhow!("in pod {pod}: {}", reason(&error)))?;
            if let Some(mut stdin) = process.stdin() {
                // A command that ends without reading says why by itself.
                let _ = stdin.write_all(input.as_bytes()).await;
                let _ = stdin.shutdown().await;
            }
            collect(&mut process).await
        };
        match tokio::time::timeout(within, running).await {
            Ok(output) => output,
            Err(_) => bail!(
                "`{}` in pod {pod} took longer than {} s",
                words[0],
                within.as_secs()
            ),
        }
    }
}

async fn collect(process: &mut AttachedProcess) -> Result<Output> {
    let status = process.take_status();
    let (stdout, stderr) = tokio::try_join!(text(process.stdout()), text(process.stderr()))?;
    let Some(status) = status else {
        bail!("the command has no status")
    };
    let success = status
        .await
        .is_some_and(|status| status.status.as_deref() == Some("Success"));
    Ok(Output {
        stdout,
        stderr,
        success,
    })
}

async fn text(stream: Option<impl AsyncRead + Unpin>) -> Result<String> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        stream
            .read_to_end(&mut bytes)
            .await
            .context("reading a command's output")?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
