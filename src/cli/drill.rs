//! `pgherd drill`: has things happen to a cluster whose members elect who leads, and tells for how long clients could not write. The
//! table is stdout.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use super::reach::{RouteArgs, block_on};
use super::{located, print};
use crate::apply::{Progress, Unfit};
use crate::cluster::{Cluster, Event};
use crate::e2e::drill::{self, Drill};
use crate::e2e::{Afterwards, Differences, Early, Extent, Install, Limits, Means, On, Options};
use crate::{kind, topology};

/// Exit code after a signal, as shells have it for SIGINT.
const INTERRUPTED: u8 = 130;
/// The spec that is taken where none is named.
const SPEC: &str = "e2e/patroni/quorum.yaml";
/// Where a file that is written has the table, between two lines.
const BEGINS: &str = "<!-- measured: begins -->\n";
const ENDS: &str = "<!-- measured: ends -->\n";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Spec file; may be given several times, then they take turns [default: e2e/patroni/quorum.yaml]
    #[arg(short = 'f', long = "file", value_name = "SPEC")]
    files: Vec<PathBuf>,
    /// Have objects of somebody else's take turns with those of the specs: a folder with spec.yaml, which says by which names its
    /// members are found, manifests.yaml and a Dockerfile; such as e2e/patroni/plain
    #[arg(long, value_name = "DIR")]
    beside: Option<PathBuf>,
    /// What is to happen; may be given several times [default: everything]
    #[arg(long, value_name = "EVENT", value_parser = event)]
    event: Vec<Event>,
    /// How many clusters are formed anew of each spec; everything happens once to each. With 0 nothing does, and the table tells what
    /// the file of results has
    #[arg(long, value_name = "N", default_value_t = 5)]
    trials: u8,
    /// Add a line for each trial to this file, and have the table tell of all that it has of the same specs
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Write the table into this Markdown file too, between its two lines `<!-- measured: begins -->` and `<!-- measured: ends -->`
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    #[command(flatten)]
    route: RouteArgs,
    /// Image of the kind cluster's nodes [default: the newest kindest/node on this machine, else kind's own]
    #[arg(long, value_name = "IMAGE", conflicts_with = "context")]
    node_image: Option<String>,
    /// Leave the kind cluster for the next run, without what was made in it
    #[arg(long)]
    keep: bool,
    /// Folder for report.json, junit.xml and, after a failure, pods, events and logs
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Seconds that one spec's workloads may take until they are ready
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

/// An event by its word.
fn event(text: &str) -> Result<Event, String> {
    let found = Event::ALL.into_iter().find(|one| one.word() == text);
    found.ok_or_else(|| {
        let words: Vec<&str> = Event::ALL.iter().map(|one| one.word()).collect();
        format!("there are {}", words.join(", "))
    })
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let files = match args.files.as_slice() {
        [] => vec![SPEC.into()],
        files => files.to_vec(),
    };
    let clusters: Vec<Cluster> = located(&files)?.into_iter().map(|(_, one)| one).collect();
    for cluster in &clusters {
        ensure!(
            topology::layout(cluster).is_elected(),
            "{}: a drill is for members that elect who leads\nhint: `pgherd e2e --all` breaks any other, and measures it",
            cluster.name()
        );
    }
    let page = args.write.as_deref().map(page).transpose()?;
    let known = args.results.as_deref().map(drill::read).transpose()?;
    let events = match args.event.as_slice() {
        [] => Event::ALL.to_vec(),
        events => events.to_vec(),
    };
    let drill = Drill::new(events, args.results.clone());
    let options = options(args, drill.clone());
    let beside = args.beside.as_deref().map(other).transpose()?;
    let done = match args.trials {
        0 => None,
        trials => Some(block_on(async {
            let plan = crate::e2e::plan(&clusters, &options).await?;
            let plan = plan.rounds(trials, beside.as_ref());
            let progress = Progress::on_stderr();
            let done = crate::e2e::run(&plan, &options, &progress).await;
            Ok(done.map_err(Unfit)?)
        })?),
    };
    let mut trials = known.unwrap_or_default();
    trials.extend(drill.trials());
    let other = args
        .beside
        .as_ref()
        .map(|folder| folder.display().to_string());
    print(&drill::table(&clusters, other.as_deref(), &trials))?;
    if let (Some(file), Some((before, after))) = (&args.write, page) {
        let text = drill::markdown(&clusters, other.as_deref(), &trials);
        std::fs::write(file, format!("{before}{BEGINS}{text}\n{ENDS}{after}"))
            .with_context(|| file.display().to_string())?;
    }
    let is_kept = done.as_ref().is_none_or(|done| done.report.kept());
    match done.and_then(|done| done.end) {
        Some(Early::Unfit(error)) => Err(Unfit(error).into()),
        Some(Early::Interrupted) => Ok(ExitCode::from(INTERRUPTED)),
        None if is_kept && drill::is_kept(&clusters, &trials) => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::from(1)),
    }
}

fn options(args: &Args, drill: Drill) -> Options {
    Options {
        on: On::Kubernetes,
        route: args.route.clone().route(),
        node_image: args.node_image.clone(),
        afterwards: if args.keep {
            Afterwards::KeepCluster
        } else {
            Afterwards::CleanUp
        },
        means: Means::Apply,
        extent: Extent::Events,
        report: args.report.clone(),
        only: None,
        jobs: NonZeroUsize::MIN,
        limits: Limits::new(args.timeout, 1.0),
        install: Install::Nothing,
        drill,
        shape: kind::WORKERS,
        differences: Differences::new(),
    }
}

/// The cluster of a folder with somebody else's objects.
fn other(folder: &Path) -> Result<(Cluster, Means)> {
    let mut found = located(&[folder.join("spec.yaml")])?;
    ensure!(
        found.len() == 1,
        "{}/spec.yaml: has to have one cluster",
        folder.display()
    );
    let means = Means::Manifests {
        folder: folder.into(),
    };
    Ok((found.remove(0).1, means))
}

/// A page around its table.
fn page(file: &Path) -> Result<(String, String)> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let parts = text.split_once(BEGINS);
    let parts = parts.and_then(|(before, rest)| Some((before, rest.split_once(ENDS)?.1)));
    let (before, after) = parts.with_context(|| {
        format!(
            "{}: has no two lines {} and {}",
            file.display(),
            BEGINS.trim(),
            ENDS.trim()
        )
    })?;
    Ok((before.into(), after.into()))
}
