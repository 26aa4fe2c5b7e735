//! `pgherd dsn`: the connection string for writing or reading. Reads the spec, and a place of processes where one is named;
//! stdout is the string alone.

use std::process::ExitCode;

use anyhow::{Result, ensure};

#[cfg(feature = "cluster")]
use super::reach::of_place;
use super::{SpecArgs, one_cluster, print};
use crate::dsn::{self, Way};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// Namespace of a spec that names none [default: none, for clients in the same namespace]
    #[arg(short, long)]
    namespace: Option<String>,
    /// Folder of a cluster that `pgherd e2e --on processes --keep` keeps: for clients on this machine
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["namespace", "pooler", "outside"])]
    processes: Option<std::path::PathBuf>,
    /// For reading: leads to the standbys
    #[arg(long, conflicts_with = "pooler")]
    read: bool,
    /// For both: leads to the pooler
    #[arg(long)]
    pooler: bool,
    /// For clients outside, who reach a node or the load balancer by this name or address
    #[arg(long, value_name = "HOST")]
    outside: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let way = match (args.read, args.pooler) {
        (true, _) => Way::Read,
        (false, true) => Way::Pooler,
        (false, false) => Way::Write,
    };
    #[cfg(feature = "cluster")]
    if let Some(folder) = &args.processes {
        let place = crate::runtime::processes::open(folder)?;
        let cluster = super::only(of_place(&place, super::clusters(&args.spec.files)?)?)?;
        return print(&(dsn::of_place(&place, &cluster, way)? + "\n"));
    }
    let cluster = one_cluster(&args.spec.files)?;
    let own = cluster.spec.namespace.as_deref();
    let given = args.namespace.as_deref();
    ensure!(
        own.is_none() || given.is_none() || own == given,
        "--namespace {}: the spec names another, {}",
        given.unwrap_or_default(),
        own.unwrap_or_default()
    );
    let text = match &args.outside {
        Some(host) => dsn::outside(&cluster, way, host)?,
        None => dsn::inside(&cluster, way, own.or(given))?,
    };
    print(&(text + "\n"))
}
