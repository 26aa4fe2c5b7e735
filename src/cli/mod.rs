//! The command line: one file per command. stdout carries what was asked for and nothing else; the rest is on stderr.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand};

use crate::cluster::Cluster;
#[cfg(feature = "cluster")]
use crate::orders::Election;
use crate::secrets::{Secrets, credentials};
use crate::{names, spec, validate};

#[cfg(feature = "cluster")]
mod apply;
mod chart;
#[cfg(feature = "cluster")]
mod delete;
#[cfg(feature = "cluster")]
mod diff;
#[cfg(feature = "cluster")]
mod drill;
mod dsn;
#[cfg(feature = "cluster")]
mod e2e;
#[cfg(feature = "cluster")]
mod elected;
mod r#gen;
mod images;
mod init;
mod keygen;
#[cfg(feature = "cluster")]
mod leader;
#[cfg(feature = "cluster")]
mod pause;
#[cfg(feature = "cluster")]
mod promote;
#[cfg(feature = "cluster")]
mod psql;
#[cfg(feature = "cluster")]
mod reach;
#[cfg(feature = "cluster")]
mod reinit;
#[cfg(feature = "cluster")]
mod restart;
#[cfg(feature = "cluster")]
mod rotate;
#[cfg(feature = "cluster")]
mod seeds;
mod shell;
#[cfg(feature = "cluster")]
mod status;
#[cfg(feature = "cluster")]
mod switchover;

/// Bytes that are written to stdout at once.
const BUFFER: usize = 64 * 1024;

/// PostgreSQL replication on Kubernetes, generated from one small spec and proven by breaking it.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit codes:
  0  done
  1  a promise was broken: a check failed, an object did not get ready, something is wrong
  2  wrong usage or spec
  3  the environment is not fit: no cluster, no Docker
  130  interrupted by Ctrl-C, after cleaning up"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print a commented spec to start from
    Init,
    /// Print the manifests of a spec
    Gen(r#gen::Args),
    /// Make the passwords and the certificate of a spec, as Secrets or a file
    Keygen(keygen::Args),
    /// Print the JSON Schema of the spec
    Schema,
    /// Write the Helm chart, whose values are a spec
    Chart(chart::Args),
    /// Print every image that a spec needs
    Images(images::Args),
    /// Apply a spec to a cluster and wait until everything is ready
    #[cfg(feature = "cluster")]
    Apply(apply::Args),
    /// Print what applying would change, and what that means for what runs; exit code 1 where something would, 2 where it
    /// would be refused
    #[cfg(feature = "cluster")]
    Diff(diff::Args),
    /// Delete a cluster's objects; its volumes and Secrets stay, so that applying the spec again brings it back
    #[cfg(feature = "cluster")]
    Delete(delete::Args),
    /// Tell who leads, who follows, what is wrong and what to do; changes nothing
    #[cfg(feature = "cluster")]
    Status(status::Args),
    /// Hand the lead to a standby, in order: nothing is lost, and writes rest for about a second
    #[cfg(feature = "cluster")]
    Switchover(switchover::Args),
    /// Give the lead to a standby after the primary is lost; refuses what would lose data
    #[cfg(feature = "cluster")]
    Promote(promote::Args),
    /// Restart the servers one after the other, the one that leads last, behind a switchover; where members elect who leads
    #[cfg(feature = "cluster")]
    Restart(restart::Args),
    /// Have a standby copy its data anew, beside what it has, which goes when the copy is whole; where members elect who leads
    #[cfg(feature = "cluster")]
    Reinit(reinit::Args),
    /// Have the members leave it to people who leads
    #[cfg(feature = "cluster")]
    Pause(elected::OrderArgs),
    /// Have the members see to who leads again
    #[cfg(feature = "cluster")]
    Resume(elected::OrderArgs),
    /// Run psql on the primary or a standby, as the superuser; the exit code is psql's
    #[cfg(feature = "cluster")]
    Psql(psql::Args),
    /// Replace the passwords or the certificate of a running cluster
    #[cfg(feature = "cluster")]
    #[command(subcommand)]
    Rotate(rotate::Rotate),
    /// Print the connection string for writing, or for reading; it has no password
    Dsn(dsn::Args),
    /// Show on kind, or on a cluster of yours, that what a spec promises holds
    #[cfg(feature = "cluster")]
    E2e(e2e::Args),
    /// Have things happen to a cluster of members that elect who leads, again and again, and tell for how long clients could not
    /// write, and whether anything is lost
    #[cfg(feature = "cluster")]
    Drill(drill::Args),
    /// Print the script that completes this command line in a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page, or write those of all commands into a folder
    Man(shell::ManArgs),
}

/// Where specs come from; shared by every command that reads them.
#[derive(Clone, clap::Args)]
pub(crate) struct SpecArgs {
    /// Spec file, or `-` for standard input; may be given several times
    #[arg(short = 'f', long = "file", value_name = "SPEC", required = true)]
    files: Vec<PathBuf>,
}

/// The program: reads the command line, runs one command, prints the error chain; returns the exit code.
///
/// Not asynchronous: what awaits has to be compiled in this crate, or its futures are compiled again where they are polled.
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            exit_code(&error)
        }
    }
}

/// Runs one command.
///
/// # Errors
/// What went wrong, with the file, name or value that it was about.
fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Init => init::init(),
        Command::Gen(args) => r#gen::run(&args),
        Command::Keygen(args) => keygen::run(&args),
        Command::Schema => init::schema(),
        Command::Chart(args) => chart::run(&args),
        Command::Images(args) => images::run(&args),
        #[cfg(feature = "cluster")]
        Command::Apply(args) => apply::run(args),
        #[cfg(feature = "cluster")]
        Command::Diff(args) => diff::run(args),
        #[cfg(feature = "cluster")]
        Command::Delete(args) => delete::run(args),
        #[cfg(feature = "cluster")]
        Command::Status(args) => status::run(args),
        #[cfg(feature = "cluster")]
        Command::Switchover(args) => switchover::run(args),
        #[cfg(feature = "cluster")]
        Command::Restart(args) => restart::run(args),
        #[cfg(feature = "cluster")]
        Command::Reinit(args) => reinit::run(args),
        #[cfg(feature = "cluster")]
        Command::Pause(args) => pause::run(args, Election::Paused),
        #[cfg(feature = "cluster")]
        Command::Resume(args) => pause::run(args, Election::Resumed),
        #[cfg(feature = "cluster")]
        Command::Promote(args) => promote::run(args),
        #[cfg(feature = "cluster")]
        Command::Psql(args) => psql::run(&args),
        #[cfg(feature = "cluster")]
        Command::Rotate(command) => rotate::run(command),
        Command::Dsn(args) => dsn::run(&args),
        #[cfg(feature = "cluster")]
        Command::E2e(args) => e2e::run(args),
        #[cfg(feature = "cluster")]
        Command::Drill(args) => drill::run(&args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    }
}

/// The documented exit code of an error: 2 for a spec or a usage that is wrong, unless the error says otherwise.
fn exit_code(error: &anyhow::Error) -> ExitCode {
    #[cfg(feature = "cluster")]
    if let Some(code) = crate::apply::exit_code(error) {
        return code;
    }
    let _ = error;
    ExitCode::from(2)
}

/// Reads and checks every spec; the mistakes of all files come together, before any file is used.
fn clusters(files: &[PathBuf]) -> Result<Vec<Cluster>> {
    let located = located(files)?.into_iter();
    Ok(located.map(|(_, cluster)| cluster).collect())
}

/// The same, each with the file that it was read from.
fn located(files: &[PathBuf]) -> Result<Vec<(PathBuf, Cluster)>> {
    let mut clusters = Vec::new();
    let mut mistakes = Vec::new();
    for file in files {
        let text = text(file)?;
        let name = if is_stdin(file) {
            "<stdin>".into()
        } else {
            file.display().to_string()
        };
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        match validate::read(&spec::Source {
            name: &name,
            text: &text,
            folder,
        }) {
            Ok(read) => clusters.extend(read.into_iter().map(|cluster| (file.clone(), cluster))),
            Err(errors) => mistakes.push(errors.to_string()),
        }
    }
    ensure!(
        mistakes.is_empty(),
        "the spec is refused\n{}",
        mistakes.join("\n")
    );
    Ok(clusters)
}

/// Refuses a namespace of the command line that is not that of a spec which names one.
fn agree_on_namespace(clusters: &[Cluster], namespace: Option<&str>) -> Result<()> {
    let Some(namespace) = namespace else {
        return Ok(());
    };
    for cluster in clusters {
        let own = cluster.spec.namespace.as_deref();
        ensure!(
            own.is_none_or(|own| own == namespace),
            "--namespace {namespace}: the spec of {} names another, {}",
            cluster.name(),
            own.unwrap_or_default()
        );
    }
    Ok(())
}

/// What is in a credentials file, which belongs to one cluster.
fn secrets_of(clusters: &[Cluster], file: Option<&Path>) -> Result<Option<Secrets>> {
    let Some(file) = file else { return Ok(None) };
    let count = clusters.len();
    let [cluster] = clusters else {
        bail!(
            "--credentials {}: belongs to one cluster, but {count} are given",
            file.display()
        );
    };
    let secrets = credentials::parse(&file.display().to_string(), &text(file)?)?;
    if cluster.metrics().is_some()
        && !secrets
            .passwords
            .0
            .contains_key(names::METRICS_PASSWORD_FILE)
    {
        eprintln!(
            "note: {} has no password for metrics, so that {} has none; `pgherd rotate passwords --credentials {0}` adds it",
            file.display(),
            cluster.name()
        );
    }
    Ok(Some(secrets))
}

fn text(file: &Path) -> Result<String> {
    if is_stdin(file) {
        return io::read_to_string(io::stdin()).context("<stdin>: cannot be read as text");
    }
    std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

/// The one cluster of the specs, for commands that are about one.
fn one_cluster(files: &[PathBuf]) -> Result<Cluster> {
    only(clusters(files)?)
}

/// The one cluster of these.
fn only(mut clusters: Vec<Cluster>) -> Result<Cluster> {
    ensure!(
        clusters.len() == 1,
        "this command is about one cluster, but {} are given",
        clusters.len()
    );
    Ok(clusters.remove(0))
}

/// Prints to stdout.
fn print(text: &str) -> Result<ExitCode> {
    stream(|out| out.write_all(text.as_bytes()))
}

/// Has something written to stdout, bit by bit. A reader that has gone away, such as `head`, is no error.
fn stream(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<ExitCode> {
    let mut out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("stdout: cannot be written")
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
