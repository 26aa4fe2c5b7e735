//! Our own commands as a user would type them: the lead is handed over or given away, the spec is applied. Each can be cut
//! off at any time by whoever polls it.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};

use super::act::Who;
use super::stage::Stage;
use crate::cluster::Cluster;
use crate::leader::{self, Left, Moved};
use crate::spec::Durability;
use crate::status::{self, Id};
use crate::topology;

/// How long members may take to be what was applied.
const APPLIED_WITHIN: Duration = Duration::from_secs(30);

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// `pgherd switchover`.
    Switchover,
    /// `pgherd promote --yes`.
    Promote,
    /// `pgherd apply` with so many members.
    Members(u8),
    /// `pgherd apply` with another durability.
    Durability(Durability),
    /// `pgherd apply` of the spec as it is.
    Apply,
    /// The statement that `pgherd status` gives for a slot that nothing comes back for, as that of a member that was taken away.
    DropSlots,
}

/// Runs a command to its end, and returns what it says.
pub(super) async fn run(stage: &Stage<'_>, order: Move) -> Result<String> {
    match order {
        Move::Switchover => switchover(stage).await,
        Move::Promote => promote(stage).await,
        Move::Members(members) => {
            require_same(stage).await?;
            stage.cluster.borrow_mut().spec.members = members;
            apply(stage).await
        }
        Move::Durability(durability) => {
            require_same(stage).await?;
            let before = stage.cluster().spec.durability;
            stage.cluster.borrow_mut().spec.durability = durability;
            stage.change_promise(before, durability);
            apply(stage).await
        }
        Move::Apply => apply(stage).await,
        Move::DropSlots => drop_slots(stage).await,
    }
}

async fn switchover(stage: &Stage<'_>) -> Result<String> {
    let cluster = stage.cluster();
    let facts = stage.look().await?;
    let plan = leader::planned(&facts, None).map_err(|reasons| anyhow!(reasons.join("; ")))?;
    let moved = leader::switchover(&stage.ground(&cluster), &plan).await?;
    Ok(stage.led_by(&moved))
}

async fn promote(stage: &Stage<'_>) -> Result<String> {
    let cluster = stage.cluster();
    let facts = stage.look().await?;
    let plan = leader::unplanned(&facts, None, &Left::default());
    let plan = plan.map_err(|reasons| anyhow!(reasons.join("; ")))?;
    stage.note_promotion();
    let moved = leader::promote(&stage.ground(&cluster), &plan).await?;
    Ok(stage.led_by(&moved))
}

/// What stands before the statement in the advice.
const DROP_IT: &str = "drop it: ";

async fn drop_slots(stage: &Stage<'_>) -> Result<String> {
    let leader = stage.pod(Who::Primary).await?;
    let findings = status::judge(&stage.look().await?);
    let mut dropped = Vec::new();
    for finding in findings.iter().filter(|one| one.id == Id::SlotUnused) {
        let statement = finding
            .advice
            .split_once(DROP_IT)
            .map(|(_, statement)| statement);
        let statement =
            statement.with_context(|| format!("no statement in: {}", finding.advice))?;
        stage.sql(&leader, statement).await?;
        dropped.push(finding.subject.as_str());
    }
    Ok(format!("{} dropped", dropped.join(", ")))
}

/// What `pgherd apply` asks for first; whoever is refused takes the change of the spec back.
async fn require_same(stage: &Stage<'_>) -> Result<()> {
    let cluster = stage.cluster();
    Ok(leader::require_same(&stage.runtime, &cluster, stage.namespace).await?)
}

async fn apply(stage: &Stage<'_>) -> Result<String> {
    require_same(stage).await?;
    let cluster = stage.cluster();
    let pods = topology::layout(&cluster).pods();
    let leads = topology::layout(&cluster).leader.by_spec;
    ensure!(pods.contains(&leads), "{leads} leads, and would go");
    let manifests = topology::objects(&cluster, Some(stage.secrets));
    let (place, progress) = (stage.place, stage.progress);
    place.apply(&manifests, APPLIED_WITHIN, progress).await?;
    Ok(format!(
        "{} members, {:?}",
        pods.len(),
        cluster.spec.durability
    ))
}

impl Stage<'_> {
    /// Has the spec say who leads, as the commands do with its file; what they say.
    fn led_by(&self, moved: &Moved) -> String {
        let cluster: Cluster = topology::led_by(&self.cluster(), &moved.to);
        *self.cluster.borrow_mut() = cluster;
        format!("{} leads, on {}", moved.to, moved.timeline)
    }
}
