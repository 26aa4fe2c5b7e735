//! Where one sequence is played: a place with a cluster, what is known of it, and the trace. Does nothing to it.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::act::Who;
use super::clients::TABLE;
use super::perform::Slowed;
use super::promise::Promise;
use crate::apply::Progress;
use crate::cluster::Cluster;
use crate::leader::Ground;
use crate::runtime::Runtime;
use crate::runtime::processes::Place;
use crate::secrets::Secrets;
use crate::session::{self, Target};
use crate::status::{self, Commands, Facts, Located};
use crate::{names, topology};

/// How long a command of ours may wait for members.
const COMMAND: Duration = Duration::from_secs(20);
/// How long a session may take to begin.
const CONNECT: Duration = Duration::from_secs(2);

/// Where a sequence is played.
pub(super) struct Stage<'a> {
    /// The place.
    pub(super) place: &'a Place,
    /// The same, as everything else knows it.
    pub(super) runtime: Runtime,
    /// What the cluster's Secrets hold.
    pub(super) secrets: &'a Secrets,
    /// The namespace that its pods are told.
    pub(super) namespace: &'a str,
    /// The cluster as its spec has it now.
    pub(super) cluster: RefCell<Cluster>,
    /// Where commands say how far they are: nowhere.
    pub(super) progress: &'a Progress,
    /// The pods that are frozen, and whose replay is slow.
    pub(super) frozen: RefCell<Vec<String>>,
    pub(super) slowed: RefCell<Option<Slowed>>,
    /// The pods whose volumes were lost.
    pub(super) lost: RefCell<Vec<String>>,
    /// When what was promised.
    pub(super) promise: RefCell<Promise>,
    /// When it began.
    pub(super) started: Instant,
    /// What was done and seen.
    pub(super) trace: RefCell<Vec<Event>>,
}

/// Something that was done or seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    /// Seconds of the sequence's clock.
    pub(super) at: f64,
    /// What.
    pub(super) what: String,
}

impl Stage<'_> {
    /// Seconds of the sequence's clock.
    pub(super) fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Writes into the trace.
    pub(super) fn note(&self, what: impl Into<String>) {
        let (at, what) = (self.now(), what.into());
        self.trace.borrow_mut().push(Event { at, what });
    }

    /// The cluster as its spec has it now.
    pub(super) fn cluster(&self) -> Cluster {
        self.cluster.borrow().clone()
    }

    /// The members by the spec.
    pub(super) fn pods(&self) -> Vec<String> {
        topology::layout(&self.cluster.borrow()).pods()
    }

    /// The pod that someone is now.
    pub(super) async fn pod(&self, who: Who) -> Result<String> {
        let leader = status::leader(&self.runtime, &self.cluster()).await;
        let Who::Standby(number) = who else {
            return Ok(leader);
        };
        let mut others = self.pods();
        others.retain(|pod| *pod != leader);
        ensure!(!others.is_empty(), "there is no standby");
        Ok(others[usize::from(number) % others.len()].clone())
    }

    /// Looks at the cluster as `pgherd status` does.
    pub(super) async fn look(&self) -> Result<Facts> {
        let cluster = self.cluster();
        Ok(status::look(&self.runtime, &cluster, self.commands()).await?)
    }

    /// What moves of the lead work on.
    pub(super) fn ground<'b>(&'b self, cluster: &'b Cluster) -> Ground<'b> {
        Ground {
            runtime: self.runtime.clone(),
            cluster,
            commands: self.commands(),
            timeout: COMMAND,
            progress: self.progress,
        }
    }

    /// Errors name commands; there is no spec's file to name in them here.
    fn commands(&self) -> Commands {
        Commands {
            files: Vec::new(),
            located: Located::of_place(self.place),
        }
    }

    /// A session as the owner at a Service or a member, by its name.
    pub(super) fn target(&self, host: &str) -> Result<Target> {
        let addresses = self.runtime.known_addresses(host).unwrap_or_default();
        let address = addresses
            .first()
            .with_context(|| format!("{host} has no address"))?;
        let postgres = &self.cluster.borrow().spec.postgres;
        let password = (self.secrets.passwords.0).get(names::OWNER_PASSWORD_FILE);
        let certificates = self.secrets.certificates.as_ref();
        Ok(Target {
            host: host.into(),
            address: Some(address.parse().context("an address")?),
            port: u16::try_from(names::POSTGRES_PORT)?,
            user: postgres.owner.clone(),
            password: password.cloned().unwrap_or_default(),
            database: postgres.database.clone(),
            authority: certificates.map(|certificates| certificates.authority.clone()),
            within: CONNECT,
        })
    }

    /// A session as the owner at a member. By the name with the namespace: to rustls, a name that a certificate has with an
    /// asterisk needs two more parts.
    pub(super) fn at(&self, pod: &str) -> Result<Target> {
        let host = topology::layout(&self.cluster.borrow()).host(pod);
        self.target(&format!("{host}.{}", self.namespace))
    }

    /// A statement as the owner at a member; the first column of its first row.
    pub(super) async fn ask(&self, pod: &str, sql: &str) -> Result<String> {
        let session = session::connect(&self.at(pod)?).await?;
        let rows = tokio::time::timeout(CONNECT, session.rows(sql)).await;
        let rows = rows.with_context(|| format!("{pod}: no answer in time"))??;
        let value = rows.into_iter().flatten().next().flatten();
        Ok(value.unwrap_or_default())
    }

    /// A statement as the superuser in a member.
    pub(super) async fn sql(&self, pod: &str, sql: &str) -> Result<String> {
        self.runtime.sql(pod, sql, COMMAND).await
    }

    /// Makes the table of the writers.
    pub(super) async fn make_table(&self) -> Result<()> {
        let write = topology::layout(&self.cluster.borrow()).services.write;
        let session = session::connect(&self.target(&write)?).await?;
        let sql = format!(
            "create table {TABLE} (writer text, number bigint, primary key (writer, number))"
        );
        session.rows(&sql).await?;
        Ok(())
    }
}
