//! Restarts servers one after the other: those that follow first, then the one that leads, which hands the lead over before.

use anyhow::{Result, ensure};

use super::{leader, order, require_members};
use crate::leader::{Ground, hand_over};
use crate::topology;

/// What becomes of the member that leads, which comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtLast {
    /// It hands the lead over, and restarts as a standby.
    HandsOver,
    /// It restarts as what it is: nobody can write meanwhile.
    InPlace,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Restarted {
    /// The members that were restarted, in order.
    pub members: Vec<String>,
    /// Who leads now.
    pub leader: String,
}

/// Restarts these members' servers, or all; each once the one before streams again.
///
/// # Errors
/// When nobody leads, one is no member, a member refuses, or one does not stream again within the time: those that come behind it
/// were not restarted then.
pub async fn restart(ground: &Ground<'_>, pods: &[String], at_last: AtLast) -> Result<Restarted> {
    let doing = "restart";
    require_members(ground, doing, pods)?;
    let leads = leader(ground, doing).await?;
    let mut members = topology::layout(ground.cluster).pods();
    members.retain(|pod| pods.is_empty() || pods.contains(pod));
    // A stable sort: false comes before true.
    members.sort_by_key(|pod| *pod == leads);
    let mut now = leads.clone();
    for pod in &members {
        if *pod == leads && at_last == AtLast::HandsOver {
            let moved = hand_over(ground, None).await?;
            now = moved.map_or(now, |moved| moved.to);
        }
        one(ground, pod, &now).await?;
    }
    Ok(Restarted {
        members,
        leader: now,
    })
}

async fn one(ground: &Ground<'_>, pod: &str, leader: &str) -> Result<()> {
    let line = ground.progress.line(pod);
    line.update("restarting its server");
    order(ground, pod, "restart").await?;
    if pod != leader {
        let lacking = ground.until_followed(leader, &[pod.to_owned()]).await;
        ensure!(
            lacking.is_empty(),
            "{}; those that come behind it were not restarted",
            lacking.join("; ")
        );
    }
    line.finish("restarted");
    Ok(())
}
