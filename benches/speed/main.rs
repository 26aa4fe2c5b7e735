//! How long `pgherd gen` takes, beside `helm template` for a cluster of the same size and for a stream of specs; ends
//! with 1 where a law is broken.
//!
//! Each round runs every contender once, and only times of one round are compared: what else the machine does then
//! slows all of them alike. Downloads nothing: bitnami's chart is compared where its folder is given.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

#[path = "../../tests/generator/stream/documents.rs"]
mod documents;
mod stream;

const PGHERD: &str = env!("CARGO_BIN_EXE_pgherd");
const SPEC: &str = "e2e/classic.yaml";
const CHART: &str = "charts/pgherd";

/// How many times as long as `gen` a chart takes at least.
const BESIDE_GEN: f64 = 10.0;
/// How many times as long as pgherd's chart bitnami's takes at least.
const BESIDE_CHART: f64 = 1.0;
/// How many times its time in the processor `gen`, which waits for nothing, takes by the clock on a busy machine.
const BUSY: f64 = 1.3;

/// How often the stream is run at most: one takes a hundred times as long as one spec.
const MOST_STREAMS: u16 = 9;

/// Times `pgherd gen`, `helm template` of its chart and of bitnami's, in turn
#[derive(Parser)]
#[command(name = "cargo bench --bench speed --")]
struct Args {
    /// Folder of bitnami's postgresql-ha, with bitnami's common in its charts/
    #[arg(long, value_name = "DIR")]
    bitnami: Option<PathBuf>,
    /// How often each is run
    #[arg(long, default_value_t = 51, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Added by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

struct Contender {
    name: String,
    command: Command,
    runs: Vec<Run>,
}

/// Milliseconds that a run took, or how they compare with another's.
#[derive(Clone, Copy)]
struct Run {
    wall: f64,
    /// In the program and, on its behalf, in the kernel; hardly depends on what else the machine does.
    cpu: f64,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let stream = stream::measured(args.rounds.min(MOST_STREAMS), folder.path())?;
    let mut contenders = contenders(&args, &values(folder.path())?);
    for contender in &mut contenders {
        warm_up(contender)?;
    }
    for _ in 0..args.rounds {
        for contender in &mut contenders {
            contender.runs.push(run(&mut contender.command)?);
        }
    }
    let laws = laws(&contenders);
    stream.show(&mut io::stdout().lock())?;
    show(&contenders, &laws)?;
    if stream.is_kept() && laws.iter().all(Law::is_kept) {
        return Ok(ExitCode::SUCCESS);
    }
    let generate = contenders[0].times();
    if generate.wall > BUSY * generate.cpu {
        eprintln!(
            "hint: programs waited for a processor; repeat it when the machine has nothing else to do"
        );
    }
    Ok(ExitCode::FAILURE)
}

/// The spec as values of the chart.
fn values(folder: &Path) -> Result<PathBuf> {
    let made = Command::new(PGHERD)
        .args(["chart", "values", "-f", SPEC])
        .output()?;
    ensure!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let file = folder.join("values.yaml");
    std::fs::write(&file, made.stdout)?;
    Ok(file)
}

fn contenders(args: &Args, values: &Path) -> Vec<Contender> {
    let contender = |name: &str, command| Contender {
        name: name.into(),
        command,
        runs: Vec::new(),
    };
    let mut generate = Command::new(PGHERD);
    generate.args(["gen", "-f", SPEC]);
    let mut chart = template(Path::new(CHART));
    chart.arg("-f").arg(values);
    let mut contenders = vec![
        contender("pgherd gen", generate),
        contender("helm template pgherd", chart),
    ];
    if let Some(folder) = &args.bitnami {
        let mut bitnami = template(folder);
        bitnami.args(["--set", "postgresql.replicaCount=3"]);
        contenders.push(contender("helm template postgresql-ha", bitnami));
    }
    for contender in &mut contenders {
        // Cargo sets it, and nobody else: every program would look for its libraries in more folders.
        contender.command.env_remove("LD_LIBRARY_PATH");
    }
    contenders
}

/// With a version, as helm's own is that of its libraries, which may be older than what a chart takes.
fn template(chart: &Path) -> Command {
    let mut command = Command::new("helm");
    command.args(["template", "postgres", "--kube-version", "1.33.0"]);
    command.arg(chart);
    command
}

/// Fills the disk's cache, and shows what is wrong with a command before it is timed.
fn warm_up(contender: &mut Contender) -> Result<()> {
    let name = &contender.name;
    let done = contender
        .command
        .output()
        .with_context(|| format!("{name}: does not start"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(
        done.status.success(),
        "{name}: ended with {}\n{said}",
        done.status
    );
    contender
        .command
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(())
}

fn run(command: &mut Command) -> Result<Run> {
    let cpu = children()?;
    let start = Instant::now();
    let status = command.status()?;
    let wall = start.elapsed();
    ensure!(status.success(), "{command:?}: ended with {status}");
    let cpu = children()?.saturating_sub(cpu);
    Ok(Run {
        wall: wall.as_secs_f64() * 1e3,
        cpu: cpu.as_secs_f64() * 1e3,
    })
}

/// What all programs that were started here and have ended took.
fn children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let duration = |time: TimeVal| {
        let seconds = Duration::from_secs(time.tv_sec().unsigned_abs());
        seconds + Duration::from_micros(time.tv_usec().unsigned_abs())
    };
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

fn show(contenders: &[Contender], laws: &[Law]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let rounds = format!("median of {} rounds", contenders[0].runs.len());
    writeln!(out, "{rounds:<60}{:>10}{:>10}", "wall ms", "CPU ms")?;
    for contender in contenders {
        let Run { wall, cpu } = contender.times();
        writeln!(out, "{:<60}{wall:>10.1}{cpu:>10.1}", contender.name)?;
    }
    writeln!(out, "\n{:<60}{:>10}{:>10}", "times as long", "wall", "CPU")?;
    for law in laws {
        let Run { wall, cpu } = law.measured;
        let word = if law.is_kept() { "kept" } else { "BROKEN" };
        let least = law.least;
        writeln!(
            out,
            "{:<60}{wall:>10.2}{cpu:>10.2}  {word}: at least {least}",
            law.says
        )?;
    }
    Ok(())
}

impl Contender {
    fn times(&self) -> Run {
        medians(self.runs.iter().copied())
    }

    /// How many times as long as the other one it takes, run by run of one round.
    fn beside(&self, other: &Contender) -> Run {
        let rounds = self.runs.iter().zip(&other.runs);
        medians(rounds.map(|(one, other)| Run {
            wall: one.wall / other.wall,
            cpu: one.cpu / other.cpu,
        }))
    }
}

fn medians(runs: impl Iterator<Item = Run>) -> Run {
    let (wall, cpu) = runs.map(|run| (run.wall, run.cpu)).unzip();
    Run {
        wall: median(wall),
        cpu: median(cpu),
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    f64::midpoint(numbers[middle], numbers[(numbers.len() - 1) / 2])
}

/// That one contender takes so many times as long as another, by the clock and in the processor.
struct Law {
    says: String,
    least: f64,
    measured: Run,
}

fn laws(contenders: &[Contender]) -> Vec<Law> {
    let law = |one: &Contender, other: &Contender, least| Law {
        says: format!("{} / {}", one.name, other.name),
        least,
        measured: one.beside(other),
    };
    let charts = contenders.iter().skip(1);
    let others = contenders.iter().skip(2);
    charts
        .map(|chart| law(chart, &contenders[0], BESIDE_GEN))
        .chain(others.map(|other| law(other, &contenders[1], BESIDE_CHART)))
        .collect()
}

impl Law {
    fn is_kept(&self) -> bool {
        self.measured.wall >= self.least && self.measured.cpu >= self.least
    }
}
