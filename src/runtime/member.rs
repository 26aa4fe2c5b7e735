//! What is done to one member to see what becomes of it, and what its place tells of it. A member comes back under its name:
//! which one it is, its life tells.

use std::time::Duration;

use anyhow::Result;

use super::Runtime;
use super::command::said;

const RECEIVER_SH: &str = include_str!("files/receiver.sh");

/// One of those that a member has been under its name, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Life(pub(super) String);

/// What the place tells of a member's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// How often it, or what runs beside it, was started again in this life.
    pub(crate) restarts: i32,
    /// Since when it runs, in seconds since 1970; none where it does not.
    pub(crate) since: Option<i64>,
}

impl Runtime {
    /// Which of those a member is now.
    ///
    /// # Errors
    /// When there is none, or it cannot be seen.
    pub(crate) async fn life(&self, member: &str) -> Result<Life> {
        match self {
            Runtime::Kubernetes(place) => place.life(member).await,
            Runtime::Processes(place) => place.life(member),
        }
    }

    /// Tells a member to end in order, as a user would; does not wait for it. Returns the life that ends.
    ///
    /// # Errors
    /// When there is none, or that may not be asked for.
    pub(crate) async fn end(&self, member: &str) -> Result<Life> {
        match self {
            Runtime::Kubernetes(place) => place.end(member).await,
            Runtime::Processes(place) => place.end(member),
        }
    }

    /// Takes one of a member's volumes with everything on it, and ends the member: the next one has an empty volume. Returns
    /// the life that ends.
    ///
    /// # Errors
    /// When there is no such volume, or no other in its place within the time.
    pub(crate) async fn lose_volume(
        &self,
        member: &str,
        volume: &str,
        within: Duration,
    ) -> Result<Life> {
        match self {
            Runtime::Kubernetes(place) => place.lose_volume(member, volume, within).await,
            Runtime::Processes(place) => place.lose_volume(member, volume, within).await,
        }
    }

    /// By what one of a member's volumes is told from another in its place.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn volume(&self, member: &str, volume: &str) -> Result<String> {
        match self {
            Runtime::Kubernetes(place) => place.volume(member, volume).await,
            Runtime::Processes(place) => place.volume(member, volume),
        }
    }

    /// Kills a member's postmaster by SIGKILL, which no process can send it from beside it: only where the machine that it
    /// runs on can be reached, as kind's nodes. Returns the exit code that its place tells of it.
    ///
    /// # Errors
    /// When it does not run, its machine cannot be reached, or it is not told to have ended within the time.
    pub(crate) async fn kill(&self, member: &str, within: Duration) -> Result<i32> {
        match self {
            Runtime::Kubernetes(place) => place.kill(member, within).await,
            Runtime::Processes(place) => place.kill(member, within).await,
        }
    }

    /// What the place says that it has killed in a life.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub(crate) async fn kills(&self, life: &Life) -> Result<Vec<String>> {
        match self {
            Runtime::Kubernetes(place) => place.kills(life).await,
            Runtime::Processes(place) => place.kills(life),
        }
    }

    /// Has a standby fall silent: what receives WAL is stopped, answers nothing and closes no connection, as on a machine
    /// that hangs.
    ///
    /// # Errors
    /// When nothing receives WAL there.
    pub(crate) async fn freeze(&self, member: &str, within: Duration) -> Result<()> {
        self.signal_receiver(member, "STOP", within).await
    }

    /// Lets a standby go on that was frozen.
    ///
    /// # Errors
    /// As [`Runtime::freeze`].
    pub(crate) async fn thaw(&self, member: &str, within: Duration) -> Result<()> {
        self.signal_receiver(member, "CONT", within).await
    }

    async fn signal_receiver(&self, member: &str, signal: &str, within: Duration) -> Result<()> {
        let words = ["bash", "-c", RECEIVER_SH, "receiver.sh", signal];
        said(member, &self.run(member, &words, within).await?).map(drop)
    }

    /// Has so many members of a set run: the last ones end, or start.
    ///
    /// # Errors
    /// When there is no such set, or that may not be asked for.
    pub(crate) async fn keep(&self, set: &str, count: usize) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.keep(set, count).await,
            Runtime::Processes(place) => place.keep(set, count),
        }
    }

    /// Waits until a member is ready that is another than this life.
    ///
    /// # Errors
    /// When it is not within the time, with what is known of it.
    pub(crate) async fn ready_again(
        &self,
        member: &str,
        old: &Life,
        within: Duration,
    ) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.ready_again(member, old, within).await,
            Runtime::Processes(place) => place.ready_again(member, old, within).await,
        }
    }

    /// Waits until a life of a member's has surely ended.
    ///
    /// # Errors
    /// When it has not within the time.
    pub(crate) async fn gone(&self, member: &str, life: &Life, within: Duration) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.gone(member, life, within).await,
            Runtime::Processes(place) => place.gone(member, life, within).await,
        }
    }

    /// Waits until clients are no longer led to a member.
    ///
    /// # Errors
    /// When they are after the time.
    pub(crate) async fn unready(&self, member: &str, within: Duration) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.unready(member, within).await,
            Runtime::Processes(place) => place.unready(member, within).await,
        }
    }

    /// What is told of a member's server.
    ///
    /// # Errors
    /// When there is no such member.
    pub(crate) async fn server(&self, member: &str) -> Result<Server> {
        match self {
            Runtime::Kubernetes(place) => place.server(member).await,
            Runtime::Processes(place) => place.server(member),
        }
    }

    /// The log of a member's server, of the one that runs or was last started.
    ///
    /// # Errors
    /// When there is none yet.
    pub(crate) async fn log(&self, member: &str) -> Result<String> {
        match self {
            Runtime::Kubernetes(place) => place.log(member).await,
            Runtime::Processes(place) => place.log(member),
        }
    }

    /// The log of the server before that one in the same life.
    ///
    /// # Errors
    /// When there was none.
    pub(crate) async fn previous_log(&self, member: &str) -> Result<String> {
        match self {
            Runtime::Kubernetes(place) => place.previous_log(member).await,
            Runtime::Processes(place) => place.previous_log(member),
        }
    }

    /// The machine that a pod runs on.
    ///
    /// # Errors
    /// When there is no such pod, or it runs nowhere.
    pub(crate) async fn machine(&self, pod: &str) -> Result<String> {
        match self {
            Runtime::Kubernetes(place) => place.machine(pod).await,
            Runtime::Processes(_) => Ok("this one".into()),
        }
    }

    /// Where a member is reached, as an address.
    ///
    /// # Errors
    /// When it has none.
    pub(crate) async fn address(&self, member: &str) -> Result<String> {
        match self {
            Runtime::Kubernetes(place) => place.address(member).await,
            Runtime::Processes(place) => place.address(member),
        }
    }
}
