//! `pgherd e2e`: shows on kind, or on a named cluster, that what specs promise holds. The table is stdout.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use console::Term;

use super::reach::{RouteArgs, block_on};
use super::seeds::{self, Told};
use super::{located, print};
use crate::apply::{Progress, Unfit};
use crate::cluster::Cluster;
use crate::e2e::drill::Drill;
use crate::e2e::{
    Afterwards, Differences, Early, Extent, Install, Limits, Means, On, Options, Plan, Run, Source,
};
use crate::kind;
use crate::runtime::processes;
use crate::topology;

mod place;

use place::{Where, chosen, place};

/// Exit code after a signal, as shells have it for SIGINT.
const INTERRUPTED: u8 = 130;

/// Characters of a line where stdout is no terminal, as in a CI log.
const WIDTH: u16 = 150;

/// Folder of the specs that this project proves.
const FOLDER: &str = "e2e";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Spec file, or `-` for standard input; may be given several times
    /// [default: e2e/classic.yaml and e2e/patroni/quorum.yaml, as processes e2e/self-cloning.yaml with the newest PostgreSQL that is here; with --all,
    /// every e2e/*.yaml]
    #[arg(short = 'f', long = "file", value_name = "SPEC")]
    files: Vec<PathBuf>,
    /// After the checks, also break what runs and see it recover; the last fault loses the primary's data for good.
    /// Then, unless a chart is installed, form a small cluster through `kubectl kustomize`
    #[arg(long)]
    all: bool,
    /// Install the chart in this folder by helm, with each spec as its values, instead of applying objects
    #[arg(long, value_name = "DIR")]
    chart: Option<PathBuf>,
    /// Install this chart first, a folder or an archive, then upgrade it to that of --chart with the same values:
    /// shows that no volume is lost and no immutable field changed
    #[arg(long, value_name = "OLD", requires = "chart")]
    upgrade_from: Option<PathBuf>,
    #[command(flatten)]
    route: RouteArgs,
    /// Where clusters are made: `kind`; `processes` of this machine, without any container; or a context of the kubeconfig
    /// [default: kind where Docker, kind, kubectl and an image of its nodes can be had, else processes]
    #[arg(long, value_name = "WHERE", value_parser = place, conflicts_with = "context")]
    on: Option<Where>,
    /// Have all run this major version of PostgreSQL, whatever the specs say; the report tells where they say another
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u8).range(15..=18))]
    postgres: Option<u8>,
    /// Image of the kind cluster's nodes [default: the newest kindest/node on this machine, else kind's own]
    #[arg(long, value_name = "IMAGE", conflicts_with = "context")]
    node_image: Option<String>,
    /// Make only the checks and faults whose name, as the report has it, contains this, with what they need first; where
    /// there is none, the names that there are
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// How many clusters are looked at side by side, each in its namespace; what touches a node is done alone
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: NonZeroUsize,
    /// Leave namespaces and the kind cluster as they are at the end; with `cluster`, only the kind cluster. Processes are
    /// kept running, by this command, until Ctrl-C
    #[arg(long, value_name = "WHAT", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    keep: Option<Kept>,
    /// Folder for report.json, junit.xml and, after a failure, pods, events and logs
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Instead of the checks, play these seeds as processes: of each a sequence of random faults while clients write, as
    /// many side by side as --jobs says
    #[arg(long, value_name = "A..B", value_parser = seeds::range, group = "played")]
    seeds: Option<seeds::Range>,
    /// Add the outcome of each seed to this file, and leave out those that have held for the same build
    #[arg(long, value_name = "FILE", requires = "seeds")]
    resume: Option<PathBuf>,
    /// Plant the fault of this file into the members' scripts, to see that the seeds find it: the first that does ends the run
    #[arg(
        long,
        value_name = "FILE",
        requires = "played",
        conflicts_with = "resume"
    )]
    plant: Option<PathBuf>,
    /// Play the trace of a sequence again; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "seeds", group = "played")]
    replay: Vec<PathBuf>,
    /// Leave out acts of those traces for as long as what is left is broken in two runs of five, and keep the shorter trace
    #[arg(long, requires = "replay")]
    shorten: bool,
    /// Seconds that one spec's workloads may take until they are ready
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// How many times as long everything may take as on a usual machine, --timeout too; what is promised to be quick is
    /// still to be as quick
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = patience)]
    patience: f64,
}

/// What stays at the end.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kept {
    /// Namespaces and the kind cluster.
    All,
    /// The kind cluster, without the namespaces.
    Cluster,
}

/// A factor that leaves every limit a time at all.
fn patience(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=100.0).contains(&factor) {
        Ok(factor)
    } else {
        Err("not between 0.1 and 100".into())
    }
}

/// Refuses as processes what needs Kubernetes to elect who leads.
fn require_by_spec(cluster: &Cluster) -> Result<()> {
    ensure!(
        !topology::layout(cluster).is_elected(),
        "{}: members elect who leads through the API of Kubernetes, which processes have not\nhint: `pgherd e2e --on kind -f FILE`",
        cluster.name()
    );
    Ok(())
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let place = block_on(chosen(&args))?;
    let on = match place {
        Where::Processes => On::Processes,
        Where::Kind | Where::Context(_) => On::Kubernetes,
    };
    let files = match (args.files.is_empty(), args.all) {
        (false, _) => args.files.clone(),
        (true, false) => first_specs(&on)
            .map(|name| Path::new(FOLDER).join(name))
            .collect(),
        (true, true) => every_spec(Path::new(FOLDER))?,
    };
    let (sources, mut clusters): (Vec<Source>, Vec<Cluster>) =
        located(&files)?.into_iter().map(source).unzip();
    if args.seeds.is_some() || !args.replay.is_empty() || on == On::Processes {
        clusters.iter().try_for_each(require_by_spec)?;
    }
    let differences = match version(&args, &on) {
        None => Differences::new(),
        Some(version) => crate::e2e::of_version(&mut clusters, version, &on)?,
    };
    let told = Told {
        seeds: args.seeds.as_ref(),
        replay: &args.replay,
        shorten: args.shorten,
        planted: args.plant.as_deref(),
        results: args.resume.as_deref(),
        report: args.report.as_deref(),
        jobs: args.jobs,
    };
    if let Some(code) = told.run(&clusters)? {
        return Ok(code);
    }
    let mut route = args.route.route();
    if let Where::Context(name) = place {
        route.context = Some(name);
    }
    let install = if args.files.is_empty() {
        // The project's own specs, to see what it is. Who names a spec is not surprised by packages that come with it.
        Install::Python
    } else {
        Install::Nothing
    };
    let options = Options {
        on,
        route,
        node_image: args.node_image,
        afterwards: match args.keep {
            None => Afterwards::CleanUp,
            Some(Kept::Cluster) => Afterwards::KeepCluster,
            Some(Kept::All) => Afterwards::Keep,
        },
        means: means(args.chart, args.upgrade_from)?,
        extent: if args.all {
            Extent::Faults
        } else {
            Extent::Checks
        },
        report: args.report,
        only: args.only,
        jobs: args.jobs,
        limits: Limits::new(args.timeout, args.patience),
        install,
        drill: Drill::default(),
        shape: kind::ONE_NODE,
        differences,
    };
    let plan = block_on(crate::e2e::plan(&clusters, &options))?;
    let done = block_on(shown(&plan, &options, &sources))?;
    match done.end {
        Some(Early::Unfit(error)) => Err(Unfit(error).into()),
        Some(Early::Interrupted) => Ok(ExitCode::from(INTERRUPTED)),
        None if done.report.kept() => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::from(1)),
    }
}

/// The specs that are taken where none is named.
fn first_specs(on: &On) -> impl Iterator<Item = &'static str> {
    let names: &[&str] = match on {
        On::Kubernetes => &["classic.yaml", "patroni/quorum.yaml"],
        // All of it runs there.
        On::Processes => &["self-cloning.yaml"],
    };
    names.iter().copied()
}

/// The version that takes the place of the specs' own: the one that is asked for; where nobody names a spec, as processes
/// the newest that is here, or the one that is brought where there is none.
fn version(args: &Args, on: &On) -> Option<u8> {
    if args.postgres.is_some() || !args.files.is_empty() || *on == On::Kubernetes {
        return args.postgres;
    }
    let Some(newest) = processes::newest() else {
        return processes::brought_version();
    };
    eprintln!(
        "note: no spec is named: those of {FOLDER}/, with PostgreSQL {} of {}",
        newest.version,
        newest.folder.display()
    );
    Some(newest.version)
}

/// A cluster, and where its spec was read.
fn source((file, cluster): (PathBuf, Cluster)) -> (Source, Cluster) {
    let source = Source {
        file: file.display().to_string(),
        cluster: cluster.name().into(),
    };
    (source, cluster)
}

/// Runs a plan and shows what came out of it; then keeps what stays until it is to end.
async fn shown(plan: &Plan, options: &Options, sources: &[Source]) -> Result<Run> {
    let progress = Progress::on_stderr();
    let mut done = crate::e2e::run(plan, options, &progress)
        .await
        .map_err(Unfit)?;
    if !done.report.rows.is_empty() {
        print(&done.report.table(width()))?;
    }
    if let Some(stay) = done.stay.take() {
        print(&stay.told(sources).await.map_err(Unfit)?)?;
        stay.until_ended(&progress).await.map_err(Unfit)?;
    }
    Ok(done)
}

fn means(chart: Option<PathBuf>, previous: Option<PathBuf>) -> Result<Means> {
    for chart in chart.iter().chain(&previous) {
        // Helm takes a path that is not there for a name in a repository.
        ensure!(
            chart.is_file() || chart.join("Chart.yaml").is_file(),
            "{}: not a chart\nhint: name the folder that has Chart.yaml, or an archive of helm package",
            chart.display()
        );
    }
    Ok(chart.map_or(Means::Apply, |folder| Means::Chart { folder, previous }))
}

/// How many characters a line of the report may have.
fn width() -> u16 {
    Term::stdout()
        .size_checked()
        .map_or(WIDTH, |(_, columns)| columns)
}

/// The specs of a folder, by name.
fn every_spec(folder: &Path) -> Result<Vec<PathBuf>> {
    let place = || format!("{}: cannot be read", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(place)? {
        let path = entry.with_context(place)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            files.push(path);
        }
    }
    files.sort();
    ensure!(
        !files.is_empty(),
        "{}: no spec in it\nhint: name one with -f",
        folder.display()
    );
    Ok(files)
}
