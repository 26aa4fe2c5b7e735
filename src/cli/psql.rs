//! `pgherd psql`: psql on the primary or a standby, through the API. The exit code is psql's.

use std::process::ExitCode;

use anyhow::{Result, ensure};

use super::apply::{RouteArgs, block_on};
use super::{SpecArgs, agree_on_namespace, is_stdin, one_cluster};
use crate::apply::{self, Unfit};
use crate::cluster::Cluster;
use crate::runtime::in_namespace;
use crate::status;
use crate::topology;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    route: RouteArgs,
    /// Namespace of a spec that names none [default: the context's]
    #[arg(short, long)]
    namespace: Option<String>,
    /// On the standby with this number instead of the primary
    #[arg(long, value_name = "NUMBER")]
    standby: Option<u8>,
    /// Arguments of psql, such as `-- -c 'select 1'`
    #[arg(last = true, value_name = "PSQL ARGUMENTS")]
    arguments: Vec<String>,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    ensure!(
        !args.spec.files.iter().any(|file| is_stdin(file)),
        "psql reads standard input itself: name the spec's file"
    );
    let cluster = one_cluster(&args.spec.files)?;
    agree_on_namespace(std::slice::from_ref(&cluster), args.namespace.as_deref())?;
    let standby = args
        .standby
        .map(|number| standby(&cluster, number))
        .transpose()?;
    let route = args.route.route();
    block_on(async {
        let connection = apply::connect(&route).await?;
        let own = cluster.spec.namespace.clone().or(args.namespace);
        let namespace = own.unwrap_or(connection.namespace);
        let runtime = in_namespace(&connection.client, &namespace);
        let leader = status::leader(&runtime, &cluster).await;
        let pod = match standby {
            None => leader,
            Some(pod) => {
                ensure!(pod != leader, "{pod} leads this cluster: it is no standby");
                pod
            }
        };
        let database = &cluster.spec.postgres.database;
        let code = crate::psql::psql(&runtime, &pod, database, &args.arguments).await;
        Ok(ExitCode::from(code.map_err(Unfit)?))
    })
}

fn standby(cluster: &Cluster, number: u8) -> Result<String> {
    let pods = topology::layout(cluster).standbys_by_spec();
    let pod = pods.get(usize::from(number)).cloned();
    pod.ok_or_else(|| {
        anyhow::anyhow!(
            "--standby {number}: there are {} standbys, the first is 0",
            pods.len()
        )
    })
}
