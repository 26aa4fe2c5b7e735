//! The validated cluster: the single input of every builder.
//!
//! Nothing that takes a [`Cluster`] can fail: `validate::read` makes one only from a spec that keeps every rule.

mod events;
mod layout;
mod names;
mod promises;
mod recorded;

pub use events::{Event, Rest};
pub use layout::{
    Failover, Layout, LeaderRecord, MemberSet, Purpose, RecordPart, Restart, Route, Services, slot,
};
pub use promises::{ByHand, Promises, StandbyCopy, Vacancy};
pub use recorded::RecordedSettings;

use crate::spec::{Metrics, Pooler, PoolerKind, Spec, TlsMode};

/// A spec that has been checked, with the files it names read. It has no secret: what its Secrets hold is
/// [`Secrets`](crate::secrets::Secrets), which goes beside it to where objects are made of both.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// What the user wrote, with every default in place.
    pub spec: Spec,
    /// The SQL of `postgres.initSql` in order, files inlined.
    pub init_sql: Vec<String>,
}

impl Cluster {
    /// Number of standbys.
    pub fn standbys(&self) -> u8 {
        self.spec.members - 1
    }

    /// Size of the volume that WAL is on: its own, or else that of the data.
    pub fn wal_size(&self) -> &str {
        let storage = &self.spec.storage;
        storage.wal_size.as_ref().unwrap_or(&storage.size)
    }

    /// Whether connections are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.spec.tls.mode != TlsMode::Off
    }

    /// Whether the certificate is made by whoever makes the Secrets, not by a controller in the cluster.
    pub fn brings_certificate(&self) -> bool {
        self.spec.tls.mode == TlsMode::Secret
    }

    /// How clients and standbys connect, in the words of libpq.
    pub fn sslmode(&self) -> &'static str {
        if self.is_encrypted() {
            "verify-full"
        } else {
            "disable"
        }
    }

    /// Which connections a row of pg_hba.conf or pool_hba.conf lets in.
    pub fn admitted(&self) -> &'static str {
        if self.is_encrypted() {
            "hostssl"
        } else {
            "host"
        }
    }

    /// Image of the servers where they need nothing but PostgreSQL.
    pub fn postgres_image(&self) -> String {
        let postgres = &self.spec.postgres;
        postgres
            .image
            .clone()
            .unwrap_or_else(|| format!("postgres:{}", postgres.version))
    }

    /// Image that the servers run on.
    pub fn server_image(&self) -> String {
        let with_patroni = self.spec.patroni.image.clone();
        with_patroni.unwrap_or_else(|| self.postgres_image())
    }

    /// Every image that the objects name.
    pub fn images(&self) -> Vec<String> {
        let mut images = vec![self.server_image()];
        images.extend(self.spec.extra.images());
        if let Some(pooler) = self.pgpool() {
            images.push(pooler.image_name());
            images.extend(pooler.extra.images());
        }
        images.extend(self.metrics().and_then(|metrics| metrics.image.clone()));
        images
    }

    /// The exporters of metrics, where the spec asks for them.
    pub fn metrics(&self) -> Option<&Metrics> {
        Some(&self.spec.metrics).filter(|metrics| metrics.enabled)
    }

    /// The pooler, where the spec asks for one.
    pub fn pgpool(&self) -> Option<&Pooler> {
        match self.spec.pooler.kind {
            PoolerKind::None => None,
            PoolerKind::Pgpool => Some(&self.spec.pooler),
        }
    }
}
