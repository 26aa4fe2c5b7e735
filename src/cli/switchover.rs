//! `pgherd switchover`: hands the lead to a standby, in order and without loss.

use std::process::ExitCode;

use anyhow::Result;

use super::leader::{LeadArgs, Place, place, refused};
use super::print;
use super::reach::block_on;
use crate::apply::Progress;
use crate::leader::{self, Begun};
use crate::topology;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    lead: LeadArgs,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    block_on(async {
        let place = place(args.lead).await?;
        if topology::layout(&place.cluster).is_elected() {
            return elected(&place).await;
        }
        let facts = place.look().await?;
        let leading = facts.leader().filter(|leader| {
            facts.leading_server().is_some() && leader.name == facts.leader_by_spec
        });
        if let Some(leader) = leading.filter(|leader| place.args.to.as_ref() == Some(&leader.name))
        {
            return print(&format!("{} leads already\n", leader.name));
        }
        let plan = leader::planned(&facts, place.args.to.as_deref());
        let plan = plan.map_err(|reasons| refused("switchover", reasons))?;
        let progress = Progress::on_stderr();
        let moved = leader::switchover(&place.ground(&progress), &plan).await?;
        let report = place.report(&moved)?;
        print(&match plan.begun {
            Begun::Promoted => {
                format!("nothing was moved: the lead had been given away already\n{report}")
            }
            _ => report,
        })
    })
}

/// The same where members elect who leads.
async fn elected(place: &Place) -> Result<ExitCode> {
    let progress = Progress::on_stderr();
    let to = place.args.to.as_deref();
    match leader::hand_over(&place.ground(&progress), to).await? {
        Some(moved) => print(&place.report(&moved)?),
        None => print(&format!("{} leads already\n", to.unwrap_or_default())),
    }
}
