//! `pgherd chart`: the Helm chart as a folder or an archive, and whether a folder is current. Needs no spec.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use super::{SpecArgs, clusters, print};
use crate::chart::{self, package};

/// Where the chart lies in a checkout of pgherd.
const FOLDER: &str = "charts/pgherd";

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Write the chart into this folder; files in its templates/ and files/ that are not made any more are removed
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    out: PathBuf,
    /// Write an archive for a registry instead; into a folder, it is called as Helm calls it
    #[arg(long, value_name = "FILE_OR_DIR", conflicts_with_all = ["out", "check"])]
    package: Option<PathBuf>,
    /// Write nothing: say how the folder differs from what would be written
    #[arg(long)]
    check: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print a spec as values of the chart, with its files of SQL put in
    Values(SpecArgs),
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if let Some(Command::Values(spec)) = &args.command {
        let clusters = clusters(&spec.files)?;
        let [cluster] = clusters.as_slice() else {
            bail!(
                "values are of one cluster, but {} are given",
                clusters.len()
            );
        };
        print(&chart::given(cluster))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.package.is_none() && !args.check {
        // Before the chart is made, which takes longer.
        package::refuse_foreign(&args.out)?;
    }
    let files = chart::files()?;
    if let Some(target) = &args.package {
        let path = package::write_archive(target, &files)?;
        eprintln!("wrote {}", path.display());
        return Ok(ExitCode::SUCCESS);
    }
    if args.check {
        return check(args, &files);
    }
    for name in package::write(&args.out, &files)? {
        eprintln!(
            "removed {}: not made any more",
            args.out.join(name).display()
        );
    }
    eprintln!("wrote {} files to {}", files.len(), args.out.display());
    Ok(ExitCode::SUCCESS)
}

fn check(args: &Args, files: &package::Files) -> Result<ExitCode> {
    let differences = package::differences(&args.out, files)?;
    if differences.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = args.out.display();
    eprintln!("{folder} is not what pgherd {} writes:", package::VERSION);
    for difference in &differences {
        eprintln!("  {difference}");
    }
    eprintln!("hint: pgherd chart --out {folder}");
    Ok(ExitCode::from(1))
}
