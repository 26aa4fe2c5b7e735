//! Who leads and where clients are led, as it changes: what a watch tells, and when.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use super::Runtime;
use crate::cluster::LeaderRecord;

/// Something that was told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    /// When, in seconds since 1970, by this machine's clock.
    pub(crate) at: f64,
    /// What.
    pub(crate) told: Told,
}

/// What a watch tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// What the record of the leader says; empty where nobody leads.
    Key(String),
    /// The addresses that a Service leads to, by one of its slices.
    Led {
        /// The Service.
        service: String,
        /// The addresses.
        to: Vec<String>,
    },
}

impl Seen {
    /// Told at this moment.
    pub(crate) fn now(told: Told) -> Seen {
        Seen { at: now(), told }
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |time| time.as_secs_f64())
}

impl Runtime {
    /// Tells who leads and where Services lead as it changes, until it is dropped. Beside processes nobody watches.
    ///
    /// # Errors
    /// When the API does not let it be watched, or is away.
    pub(crate) async fn watch_lead(
        &self,
        record: &LeaderRecord,
        services: &[String],
        tell: &dyn Fn(Seen),
    ) -> Result<()> {
        match self {
            Runtime::Kubernetes(place) => place.watch_lead(record, services, tell).await,
            Runtime::Processes(_) => std::future::pending().await,
        }
    }
}
