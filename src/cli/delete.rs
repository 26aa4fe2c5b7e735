//! `pgherd delete`: takes a cluster's objects away; its data stays unless that is asked for.

use std::process::ExitCode;

use anyhow::Result;

use super::leader::agreed;
use super::print;
use super::reach::{OneArgs, block_on};
use crate::apply::{self, Extent, Progress};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    one: OneArgs,
    /// Delete the volumes with all data, and the Secrets, too
    #[arg(long)]
    volumes: bool,
    /// Do not ask before volumes are deleted
    #[arg(short, long)]
    yes: bool,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let cluster = args.one.cluster()?;
    block_on(async {
        let (connection, namespace) = args.one.connect(&cluster).await?;
        let extent = if args.volumes {
            Extent::WithData
        } else {
            Extent::KeepData
        };
        let name = cluster.name();
        if extent == Extent::WithData && !args.yes {
            let what = format!(
                "Delete {name} in namespace {namespace} of {} with all its data?",
                connection.context
            );
            agreed(&what, name)?;
        }
        let progress = Progress::on_stderr();
        let deleted =
            apply::delete(&connection.client, &namespace, &cluster, extent, &progress).await?;
        print(&match (deleted.len(), extent) {
            (0, _) => {
                format!("there is nothing of {name} in namespace {namespace} that pgherd manages\n")
            }
            (count, Extent::KeepData) => {
                format!("{count} objects deleted; volumes and Secrets are kept\n")
            }
            (count, Extent::WithData) => {
                format!("{count} objects deleted, volumes and Secrets among them\n")
            }
        })
    })
}
