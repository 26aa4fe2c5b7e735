//! The user's wish to end, where what was made has to be taken away first.

use tokio::signal::unix::{SignalKind, signal};

/// Ends at the first SIGINT or SIGTERM. From the first call on, these no longer end the process: later ones are
/// ignored while things are cleaned up, which has deadlines of its own.
pub(crate) async fn interrupted() {
    let (interrupt, terminate) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    );
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
        // Without handlers a signal ends the process as it always does.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => (),
        _ = terminate.recv() => (),
    }
}
