//! What `pgherd switchover` and `pgherd promote` have in common: the cluster they are about, and the spec's new line.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::is_stdin;
use super::reach::{Reach, RunningArgs};
use crate::apply::Error;
use crate::cluster::Cluster;
use crate::leader::{Edit, Ground, Moved, with_primary};
use crate::runtime::Runtime;
use crate::status::{self, Commands, Facts, Located};
use crate::{apply::Progress, spec, topology};

#[derive(clap::Args)]
pub(crate) struct LeadArgs {
    #[command(flatten)]
    one: RunningArgs,
    /// Pod of the standby that is to lead [default: the one that has the most]
    #[arg(long, value_name = "POD")]
    pub(crate) to: Option<String>,
    /// Seconds that the standbys may take to follow, the old primary to stop, and the new one to replay what it has
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Leave the spec's file as it is, and print its new line instead
    #[arg(long)]
    keep_spec: bool,
}

/// The one cluster of a command, and the way to it.
pub(crate) struct Place {
    pub(crate) args: LeadArgs,
    pub(crate) cluster: Cluster,
    reach: Reach,
    _alone: Option<File>,
}

pub(crate) async fn place(args: LeadArgs) -> Result<Place> {
    let cluster = args.one.cluster()?;
    let reach = args.one.reach().await?;
    let alone = reach.alone("moving the lead")?;
    Ok(Place {
        args,
        cluster,
        reach,
        _alone: alone,
    })
}

impl Place {
    pub(crate) fn ground<'a>(&'a self, progress: &'a Progress) -> Ground<'a> {
        Ground {
            runtime: self.runtime(),
            cluster: &self.cluster,
            commands: self.commands(),
            timeout: Duration::from_secs(self.args.timeout),
            progress,
        }
    }

    pub(crate) async fn look(&self) -> Result<Facts> {
        Ok(status::look(&self.runtime(), &self.cluster, self.commands()).await?)
    }

    fn runtime(&self) -> Runtime {
        self.reach.runtime(&self.cluster)
    }

    fn commands(&self) -> Commands {
        self.reach
            .commands(&self.cluster, &self.args.one.spec.files)
    }

    /// Says what came of it, and has the spec say it, too, where it says who leads.
    pub(crate) fn report(&self, moved: &Moved) -> Result<String> {
        let mut lines = vec![format!("{} leads, on {}", moved.to, moved.timeline)];
        if let Some(time) = moved.without_primary {
            lines.push(format!(
                "nobody took writes for {:.1} s",
                time.as_secs_f64()
            ));
        }
        lines.extend(moved.not_following.iter().cloned());
        if !topology::layout(&self.cluster).is_elected() {
            lines.push(self.keep_in_spec(&moved.to)?);
        }
        lines.push(String::new());
        Ok(lines.join("\n"))
    }

    /// Applying the spec must not route writes back: its file gets the new primary, or the user the line.
    fn keep_in_spec(&self, pod: &str) -> Result<String> {
        let by_hand = match self.reach.located(&self.cluster) {
            Located::Kubernetes { .. } => {
                format!("write `primary: {pod}` into the spec before it is applied again")
            }
            Located::Processes { .. } => format!("write `primary: {pod}` into the spec"),
        };
        let [file] = self.args.one.spec.files.as_slice() else {
            return Ok(by_hand);
        };
        if self.args.keep_spec || is_stdin(file) {
            return Ok(by_hand);
        }
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("{name}: cannot be read again; {by_hand}"))?;
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let source = spec::Source {
            name: &name,
            text: &text,
            folder,
        };
        let Edit::Text(text) = with_primary(&source, &self.cluster, pod) else {
            return Ok(by_hand);
        };
        replace(file, &text).with_context(|| format!("{name}: cannot be written; {by_hand}"))?;
        Ok(format!("{name} says `primary: {pod}` now"))
    }
}

/// Every reason against it, as an error.
pub(crate) fn refused(doing: &str, reasons: Vec<String>) -> anyhow::Error {
    Error::Unsafe {
        doing: doing.into(),
        reasons,
    }
    .into()
}

/// Asks whether something may be done that cannot be taken back; the answer is a name that has to be typed.
pub(crate) fn agreed(question: &str, name: &str) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        bail!("{question} Nobody can be asked here\nhint: --yes says that it may be done");
    }
    eprint!("{question} Type {name}: ");
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .context("the answer cannot be read")?;
    if answer.trim() != name {
        bail!("nothing was changed");
    }
    Ok(())
}

/// Replaces a file as a whole, with its permissions.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let file = file.canonicalize()?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file()
        .set_permissions(std::fs::metadata(&file)?.permissions())?;
    new.as_file().sync_all()?;
    new.persist(&file).map_err(|error| error.error)?;
    Ok(())
}
