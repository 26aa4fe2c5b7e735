//! `pgherd restart`: restarts the servers of a cluster whose members elect who leads.

use std::process::ExitCode;

use anyhow::Result;

use super::elected::{OrderArgs, order_place};
use super::print;
use super::reach::block_on;
use crate::apply::Progress;
use crate::orders::{self, AtLast};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    order: OrderArgs,
    /// Pods of the members [default: all]
    #[arg(value_name = "POD")]
    members: Vec<String>,
    /// Restart the member that leads where it is, without a switchover: nobody can write until it is back
    #[arg(long)]
    in_place: bool,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    block_on(async {
        let place = order_place(args.order).await?;
        let at_last = if args.in_place {
            AtLast::InPlace
        } else {
            AtLast::HandsOver
        };
        let progress = Progress::on_stderr();
        let done = orders::restart(&place.ground(&progress), &args.members, at_last).await?;
        print(&format!(
            "restarted: {}; {} leads\n",
            done.members.join(", "),
            done.leader
        ))
    })
}
