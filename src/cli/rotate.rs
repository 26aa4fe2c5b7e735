//! `pgherd rotate`: replaces the passwords or the certificate of a running cluster.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use super::reach::{RunningArgs, block_on};
use super::status::interrupted;
use crate::apply::Progress;
use crate::rotate::{self, Kept, Rotation};
use crate::secrets::passwords;

#[derive(clap::Subcommand)]
pub(crate) enum Rotate {
    /// New passwords for the superuser, the replication role and the owner; run again, it completes what was cut off
    Passwords(Args),
    /// A new certificate by the same authority; no server restarts, the pooler's pods are replaced one by one
    Certificate(CertificateArgs),
}

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    one: RunningArgs,
    /// Also replace what is new in this file, as `pgherd keygen -o file` wrote it
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Seconds that the members may take to have what is new
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

#[derive(clap::Args)]
pub(crate) struct CertificateArgs {
    #[command(flatten)]
    common: Args,
    /// One more name or address by which clients outside reach the cluster; those of before stay
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
}

pub(crate) fn run(command: Rotate) -> Result<ExitCode> {
    match command {
        Rotate::Passwords(args) => on_cluster(&args, async |on, kept| {
            rotate::passwords(on, &passwords::generate(), kept).await
        }),
        Rotate::Certificate(CertificateArgs { common, host }) => {
            on_cluster(&common, async |on, kept| {
                rotate::certificate(on, &host, kept).await
            })
        }
    }
}

fn on_cluster<F>(args: &Args, work: F) -> Result<ExitCode>
where
    F: AsyncFnOnce(&Rotation<'_>, Option<&Kept>) -> Result<()>,
{
    let cluster = args.one.cluster()?;
    let kept = args.credentials.as_deref().map(Kept::read).transpose()?;
    block_on(async {
        let reach = args.one.reach().await?;
        let _alone = reach.alone("rotating")?;
        let progress = Progress::on_stderr();
        let (members, located) = (reach.runtime(&cluster), reach.located(&cluster));
        let on = Rotation {
            runtime: &members,
            cluster: &cluster,
            namespace: located.namespace(),
            progress: &progress,
            within: Duration::from_secs(args.timeout),
        };
        tokio::select! {
            done = work(&on, kept.as_ref()) => done.map(|()| ExitCode::SUCCESS),
            code = interrupted() => {
                progress.say("interrupted", "the same command completes what was begun");
                code
            }
        }
    })
}
