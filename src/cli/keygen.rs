//! `pgherd keygen`: makes passwords. The only place where they are made; nothing else ever replaces one.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use pgherd::k8s::{Manifest, Object};
use pgherd::{credentials, target};

use super::{SpecArgs, clusters, print};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// Write a credentials file for `gen --credentials` instead of printing Secrets; it must not exist
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let clusters = clusters(&args.spec.files)?;
    if let Some(file) = &args.output {
        return write(file);
    }
    let secrets: Vec<Manifest> = clusters
        .iter()
        .map(|cluster| Manifest {
            comment: "Passwords. Keep this out of version control; `kubectl create` refuses to replace it.".into(),
            object: Object::from(credentials::secret(cluster, &credentials::generate())),
        })
        .collect();
    print(&target::yaml::render(&secrets))
}

/// Mode 0600 from the first byte, and never over a file that is there: it may hold the only copy of passwords in use.
fn write(file: &PathBuf) -> Result<ExitCode> {
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .with_context(|| {
            format!(
                "{}: cannot be made (a file that exists is never overwritten)",
                file.display()
            )
        })?;
    for (name, value) in &credentials::generate().0 {
        writeln!(out, "{name}: \"{value}\"")
            .with_context(|| format!("{}: cannot be written", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
