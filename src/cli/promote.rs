//! `pgherd promote`: gives the lead to a standby after the primary is lost, behind checks and a question.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::leader::{LeadArgs, agreed, place, refused, require_not_elected};
use super::print;
use super::reach::block_on;
use crate::apply::Progress;
use crate::leader::{self, Begun, Left};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    lead: LeadArgs,
    /// Leave a standby out that cannot be asked, though it may have rows that no other has; may be given several times
    #[arg(long, value_name = "POD")]
    without: Vec<String>,
    /// Stop the old primary's pod first, though its server may live, and wait until its node says that it has ended
    #[arg(long)]
    stop_old_primary: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    block_on(async {
        let place = place(args.lead).await?;
        require_not_elected(&place.cluster)?;
        let facts = place.look().await?;
        let left = Left {
            out: args.without,
            stop_old_primary: args.stop_old_primary,
        };
        let plan = leader::unplanned(&facts, place.args.to.as_deref(), &left);
        let plan = plan.map_err(|reasons| refused("promotion", reasons))?;
        if plan.begun != Begun::Promoted {
            let mut err = std::io::stderr().lock();
            for line in leader::loss(&facts, &plan, &left) {
                writeln!(err, "{line}").context("stderr: cannot be written")?;
            }
            drop(err);
            if !args.yes {
                agreed(&format!("Promote {}?", plan.to), &plan.to)?;
            }
        }
        let progress = Progress::on_stderr();
        let moved = leader::promote(&place.ground(&progress), &plan).await?;
        print(&place.report(&moved)?)
    })
}
