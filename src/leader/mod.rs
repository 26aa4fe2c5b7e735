//! Moves the lead to another member: `switchover`, planned and without loss, and `promotion`, after the primary is lost.
//!
//! Who leads is data: the ConfigMap with the cluster's facts and the selectors of Services, as the spec gives them. Only
//! these are changed here, and the scripts in the members are run, which refuse by themselves what is not safe. Never
//! deletes a volume.

mod actions;
mod elected;
mod finish;
mod plan;
mod promotion;
mod record;
mod spec_file;
mod switchover;

use std::time::Duration;

pub use elected::{elected, hand_over, promote_elected, require_named};
pub use finish::finish;
pub use plan::{Begun, Left, Plan, loss, planned, unplanned};
pub use promotion::promote;
pub use spec_file::{Edit, with_primary};
pub use switchover::switchover;

use crate::apply::{Error, Progress};
use crate::cluster::Cluster;
use crate::runtime::Runtime;
use crate::status::{self, Commands, Located};
use crate::topology;

/// Where the lead is moved.
pub struct Ground<'a> {
    /// Where its members run.
    pub runtime: Runtime,
    /// The cluster as its spec has it.
    pub cluster: &'a Cluster,
    /// How commands about it are typed, with its namespace.
    pub commands: Commands,
    /// How long standbys and the shutdown of the old primary may take, each.
    pub timeout: Duration,
    /// Where to say how far things are.
    pub progress: &'a Progress,
}

/// What moving the lead came to.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The pod that leads now.
    pub to: String,
    /// The timeline that it is on, in its own words.
    pub timeline: String,
    /// From the order to stop to the end of the promotion: how long nobody took writes. None where nobody did before.
    pub without_primary: Option<Duration>,
    /// Members that do not follow yet, each with the reason.
    pub not_following: Vec<String>,
}

/// Refuses a spec in which another member leads than its cluster was told last: applying it would have clients write to
/// a standby. Where the one of the spec is the only one that takes writes, the cluster was told wrong, and applying mends it.
///
/// # Errors
/// With the ways on.
pub async fn require_same(
    runtime: &Runtime,
    cluster: &Cluster,
    namespace: &str,
) -> Result<(), Error> {
    let layout = topology::layout(cluster);
    if layout.is_elected() {
        return Ok(());
    }
    let spec = layout.leader.by_spec;
    let Some(told) = status::told_leader(runtime, cluster).await? else {
        return Ok(());
    };
    if told == spec {
        return Ok(());
    }
    let commands = Commands {
        files: Vec::new(),
        located: Located::Kubernetes {
            context: String::new(),
            namespace: namespace.into(),
        },
    };
    let facts = status::look(runtime, cluster, commands).await?;
    if matches!(plan::writing(&facts).as_slice(), [one] if one.name == spec) {
        return Ok(());
    }
    Err(Error::Unsafe {
        doing: format!("applying {}", cluster.name()),
        reasons: vec![format!(
            "the spec names {spec} as the primary, but {told} leads: write `primary: {told}` into it, or move the lead \
             with `pgherd switchover --to {spec}`"
        )],
    })
}
