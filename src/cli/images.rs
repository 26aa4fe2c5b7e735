//! `pgherd images`: every image that a spec needs, one per line, for mirrors and scanners.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;

use super::{SpecArgs, clusters, print};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let images: BTreeSet<String> = clusters(&args.spec.files)?
        .iter()
        .flat_map(crate::cluster::Cluster::images)
        .collect();
    print(
        &images
            .into_iter()
            .map(|image| image + "\n")
            .collect::<String>(),
    )
}
