//! `pgherd status`: the state of running clusters and what is wrong with them. Writes nothing to a cluster.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use console::Term;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use super::reach::{Reach, WhereArgs, block_on};
use super::{SpecArgs, print};
use crate::cluster::Cluster;
use crate::status;
use crate::terminal::folded;

mod screen;

use screen::Screen;

/// Exit code after a signal, as shells have it for SIGINT.
const INTERRUPTED: u8 = 130;
/// Exit code after the signal to end.
const TERMINATED: u8 = 143;
/// Pause between two looks of --watch.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    place: WhereArgs,
    /// Form of what is printed; docs/status.md lists the fields of the JSON
    #[arg(short, long, value_enum, default_value = "table")]
    output: Output,
    /// Look again every 2 seconds until Ctrl-C; with JSON, a line for each look
    #[arg(short, long)]
    watch: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Table,
    Json,
}

/// What is looked at, and for whom.
struct Watched {
    clusters: Vec<Cluster>,
    files: Vec<PathBuf>,
    reach: Reach,
    output: Output,
}

/// One look at all clusters, as it is printed.
struct Shown {
    text: String,
    code: u8,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let clusters = args.place.clusters(&args.spec.files)?;
    block_on(async {
        let watched = Watched {
            reach: args.place.reach().await?,
            clusters,
            files: args.spec.files,
            output: args.output,
        };
        if args.watch {
            return watch(&watched).await;
        }
        let terminal = Term::stdout();
        let width = terminal.size_checked().map(|(_, columns)| columns);
        let shown = watched.look(width).await?;
        print(&match args.output {
            Output::Json => pretty(&shown.text)?,
            Output::Table if terminal.is_term() => status::coloured(&shown.text),
            Output::Table => shown.text,
        })?;
        Ok(ExitCode::from(shown.code))
    })
}

impl Watched {
    /// Looks at every cluster once.
    async fn look(&self, width: Option<u16>) -> Result<Shown> {
        let mut code = 0;
        let mut tables = Vec::new();
        let mut values = Vec::new();
        for cluster in &self.clusters {
            let commands = self.reach.commands(cluster, &self.files);
            let runtime = self.reach.runtime(cluster);
            let facts = status::look(&runtime, cluster, commands).await?;
            let findings = status::judge(&facts);
            code = code.max(u8::from(status::is_wrong(&findings)));
            match self.output {
                Output::Table => tables.push(status::table(&facts, &findings, width)),
                Output::Json => values.push(status::json(&facts, &findings)),
            }
        }
        let text = match self.output {
            Output::Table => tables.join("\n"),
            Output::Json => format!("{}\n", serde_json::json!({ "clusters": values })),
        };
        Ok(Shown { text, code })
    }
}

fn pretty(line: &str) -> Result<String> {
    let value: Value = serde_json::from_str(line)?;
    Ok(format!("{value:#}\n"))
}

/// Looks until Ctrl-C. A first look that fails ends it; a later one is shown and tried again.
async fn watch(watched: &Watched) -> Result<ExitCode> {
    let mut screen = match watched.output {
        Output::Table => Screen::of_terminal(),
        Output::Json => Screen::of_lines(),
    };
    let interrupted = interrupted();
    tokio::pin!(interrupted);
    let mut seen = None;
    loop {
        let look = tokio::select! {
            look = watched.look(screen.width()) => look,
            code = &mut interrupted => return code,
        };
        match (look, &seen) {
            (Ok(shown), _) => {
                screen.draw(&shown.text)?;
                seen = Some(shown.text);
            }
            (Err(error), None) => return Err(error),
            (Err(error), Some(last)) => {
                let mut why = format!("error: {error:#}");
                if let Some(width) = screen.width() {
                    why = folded(&why, 2, width.into());
                }
                screen.draw(&format!("{why}\nlast seen:\n\n{last}"))?;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            code = &mut interrupted => return code,
        }
    }
}

/// Waits for Ctrl-C, or for the signal to end; returns the exit code for it.
pub(super) async fn interrupted() -> Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate()).context("the signal to end")?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done.context("the signal of Ctrl-C").map(|()| ExitCode::from(INTERRUPTED)),
        _ = terminate.recv() => Ok(ExitCode::from(TERMINATED)),
    }
}
