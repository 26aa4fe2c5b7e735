//! One life of a pod: started, probed, started again when it ends, until it is told to end. What a kubelet does.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use super::blueprint::{Again, Blueprint};
use super::child::{self, Settings};
use super::folder::Folder;
use super::probe;
use super::state::{Ended, Manner, Order, State};
use super::store::Stamp;
use super::{mounted, tree};
use crate::pause::BETWEEN_LOOKS;

/// How long it waits before the second start after an end, and every further one twice as long: a tenth of what a kubelet
/// waits, so that a fault that takes a minute there takes seconds here.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A run of this length was well: the next start is at once again.
const WELL: Duration = Duration::from_secs(60);
/// How often it brings files where no object is known to have changed: a clock may miss a change that follows another at once.
const BRING_AGAIN: Duration = Duration::from_secs(1);
/// How often it looks whether it was told something, or files have changed.
const LOOK: Duration = Duration::from_millis(20);

/// A pod's keeper.
pub(super) struct Keeper {
    pub(super) folder: Folder,
    pub(super) settings: Settings,
    state: Mutex<State>,
}

/// A new life of a pod.
pub(super) fn keeper(
    folder: &Folder,
    settings: &Settings,
    pod: Blueprint,
    address: String,
) -> Keeper {
    let state = State {
        life: format!("{:016x}", rand::random::<u64>()),
        blueprint: pod,
        address,
        process: None,
        since: None,
        restarts: 0,
        ended: None,
        is_ready: false,
        is_ending: false,
        is_done: None,
        kills: Vec::new(),
    };
    Keeper {
        folder: folder.clone(),
        settings: settings.clone(),
        state: Mutex::new(state),
    }
}

/// Why a run came to its end.
enum Cause {
    /// It ended by itself.
    Itself(i32),
    /// It was told to.
    Told(Order),
    /// A probe found it dead.
    Probe(String),
}

impl Keeper {
    /// The pod as it is now.
    pub(super) fn state(&self) -> State {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Changes what is known of the pod.
    pub(super) fn note(&self, change: impl FnOnce(&mut State)) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        self.folder.keep_state(&state)
    }

    /// Lives until it is told to end; then everything of it is gone but the volumes that were not lost with it.
    pub(super) async fn live(&self) -> Result<()> {
        let name = self.state().blueprint.name;
        std::fs::create_dir_all(self.folder.root(&name).join("tmp"))?;
        mounted::give(&self.folder.root(&name).join("tmp"), self.settings.user)?;
        let short_root = self.folder.short_root(&self.state().address);
        symlink(self.folder.root(&name), &short_root)
            .with_context(|| short_root.display().to_string())?;
        self.note(|_| ())?;
        let order = self.runs().await?;
        tree::end(&self.folders()).await?;
        for claim in &order.lost {
            std::fs::remove_dir_all(self.folder.volume(claim))?;
        }
        let _ = std::fs::remove_dir_all(self.folder.sockets(&self.state().address));
        std::fs::remove_file(short_root)?;
        self.folder.remove_pod(&name)
    }

    async fn runs(&self) -> Result<Order> {
        let mut pause = Duration::ZERO;
        loop {
            let started = Instant::now();
            let cause = self.run().await?;
            let code = match cause {
                Cause::Told(order) => return Ok(order),
                Cause::Itself(code) => code,
                Cause::Probe(_) => 137,
            };
            tree::end(&self.folders()).await?;
            let again = self.state().blueprint.again;
            if again == Again::Never || (again == Again::OnFailure && code == 0) {
                self.note(|state| state.is_done = Some(code == 0))?;
                return Ok(self.told().await);
            }
            if started.elapsed() > WELL {
                pause = Duration::ZERO;
            }
            tokio::select! {
                order = self.told() => return Ok(order),
                () = tokio::time::sleep(pause) => (),
            }
            pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
            self.note(|state| state.restarts += 1)?;
        }
    }

    /// One run, from its start until its first process has ended.
    async fn run(&self) -> Result<Cause> {
        self.bring()?;
        self.turn_log();
        let state = self.state();
        let mut child = child::start(&self.folder, &self.settings, &state).await?;
        let process = child.id();
        self.note(|state| {
            state.process = process;
            state.since = Some(now());
        })?;
        let cause = tokio::select! {
            code = ended(&mut child) => Cause::Itself(code),
            order = self.told() => Cause::Told(order),
            why = probe::look(self) => Cause::Probe(why),
            error = self.keep_files() => return Err(error),
        };
        match &cause {
            Cause::Itself(_) => (),
            Cause::Told(order) => {
                self.note(|state| {
                    state.is_ending = true;
                    state.is_ready = false;
                })?;
                self.end(&mut child, order.manner).await?;
            }
            Cause::Probe(why) => {
                self.note(|state| state.kills.push(why.clone()))?;
                self.end(&mut child, Manner::InOrder).await?;
            }
        }
        let code = ended(&mut child).await;
        self.note(|state| {
            state.ended = process.map(|process| Ended { process, code });
            state.process = None;
            state.since = None;
            state.is_ready = false;
        })?;
        Ok(cause)
    }

    /// Ends a run: asked as the image says, and killed where it has not ended within its time.
    async fn end(&self, child: &mut Child, manner: Manner) -> Result<()> {
        let spec = self.state().blueprint.spec;
        let grace = spec.termination_grace_period_seconds.unwrap_or(30);
        let grace = Duration::from_secs(u64::try_from(grace).unwrap_or(0));
        let first = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let (Some(first), Manner::InOrder) = (first, manner) {
            let ending = async {
                self.before_stop().await;
                // The stop signal of the official image: a fast shutdown.
                let _ = kill_process(first, Signal::INT);
                child.wait().await
            };
            let _ = tokio::time::timeout(grace, ending).await;
        }
        tree::end(&self.folders()).await
    }

    /// What the container asks for before its stop signal; its time counts, too.
    async fn before_stop(&self) {
        let state = self.state();
        let container = state.blueprint.container();
        let lifecycle = container.and_then(|container| container.lifecycle.as_ref());
        let hook = lifecycle.and_then(|lifecycle| lifecycle.pre_stop.as_ref());
        let action = hook.and_then(|hook| hook.exec.as_ref());
        if let Some(words) = action.and_then(|action| action.command.as_ref()) {
            child::succeeds(&self.folder, &self.settings, &state, words).await;
        }
    }

    /// Waits until this life is told to end.
    async fn told(&self) -> Order {
        let state = self.state();
        loop {
            // One that cannot be read is being written.
            if let Ok(Some(order)) = self.folder.order(&state.blueprint.name)
                && order.life == state.life
            {
                return order;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Brings files as they change, for ever.
    async fn keep_files(&self) -> anyhow::Error {
        let mut brought = None;
        loop {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            if let Err(error) = self.bring_changed(&mut brought) {
                return error;
            }
        }
    }

    /// Brings files where objects have changed since they were brought, or that was a while ago.
    fn bring_changed(&self, brought: &mut Option<(Stamp, Instant)>) -> Result<()> {
        let stamp = self.folder.stamp()?;
        let is_current =
            |(same, at): &(Stamp, Instant)| *same == stamp && at.elapsed() < BRING_AGAIN;
        if !brought.as_ref().is_some_and(is_current) {
            self.bring()?;
            *brought = Some((stamp, Instant::now()));
        }
        Ok(())
    }

    fn bring(&self) -> Result<()> {
        let state = self.state();
        let mounts = mounted::mounts(&self.folder, &state.blueprint, &state.address);
        mounted::bring(&self.folder, &mounts, self.settings.user)
    }

    /// The log of the run before is kept, as the kubelet does.
    fn turn_log(&self) {
        let name = self.state().blueprint.name;
        // There is none before the first run.
        let _ = std::fs::rename(self.folder.log(&name), self.folder.previous_log(&name));
    }

    fn folders(&self) -> Vec<PathBuf> {
        folders(&self.folder, &self.state())
    }
}

/// Where a pod's processes work.
pub(super) fn folders(folder: &Folder, state: &State) -> Vec<PathBuf> {
    let pod = &state.blueprint;
    let mounts = mounted::mounts(folder, pod, &state.address);
    // Not volumes that are another pod's.
    let claims: Vec<&String> = pod.claims.values().collect();
    let own = mounts.into_iter().filter(|mount| {
        let claim = mount.claim.as_ref();
        claim.is_none_or(|claim| claims.contains(&claim))
    });
    let mut folders: Vec<PathBuf> = own.map(|mount| mount.outside).collect();
    folders.push(folder.root(&pod.name));
    folders
}

/// The exit code of a process, as a shell has it.
async fn ended(child: &mut Child) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    match child.wait().await {
        Ok(status) => status
            .code()
            .or_else(|| status.signal().map(|signal| 128 + signal))
            .unwrap_or(255),
        Err(_) => 255,
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
