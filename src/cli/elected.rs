//! What the commands about members that elect who leads have in common: the one cluster, and the way to it.

use std::time::Duration;

use anyhow::{Result, bail};

use super::reach::{Reach, RunningArgs};
use crate::apply::Progress;
use crate::cluster::Cluster;
use crate::leader::Ground;
use crate::topology;

#[derive(clap::Args)]
pub(crate) struct OrderArgs {
    #[command(flatten)]
    one: RunningArgs,
    /// Seconds that each member may take
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

/// The one cluster of a command, and the way to it.
pub(crate) struct OrderPlace {
    args: OrderArgs,
    cluster: Cluster,
    reach: Reach,
}

/// The cluster, which is one whose members elect who leads.
pub(crate) async fn order_place(args: OrderArgs) -> Result<OrderPlace> {
    let cluster = args.one.cluster()?;
    if !topology::layout(&cluster).is_elected() {
        bail!(
            "{}: only where members elect who leads (topology: patroni)\nhint: elsewhere pods are restarted by `kubectl rollout \
             restart`, a standby without data copies by itself, and only `pgherd switchover` and `pgherd promote` move the lead",
            cluster.name()
        );
    }
    let reach = args.one.reach().await?;
    Ok(OrderPlace {
        args,
        cluster,
        reach,
    })
}

impl OrderPlace {
    pub(crate) fn ground<'a>(&'a self, progress: &'a Progress) -> Ground<'a> {
        let files = &self.args.one.spec.files;
        Ground {
            runtime: self.reach.runtime(&self.cluster),
            cluster: &self.cluster,
            commands: self.reach.commands(&self.cluster, files),
            timeout: Duration::from_secs(self.args.timeout),
            progress,
        }
    }
}
