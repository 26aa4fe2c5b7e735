//! One pod: ended, killed, waited for, and what is told of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use super::state::{Manner, Order, State};
use super::{Place, keeper, shared_memory, tree};
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::member::{Life, Server};

/// How long a pod may take to go: its grace period and some more.
const GONE_WITHIN: Duration = Duration::from_secs(200);

impl Place {
    pub(in crate::runtime) fn life(&self, pod: &str) -> Result<Life> {
        Ok(Life(self.pod(pod)?.life))
    }

    pub(in crate::runtime) fn end(&self, pod: &str) -> Result<Life> {
        self.tell(pod, Manner::InOrder, Vec::new())
    }

    /// Tells a pod that its life ends.
    pub(super) fn tell(&self, pod: &str, manner: Manner, lost: Vec<String>) -> Result<Life> {
        let life = self.pod(pod)?.life;
        let order = Order {
            life: life.clone(),
            manner,
            lost,
        };
        self.folder.tell(pod, &order)?;
        Ok(Life(life))
    }

    /// Stops a pod in order and waits until its processes have ended. Nothing to do where there is none.
    pub(in crate::runtime) async fn stop(&self, pod: &str) -> Result<()> {
        if self.folder.state(pod)?.is_none() {
            return Ok(());
        }
        let life = self.end(pod)?;
        self.gone(pod, &life, GONE_WITHIN).await
    }

    pub(in crate::runtime) async fn gone(
        &self,
        pod: &str,
        life: &Life,
        within: Duration,
    ) -> Result<()> {
        let what = format!("{pod} is still there");
        let gone = |state: Option<&State>| state.is_none_or(|state| state.life != life.0);
        self.until(pod, within, &what, gone).await.map(drop)
    }

    pub(in crate::runtime) async fn unready(&self, pod: &str, within: Duration) -> Result<()> {
        let what = format!("{pod} is still ready");
        let unready = |state: Option<&State>| state.is_some_and(|state| !state.is_ready);
        self.until(pod, within, &what, unready).await.map(drop)
    }

    pub(in crate::runtime) async fn ready_again(
        &self,
        pod: &str,
        old: &Life,
        within: Duration,
    ) -> Result<()> {
        let what = format!("pod {pod} is not ready");
        let ready = |state: Option<&State>| {
            state.is_some_and(|state| state.life != old.0 && state.is_ready)
        };
        let waited = self.until(pod, within, &what, ready).await;
        waited
            .map(drop)
            .with_context(|| self.last_words(pod).unwrap_or_else(|| "no log".into()))
    }

    /// Waits until a pod is as asked for.
    pub(super) async fn until(
        &self,
        pod: &str,
        within: Duration,
        otherwise: &str,
        is_so: impl Fn(Option<&State>) -> bool,
    ) -> Result<Option<State>> {
        let deadline = Instant::now() + within;
        loop {
            let state = self.folder.state(pod)?;
            if is_so(state.as_ref()) {
                return Ok(state);
            }
            if Instant::now() > deadline {
                bail!("{otherwise} after {} s", within.as_secs());
            }
            tokio::time::sleep(BETWEEN_LOOKS / 5).await;
        }
    }

    /// Loses a volume with its pod; the next one has an empty one.
    pub(in crate::runtime) async fn lose_volume(
        &self,
        pod: &str,
        volume: &str,
        within: Duration,
    ) -> Result<Life> {
        let claim = format!("{volume}-{pod}");
        if !self.folder.volume(&claim).exists() {
            bail!("there is no claim {claim}");
        }
        let life = self.tell(pod, Manner::InOrder, vec![claim])?;
        self.gone(pod, &life, within).await?;
        Ok(life)
    }

    /// Loses a volume with its pod at once, as with a machine: whatever its server had not yet sent is gone with it.
    ///
    /// # Errors
    /// When there is no such claim, or the pod is still there after the time.
    pub(crate) async fn lose_volume_at_once(
        &self,
        pod: &str,
        volume: &str,
        within: Duration,
    ) -> Result<()> {
        let claim = format!("{volume}-{pod}");
        let life = self.tell(pod, Manner::AtOnce, vec![claim])?;
        self.gone(pod, &life, within).await
    }

    /// By its folder's number a volume is told from another in its place.
    pub(in crate::runtime) fn volume(&self, pod: &str, volume: &str) -> Result<String> {
        use std::os::unix::fs::MetadataExt as _;
        let claim = format!("{volume}-{pod}");
        let found = std::fs::metadata(self.folder.volume(&claim));
        let found = found.with_context(|| format!("claim {claim}"))?;
        Ok(format!("{} {}", found.ino(), found.ctime()))
    }

    /// Kills everything of a pod, and returns the exit code that its keeper tells of it.
    pub(in crate::runtime) async fn kill(&self, pod: &str, within: Duration) -> Result<i32> {
        let state = self.pod(pod)?;
        let process = state
            .process
            .with_context(|| format!("pod {pod} does not run"))?;
        // Once: what its keeper starts next is another run, and not to be killed.
        // Its next start in the same data directory removes what it shares; there may be none.
        let processes = tree::within(&keeper::folders(&self.folder, &state));
        shared_memory::keep(self.folder.path(), &shared_memory::held(&processes));
        tree::signal(&processes, Signal::KILL);
        let what = format!("the killed process of pod {pod} is not told to have ended");
        let has_ended = |state: Option<&State>| code(state, process).is_some();
        let ended = self.until(pod, within, &what, has_ended).await?;
        code(ended.as_ref(), process).with_context(|| format!("pod {pod} is gone"))
    }

    pub(in crate::runtime) fn kills(&self, life: &Life) -> Result<Vec<String>> {
        let mut states = self.folder.states()?.into_iter();
        let state = states.find(|state| state.life == life.0);
        Ok(state.map(|state| state.kills).unwrap_or_default())
    }

    /// Has so many members of a StatefulSet run.
    pub(in crate::runtime) fn keep(&self, set: &str, count: usize) -> Result<()> {
        let scaled = self.folder.change("StatefulSet", set, None, |set| {
            set["spec"]["replicas"] = count.into();
        });
        scaled.map(drop)
    }

    pub(in crate::runtime) fn server(&self, pod: &str) -> Result<Server> {
        let state = self.pod(pod)?;
        Ok(Server {
            restarts: state.restarts,
            since: state.since,
        })
    }

    pub(in crate::runtime) fn log(&self, pod: &str) -> Result<String> {
        let log = std::fs::read(self.folder.log(pod));
        let log = log.with_context(|| format!("the log of pod {pod}"))?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    pub(in crate::runtime) fn previous_log(&self, pod: &str) -> Result<String> {
        let log = std::fs::read(self.folder.previous_log(pod));
        let log = log.with_context(|| format!("the log of pod {pod} before"))?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    /// The last line of a pod's log.
    pub(super) fn last_words(&self, pod: &str) -> Option<String> {
        last_line(&self.log(pod).ok()?).map(str::to_owned)
    }

    pub(in crate::runtime) fn address(&self, pod: &str) -> Result<String> {
        Ok(self.pod(pod)?.address)
    }

    pub(in crate::runtime) fn known_addresses(&self, name: &str) -> BTreeSet<String> {
        self.folder.find_hosts(name).into_iter().collect()
    }

    /// How a name is reached from here, as words of a connection string.
    pub(in crate::runtime) fn reach(&self, host: &str) -> String {
        match self.folder.find_hosts(host).first() {
            Some(address) => format!("host={host} hostaddr={address}"),
            None => format!("host={host}"),
        }
    }
}

/// The last line of a log that says something.
pub(super) fn last_line(log: &str) -> Option<&str> {
    let last = log.lines().rfind(|line| !line.trim().is_empty())?;
    Some(last.trim())
}

/// With which code a process of a pod ended.
fn code(state: Option<&State>, process: u32) -> Option<i32> {
    let ended = state?.ended?;
    (ended.process == process).then_some(ended.code)
}
