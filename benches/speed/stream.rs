//! What a stream of a thousand specs costs `pgherd gen`: time, and memory, which must not grow with what is printed.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};

use super::documents::stream;
use super::{PGHERD, Run, medians, run};

/// How many specs.
const COUNT: usize = 1000;
/// Longest time, by the clock and in the processor.
const LONGEST_MS: f64 = 1500.0;
/// Most memory that is resident at once.
const MOST_MIB: f64 = 64.0;

/// What it took.
pub(crate) struct Stream {
    rounds: u16,
    took: Run,
    /// The most of all rounds.
    mib: f64,
}

/// Runs it so often. To be called before anything larger is run: the system tells the memory of the largest of all
/// programs that have ended.
pub(crate) fn measured(rounds: u16, folder: &Path) -> Result<Stream> {
    let file = folder.join("stream.yaml");
    std::fs::write(&file, stream(COUNT))?;
    let mut runs = Vec::new();
    for _ in 0..rounds {
        let mut command = Command::new(PGHERD);
        command.args(["gen", "-f", "-"]).current_dir("e2e");
        command.env_remove("LD_LIBRARY_PATH");
        command.stdin(File::open(&file)?);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        runs.push(run(&mut command)?);
    }
    // In KiB on Linux.
    let kib = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    Ok(Stream {
        rounds,
        took: medians(runs.into_iter()),
        mib: f64::from(u32::try_from(kib)?) / 1024.0,
    })
}

impl Stream {
    pub(crate) fn is_kept(&self) -> bool {
        self.took.wall <= LONGEST_MS && self.took.cpu <= LONGEST_MS && self.mib <= MOST_MIB
    }

    pub(crate) fn show(&self, out: &mut impl Write) -> io::Result<()> {
        let Stream { rounds, took, mib } = self;
        let head = format!("median of {rounds} rounds");
        writeln!(
            out,
            "{head:<60}{:>10}{:>10}{:>10}",
            "wall ms", "CPU ms", "MiB"
        )?;
        let word = if self.is_kept() { "kept" } else { "BROKEN" };
        let says = format!("pgherd gen, {COUNT} specs in one stream");
        writeln!(
            out,
            "{says:<60}{:>10.0}{:>10.0}{mib:>10.1}  {word}: at most {LONGEST_MS} ms and {MOST_MIB} MiB\n",
            took.wall, took.cpu
        )
    }
}
