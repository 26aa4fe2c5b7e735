//! What was seen of a cluster: plain data, gathered by `look`, judged by `judge`, shown by `show`. Decides nothing.

use k8s_openapi::jiff::Timestamp;

use super::commands::Commands;
use super::server::Server;
use crate::cluster::slot;
pub use crate::runtime::{Expected, LiveService, Pod, Presence, Stage, Workload};
use crate::spec::Durability;

/// Everything that was seen of one cluster at one time.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The cluster's name.
    pub cluster: String,
    /// How commands about it are typed.
    pub commands: Commands,
    /// When it was looked at.
    pub at: Timestamp,
    /// What clients expect of the certificate; none where nothing is encrypted.
    pub encryption: Option<Encryption>,
    /// The Secret with the exporters' password; none where there are no metrics.
    pub metrics_secret: Option<String>,
    /// What commits wait for by what the cluster was told last; none where that could not be seen.
    pub durability: Option<Durability>,
    /// What the members that elect who leads have in their own record; none where the spec says who leads, or it could not be seen.
    pub election: Option<Election>,
    /// The pod that leads by the spec.
    pub leader_by_spec: String,
    /// Every object that the spec asks for, and the Secret.
    pub objects: Vec<Expected>,
    /// The primary, the standbys, then pods that the spec does not know.
    pub members: Vec<Member>,
    /// The Services, in the order in which they are applied.
    pub services: Vec<Service>,
    /// The pooler, where the spec has one.
    pub pooler: Option<Pooler>,
    /// Jobs that have failed, with the reason.
    pub failed_jobs: Vec<(String, String)>,
    /// What could not be looked at, and why.
    pub unseen: Vec<String>,
}

/// What members that elect who leads go by, as their record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Election {
    /// Whether it is left to people who leads.
    pub is_paused: bool,
    /// What it says otherwise than the spec, each as `name: value`.
    pub unlike: Vec<String>,
}

/// What a member is by what its cluster was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Takes writes.
    Leads,
    /// Streams from the one that leads.
    Follows,
    /// Is in the cluster, but not in the spec.
    Unexpected,
}

/// A server, or where one should be.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its pod's name.
    pub name: String,
    /// What it has to be.
    pub role: Role,
    /// Its StatefulSet.
    pub workload: Workload,
    /// Its pod; none where there is none.
    pub pod: Option<Pod>,
    /// What its server says.
    pub answer: Answer,
    /// Its volume, where it could be seen.
    pub disk: Option<Disk>,
    /// The certificate that its server was given, where it could be seen.
    pub certificate: Option<Certificate>,
    /// Whether it has a data directory, where it could be seen.
    pub has_data: Option<bool>,
    /// Whether it was given the exporters' password, where it could be seen.
    pub has_metrics_password: Option<bool>,
}

/// What clients expect of the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// The Secret that it is in.
    pub secret: String,
    /// Who renews it.
    pub renewal: Renewal,
    /// Where clients and standbys come in, each by the names of which the certificate needs one.
    pub doors: Vec<Vec<String>>,
}

/// Who renews a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// `pgherd rotate certificate`, on demand.
    Pgherd,
    /// The user, who has made it.
    User,
    /// cert-manager, by itself.
    CertManager,
}

/// A certificate as a server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// When it ends to be valid.
    pub expires: Timestamp,
    /// The names it is for.
    pub names: Vec<String>,
    /// Whether it is signed by the authority that clients check it by.
    pub is_of_authority: bool,
}

/// What a server said.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Its container does not run.
    NotRunning,
    /// It could not be asked; why.
    NotAsked(String),
    /// It was asked and refused or kept silent; psql's words.
    Silent(String),
    /// It answered.
    Server(Box<Server>),
}

/// A volume, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Its size.
    pub size: u64,
    /// What is in use.
    pub used: u64,
    /// What a program may still write.
    pub free: u64,
}

/// What a Service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// For clients that write.
    Writing,
    /// For clients that read.
    Reading,
    /// For clients that read, and the primary is among those that answer: no label tells it from the others.
    ReadingAll,
    /// DNS names of the members.
    Members,
    /// For clients of the pooler.
    Pooler,
}

/// A Service and where it leads.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Its labels that the spec asks for, as a selector is typed.
    pub selector: String,
    /// What there is; none where it is missing or could not be seen.
    pub live: Option<LiveService>,
}

/// The pooler and its pods.
#[derive(Clone, Debug)]
pub struct Pooler {
    /// Name of its Deployment.
    pub name: String,
    /// How many pods the spec asks for.
    pub wanted: i32,
    /// The pods.
    pub pods: Vec<(String, Pod)>,
}

impl Facts {
    /// The member that has to lead.
    pub fn leader(&self) -> Option<&Member> {
        self.members
            .iter()
            .find(|member| member.role == Role::Leads)
    }

    /// The server of the member that has to lead, if it does: it answers and takes writes.
    pub fn leading_server(&self) -> Option<&Server> {
        let server = self.leader()?.server()?;
        (!server.in_recovery).then_some(server)
    }

    /// The members that have to follow.
    pub fn followers(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|member| member.role == Role::Follows)
    }
}

impl Member {
    /// The server, if it answered.
    pub fn server(&self) -> Option<&Server> {
        match &self.answer {
            Answer::Server(server) => Some(server),
            Answer::NotRunning | Answer::NotAsked(_) | Answer::Silent(_) => None,
        }
    }

    /// The name of its replication slot.
    pub fn slot_name(&self) -> String {
        slot(&self.name)
    }

    /// Whether its pod is there and ready.
    pub fn is_ready(&self) -> bool {
        self.pod.as_ref().is_some_and(Pod::is_ready)
    }
}

impl Certificate {
    /// Whole days from a moment until it ends to be valid; negative where it has.
    pub fn days_left(&self, at: Timestamp) -> i64 {
        self.expires
            .duration_since(at)
            .as_secs()
            .div_euclid(24 * 60 * 60)
    }
}

impl Disk {
    /// How full it is, as df says it: room that is kept for the system is not room.
    pub fn percent(&self) -> u64 {
        let all = self.used + self.free;
        if all == 0 {
            0
        } else {
            (self.used * 100).div_ceil(all)
        }
    }
}
