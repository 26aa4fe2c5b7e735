//! `pgherd psql`: psql on the primary or a standby, beside its server. The exit code is psql's.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use super::is_stdin;
use super::reach::{RunningArgs, block_on};
use crate::apply::Unfit;
use crate::cluster::Layout;
use crate::status;
use crate::topology;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    one: RunningArgs,
    /// On the standby with this number instead of the primary
    #[arg(long, value_name = "NUMBER")]
    standby: Option<u8>,
    /// Arguments of psql, such as `-- -c 'select 1'`
    #[arg(last = true, value_name = "PSQL ARGUMENTS")]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    ensure!(
        !args.one.spec.files.iter().any(|file| is_stdin(file)),
        "psql reads standard input itself: name the spec's file"
    );
    let cluster = args.one.cluster()?;
    if let Some(number) = args.standby {
        let count = cluster.standbys();
        ensure!(
            number < count,
            "--standby {number}: there are {count} standbys, the first is 0"
        );
    }
    block_on(async {
        let runtime = args.one.reach().await?.runtime(&cluster);
        let leader = status::leader(&runtime, &cluster).await;
        let pod = member(&topology::layout(&cluster), &leader, args.standby);
        let pod = pod.context("no such standby")?;
        let database = &cluster.spec.postgres.database;
        let code = crate::psql::psql(&runtime, &pod, database, &args.arguments).await;
        Ok(ExitCode::from(code.map_err(Unfit)?))
    })
}

/// Where psql runs while this member leads: there, or on one of the members that follow, in their order.
fn member(layout: &Layout, leader: &str, standby: Option<u8>) -> Option<String> {
    match standby {
        None => Some(leader.to_owned()),
        Some(number) => {
            let mut standbys = layout.others_than(leader).into_iter();
            standbys.nth(number.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Source;
    use crate::validate;

    #[test]
    fn standbys_are_counted_by_who_leads_now() {
        let source = Source {
            name: "spec",
            text: "{name: shop, topology: streaming, members: 3}",
            folder: None,
        };
        let cluster = validate::read(&source).unwrap().remove(0);
        let layout = topology::layout(&cluster);
        let on = |leader: &str, standby| member(&layout, leader, standby);
        let first = Some("shop-primary-0".to_owned());
        assert_eq!(on("shop-primary-0", None), first);
        let moved = "shop-standby-0";
        assert_eq!(on(moved, None).as_deref(), Some(moved));
        assert_eq!(on(moved, Some(0)), first);
        assert_eq!(on(moved, Some(1)).as_deref(), Some("shop-standby-1"));
        assert_eq!(on("shop-primary-0", Some(0)).as_deref(), Some(moved));
        assert_eq!(on(moved, Some(2)), None);
    }
}
