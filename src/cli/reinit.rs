//! `pgherd reinit`: has a standby of a cluster whose members elect who leads copy its data anew.

use std::process::ExitCode;

use anyhow::Result;

use super::elected::{OrderArgs, order_place};
use super::print;
use super::reach::block_on;
use crate::apply::Progress;
use crate::orders;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    order: OrderArgs,
    /// Pod of the standby
    #[arg(value_name = "POD")]
    member: String,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    block_on(async {
        let place = order_place(args.order).await?;
        let progress = Progress::on_stderr();
        orders::copy_anew(&place.ground(&progress), &args.member).await?;
        print(&format!("{} streams with a new copy\n", args.member))
    })
}
