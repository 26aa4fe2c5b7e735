//! `pgherd apply`: sends the objects of specs to a cluster and waits until everything is ready.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use super::reach::{RouteArgs, block_on};
use super::{SpecArgs, agree_on_namespace, clusters, secrets_of};
use crate::apply::{self, Conflicts, Progress};
use crate::rollout::{self, Rollout};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// Also apply the Secrets, with these passwords and certificates, as `pgherd keygen -o file` writes them
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    #[command(flatten)]
    route: RouteArgs,
    /// Namespace of specs that name none [default: the context's]
    #[arg(short, long)]
    namespace: Option<String>,
    /// Take over fields that another manager owns
    #[arg(long)]
    force_conflicts: bool,
    /// Delete objects of these clusters that their specs no longer have; never volumes or Secrets
    #[arg(long)]
    prune: bool,
    /// Seconds that all workloads of a cluster that restart together may take until they are ready
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let clusters = clusters(&args.spec.files)?;
    let secrets = secrets_of(&clusters, args.credentials.as_deref())?;
    agree_on_namespace(&clusters, args.namespace.as_deref())?;
    block_on(async {
        let connection = apply::connect(&args.route.route()).await?;
        let options = apply::Options {
            namespace: args.namespace.unwrap_or(connection.namespace.clone()),
            conflicts: if args.force_conflicts {
                Conflicts::Force
            } else {
                Conflicts::Report
            },
            timeout: Duration::from_secs(args.timeout),
        };
        let client = &connection.client;
        let progress = Progress::on_stderr();
        let rollouts = clusters.iter().map(|cluster| Rollout {
            cluster,
            secrets: secrets.as_ref(),
            connection: &connection,
            options: &options,
        });
        let rollouts: Vec<Rollout<'_>> = rollouts.collect();
        // Everything is asked first: what would be refused is told before anything is changed.
        for one in &rollouts {
            rollout::require_possible(one).await?;
        }
        let mut parts = Vec::new();
        for one in &rollouts {
            parts.push(rollout::foresee(one, &progress).await?);
        }
        for (one, parts) in rollouts.iter().zip(&parts) {
            rollout::apply_in_order(one, parts, &progress).await?;
            if args.prune {
                let (namespace, name) = (options.namespace_of(one.cluster), one.cluster.name());
                apply::prune(client, namespace, name, &parts.concat(), &progress).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
