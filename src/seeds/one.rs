//! One sequence in a place of its own, from a copy of the formed cluster to an empty folder, and what is kept of it.

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::act::{Act, Step};
use super::formed::Formed;
use super::play::{Played, play};
use super::promise::promise;
use super::results::{Outcome, Verdict, outcome};
use super::stage::Stage;
use super::{Options, Traced, copies, leaks, trace};
use crate::apply::Progress;
use crate::runtime::processes::{self, Kept, Programs, begin_with, in_place};
use crate::topology;

/// How long a copy may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// What is played.
pub(super) struct Sequence {
    /// The seed that its steps are of; none of a replay.
    pub(super) seed: Option<u64>,
    /// The name of the trace that they are from; none of a seed.
    pub(super) replay: Option<String>,
    /// What is done.
    pub(super) steps: Vec<Step>,
}

/// The places that are kept now, so that an interruption finds them.
#[derive(Default)]
pub(super) struct Kepts(Mutex<Vec<Arc<Kept>>>);

impl Kepts {
    /// Makes a place, which begins with what was formed.
    pub(super) async fn keep(
        &self,
        formed: Option<&Path>,
        programs: &Programs,
        namespace: &str,
    ) -> Result<Arc<Kept>> {
        let folder = tempfile::Builder::new().prefix("pgherd-").tempdir();
        let folder = folder.context("a temporary folder")?;
        if let Some(formed) = formed {
            begin_with(formed, folder.path()).await?;
        }
        let kept = Arc::new(processes::keep(folder.path(), programs, namespace)?);
        self.list().push(kept.clone());
        // From here on the place removes it, or whoever watches over it.
        let _ = folder.keep();
        Ok(kept)
    }

    /// Ends a place.
    pub(super) async fn leave(&self, kept: &Arc<Kept>) -> Result<()> {
        kept.end().await?;
        self.list().retain(|other| !Arc::ptr_eq(other, kept));
        Ok(())
    }

    /// Ends every place that is left.
    pub(super) async fn end(&self) -> Result<()> {
        let left = self.list().clone();
        for kept in left {
            self.leave(&kept).await?;
        }
        Ok(())
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Kept>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Plays one sequence. Its trace and the members' logs are kept in a folder where it did not hold, or all are to be kept.
///
/// # Errors
/// When its place cannot be made or ended, or the trace cannot be written.
pub(super) async fn played(
    formed: &Formed,
    sequence: &Sequence,
    options: &Options,
    kepts: &Kepts,
) -> Result<Outcome> {
    let started = Instant::now();
    let (begin, programs) = (formed.folder.path(), &formed.programs);
    let kept = kepts.keep(Some(begin), programs, formed.namespace).await?;
    let silent = Progress::silent();
    let stage = Stage {
        place: kept.place(),
        runtime: in_place(kept.place()),
        secrets: &formed.secrets,
        namespace: formed.namespace,
        cluster: RefCell::new(formed.cluster.clone()),
        progress: &silent,
        frozen: RefCell::default(),
        slowed: RefCell::default(),
        lost: RefCell::default(),
        promise: RefCell::new(promise(formed.cluster.spec.durability)),
        started,
        trace: RefCell::default(),
    };
    let playing = async {
        let manifests = topology::objects(&formed.cluster, Some(&formed.secrets));
        let (place, progress) = (stage.place, stage.progress);
        place.wait(&manifests, READY_WITHIN, progress).await?;
        stage.note("formed");
        Box::pin(play(&stage, &sequence.steps)).await
    };
    let passwords = &formed.secrets.passwords;
    let watch = leaks::watch(&kept.place().path(), passwords);
    let mut played: Result<Played> = tokio::select! {
        played = playing => played,
        why = kept.broken() => Err(why),
    };
    let logs = stage.place.logs();
    let leaked = [watch.end(), leaks::of_logs(&logs, passwords)].concat();
    let members = topology::layout(&formed.cluster).pods();
    if let Ok(played) = &mut played {
        let wal = copies::kept(much_wal(&stage), &played.history);
        let copied = copies::needless(&logs, &members, &stage.lost.borrow(), wal);
        played.judgement.broken.extend([leaked, copied].concat());
    }
    kepts.leave(&kept).await?;
    let seconds = started.elapsed().as_secs_f64();
    let outcome = outcome(sequence, formed, &played, seconds);
    let is_kept = match options.traced {
        Traced::None => false,
        Traced::Broken => outcome.verdict != Verdict::Held,
        Traced::All => true,
    };
    if is_kept {
        let events = stage.trace.into_inner();
        let history = played.map(|played| played.history).unwrap_or_default();
        trace::write(&options.traces, &outcome, sequence, events, &history, &logs)?;
    }
    Ok(outcome)
}

/// When there was much WAL for the first time.
fn much_wal(stage: &Stage<'_>) -> Option<f64> {
    let events = stage.trace.borrow();
    let mut much = events.iter();
    much.find(|event| event.what.starts_with(Act::Wal.kind()))
        .map(|event| event.at)
}
