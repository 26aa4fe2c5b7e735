//! The user's terminal while a program elsewhere uses it: raw, of a size that is told, and given back at the end.

use std::convert::Infallible;
use std::future::pending;

use anyhow::{Context, Error, Result};
use console::Term;
use futures::SinkExt;
use futures::channel::mpsc::Sender;
use kube::api::TerminalSize;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};

/// What shells add to the number of a signal that ended a program.
const BY_SIGNAL: u8 = 128;

/// A terminal that passes every key on; dropping it gives back what was.
pub(super) struct Raw {
    before: Termios,
}

/// Makes the terminal on stdin pass every key on.
pub(super) fn raw() -> Result<Raw> {
    let before = tcgetattr(std::io::stdin()).context("the terminal cannot be read")?;
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(std::io::stdin(), OptionalActions::Now, &raw)
        .context("the terminal cannot be set")?;
    Ok(Raw { before })
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Where the terminal is gone there is nothing to give back.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Drain, &self.before);
    }
}

/// Tells the terminal's size, now and whenever it changes. Returns only when signals cannot be received.
pub(super) async fn follow_size(there: Option<Sender<TerminalSize>>) -> Error {
    match try_follow_size(there).await {
        Err(error) => error,
        Ok(never) => match never {},
    }
}

async fn try_follow_size(there: Option<Sender<TerminalSize>>) -> Result<Infallible> {
    let mut changed =
        signal(SignalKind::window_change()).context("changes of the terminal's size")?;
    let Some(mut there) = there else {
        return pending().await;
    };
    loop {
        if let Some((height, width)) = Term::stdout().size_checked() {
            // It fails when the program has ended.
            if there.send(TerminalSize { width, height }).await.is_err() {
                return pending().await;
            }
        }
        changed.recv().await;
    }
}

/// Waits for a signal that would end this program at once; returns the exit code for it. A raw terminal makes none of
/// Ctrl-C.
pub(super) async fn ended() -> Result<u8> {
    let mut interrupt = signal(SignalKind::interrupt()).context("the signal of Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("the signal to end")?;
    let mut hangup = signal(SignalKind::hangup()).context("the signal of a lost terminal")?;
    let kind = tokio::select! {
        _ = interrupt.recv() => SignalKind::interrupt(),
        _ = terminate.recv() => SignalKind::terminate(),
        _ = hangup.recv() => SignalKind::hangup(),
    };
    Ok(u8::try_from(kind.as_raw_value()).unwrap_or(0) + BY_SIGNAL)
}
