//! Leaves it to people who leads, and back to the members.

use anyhow::Result;
use futures::future::join_all;

use super::order;
use crate::leader::Ground;
use crate::topology;

/// Who decides who leads when the one that does is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// Nobody: the members change nothing by themselves.
    Paused,
    /// The members.
    Resumed,
}

impl Election {
    /// What a member is told, and what it is asked then.
    fn orders(self) -> (&'static str, &'static str) {
        match self {
            Election::Paused => ("pause", "paused"),
            Election::Resumed => ("resume", "resumed"),
        }
    }
}

/// Has the cluster's record say so, and waits until every member has read it. Returns those that have not, with the reason.
///
/// # Errors
/// When no member can be told.
pub async fn set_election(ground: &Ground<'_>, election: Election) -> Result<Vec<String>> {
    let (tell, asked) = election.orders();
    let members = topology::layout(ground.cluster).pods();
    let line = ground.progress.line(ground.cluster.name());
    line.update("telling the members");
    let mut told = Err(anyhow::anyhow!("it has no members"));
    for pod in &members {
        told = order(ground, pod, tell).await;
        if told.is_ok() {
            break;
        }
    }
    told?;
    line.update("waiting until each member knows");
    let looks = members.iter().map(async |pod| {
        let answer = order(ground, pod, asked).await;
        answer.err().map(|error| format!("{pod}: {error:#}"))
    });
    let silent: Vec<String> = join_all(looks).await.into_iter().flatten().collect();
    let knows = members.len() - silent.len();
    line.finish(&format!("{knows} of {} members know", members.len()));
    Ok(silent)
}
