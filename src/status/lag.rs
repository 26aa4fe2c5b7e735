//! How far a standby is behind, from what the primary says of it and from what it says itself. Pure.

use super::facts::{Facts, Member, Role};
use super::server::Server;

/// How far a standby is behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lag {
    /// Bytes of WAL that it has not replayed.
    pub(super) bytes: i64,
    /// Seconds; none where nobody can know.
    pub(super) seconds: Option<f64>,
}

/// A member's lag; none for the one that leads, and where it or the one that leads does not answer.
pub(super) fn lag(facts: &Facts, member: &Member) -> Option<Lag> {
    if member.role == Role::Leads {
        return None;
    }
    let leading = facts.leading_server()?;
    let server = member.server().filter(|server| server.in_recovery)?;
    if follows(leading, member, server)
        && let Some(sender) = leading.sender(&member.name)
        && let Some(bytes) = sender.lag_bytes
    {
        // Without writes there is no measurement, and nothing to be late with.
        let seconds = sender.lag_seconds.or((bytes == 0).then_some(0.0));
        return Some(Lag { bytes, seconds });
    }
    // Looked at one after the other: a standby may have gone on meanwhile.
    let bytes = (leading.position? - server.position?).max(0);
    let seconds = if bytes == 0 {
        Some(0.0)
    } else {
        server.replay_age
    };
    Some(Lag { bytes, seconds })
}

/// Whether a member's server receives what the leading one writes: both sides say so.
pub(super) fn follows(leading: &Server, member: &Member, server: &Server) -> bool {
    server.receiver.as_deref() == Some("streaming") && leading.sender(&member.name).is_some()
}
