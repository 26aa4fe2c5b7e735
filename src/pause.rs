//! The pause between two looks at what cannot be watched. No limit: those are of who waits.

use std::time::Duration;

/// Short enough that nobody waits noticeably longer than what is waited for, long enough to leave a server its work.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
