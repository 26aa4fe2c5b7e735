//! `pgherd promote`: gives the lead to a standby after the primary is lost, behind checks and a question.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use super::leader::{LeadArgs, Place, agreed, place, refused};
use super::print;
use super::reach::block_on;
use crate::apply::Progress;
use crate::leader::{self, Begun, Left, Moved, Plan};
use crate::status::Facts;
use crate::topology;

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
        let left = Left {
            out: args.without,
            stop_old_primary: args.stop_old_primary,
        };
        let accepted = if args.yes {
            Accepted::Here
        } else {
            Accepted::Asked
        };
        let moved = if topology::layout(&place.cluster).is_elected() {
            where_elected(&place, left, accepted).await?
        } else {
            by_spec(&place, &left, accepted).await?
        };
        print(&place.report(&moved)?)
    })
}

/// Whether the user has said that it may be done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accepted {
    /// On the command line.
    Here,
    /// Not yet.
    Asked,
}

/// Where the spec says who leads.
async fn by_spec(place: &Place, left: &Left, accepted: Accepted) -> Result<Moved> {
    let facts = place.look().await?;
    let plan = leader::unplanned(&facts, place.args.to.as_deref(), left);
    let plan = plan.map_err(|reasons| refused("promotion", reasons))?;
    if plan.begun != Begun::Promoted {
        tell_and_ask(&facts, &plan, left, accepted)?;
    }
    let progress = Progress::on_stderr();
    leader::promote(&place.ground(&progress), &plan).await
}

/// Where members elect who leads: only where they cannot.
async fn where_elected(place: &Place, left: Left, accepted: Accepted) -> Result<Moved> {
    ensure!(
        !left.stop_old_primary,
        "--stop-old-primary: not where members elect who leads: one that has lost the lead takes no writes by itself"
    );
    let progress = Progress::on_stderr();
    let ground = place.ground(&progress);
    if let Some(leads) = leader::elected(&ground).await? {
        let reason = format!(
            "{leads} takes writes, by election; `{}` moves the lead without loss",
            ground.commands.pgherd("switchover")
        );
        return Err(refused("promotion", vec![reason]));
    }
    leader::require_named(&ground).await?;
    let facts = place.look().await?;
    // One that lives fences itself.
    let left = Left {
        stop_old_primary: true,
        ..left
    };
    let plan = leader::unplanned(&facts, place.args.to.as_deref(), &left);
    let plan = plan.map_err(|reasons| refused("promotion", reasons))?;
    tell_and_ask(&facts, &plan, &left, accepted)?;
    leader::promote_elected(&ground, &plan).await
}

/// Says what may be lost, and asks whether that may be.
fn tell_and_ask(facts: &Facts, plan: &Plan, left: &Left, accepted: Accepted) -> Result<()> {
    let mut err = std::io::stderr().lock();
    for line in leader::loss(facts, plan, left) {
        writeln!(err, "{line}").context("stderr: cannot be written")?;
    }
    drop(err);
    if accepted == Accepted::Here {
        return Ok(());
    }
    agreed(&format!("Promote {}?", plan.to), &plan.to)
}
