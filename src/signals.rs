//! The user's wish to end, where what was made has to be taken away first.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT and SIGTERM. From here on, these no longer end the process: nobody waits for them while things are cleaned up,
/// which has deadlines of its own.
pub(crate) struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

/// Without a handler a signal ends the process as it always does.
pub(crate) fn signals() -> Signals {
    Signals {
        interrupt: signal(SignalKind::interrupt()).ok(),
        terminate: signal(SignalKind::terminate()).ok(),
    }
}

impl Signals {
    /// Waits for one of them; one that came while nobody waited counts.
    pub(crate) async fn any(&mut self) {
        tokio::select! {
            () = received(&mut self.interrupt) => (),
            () = received(&mut self.terminate) => (),
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
