//! `pgherd pause` and `pgherd resume`: whether members that elect who leads do so.

use std::process::ExitCode;

use anyhow::Result;

use super::elected::{OrderArgs, order_place};
use super::print;
use super::reach::block_on;
use crate::apply::Progress;
use crate::orders::{self, Election};

pub(crate) fn run(args: OrderArgs, election: Election) -> Result<ExitCode> {
    block_on(async {
        let place = order_place(args).await?;
        let progress = Progress::on_stderr();
        let ground = place.ground(&progress);
        let silent = orders::set_election(&ground, election).await?;
        let mut lines = vec![match election {
            Election::Paused => format!(
                "paused: when the member that leads is lost, nobody takes its place until `{}`",
                ground.commands.pgherd("resume")
            ),
            Election::Resumed => "resumed: the members see to who leads".to_owned(),
        }];
        let has_silent = !silent.is_empty();
        lines.extend(silent.iter().map(|one| format!("does not know yet: {one}")));
        lines.push(String::new());
        let printed = print(&lines.join("\n"))?;
        Ok(if has_silent {
            ExitCode::from(1)
        } else {
            printed
        })
    })
}
