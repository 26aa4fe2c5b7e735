//! A promotion after the primary is lost: the standby that has the most takes the lead.
//!
//! The facts name the new primary first: from then on the old one, should it come back, starts as a standby or not at
//! all. Clients are led to the new one at once: a session that begins there before it is promoted writes afterwards, one that
//! begins in the old primary, which may be a standby by then, never does. Its pod, where there is one, is replaced, and only when its kubelet has said that it is gone, a standby is
//! promoted. What the old primary had and the new one has not is left alone on the old volume.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};

use super::finish::{finish, followed};
use super::plan::{Begun, Plan};
use super::switchover::BEYOND;
use super::{Ground, Moved};
use crate::apply::Error;

/// A standby whose data has not grown for so long has read what it has.
const AT_REST: Duration = Duration::from_secs(1);

/// Promotes by plan.
///
/// # Errors
/// With what was seen last; the same command goes on.
pub async fn promote(ground: &Ground<'_>, plan: &Plan) -> Result<Moved> {
    if plan.begun == Begun::Promoted {
        return finish(ground, plan).await;
    }
    let line = ground.progress.line("promotion");
    line.update(&format!("naming {} as the primary", plan.to));
    let seconds = ground.timeout.as_secs().to_string();
    let timeline = async {
        if plan.told != plan.from && plan.told != plan.to {
            ground.require_not_ordered(&plan.told).await?;
        }
        ground.name_leader(&plan.told, &plan.to).await?;
        ground.point_services(&plan.to).await?;
        let told = [vec![plan.to.clone()], plan.followers.clone()].concat();
        ground.until_told(&told, &plan.to).await?;
        line.update(&format!("replacing the pod of {}", plan.from));
        ground.runtime.stop(&plan.from).await?;
        line.update(&format!("promoting {}", plan.to));
        require_furthest(ground, plan).await?;
        let timeline = ground
            .promotion(&plan.to, &["now", &seconds], ground.timeout + BEYOND)
            .await?;
        anyhow::Ok(timeline)
    };
    let timeline = timeline.await.map_err(|error| cut_off(ground, error))?;
    line.update(&format!(
        "{} leads, on {timeline}; waiting for the others",
        plan.to
    ));
    let moved = followed(ground, plan, timeline).await;
    line.finish(&format!("{} leads, on {}", moved.to, moved.timeline));
    Ok(moved)
}

/// Looks once more who has the most, once nobody's data grows any more: an old primary that lived has sent more until it
/// was stopped, and a standby that was started again reads what it has bit by bit.
async fn require_furthest(ground: &Ground<'_>, plan: &Plan) -> Result<()> {
    let members = [vec![plan.to.clone()], plan.followers.clone()].concat();
    let deadline = Instant::now() + ground.timeout;
    let mut before = Vec::new();
    let reached = loop {
        let mut reached = Vec::new();
        for member in &members {
            reached.push(ground.reached(member).await?);
        }
        if reached == before {
            break reached;
        }
        ensure!(
            Instant::now() < deadline,
            "after {} s standbys still read what they have; try again when they rest",
            ground.timeout.as_secs()
        );
        before = reached;
        tokio::time::sleep(AT_REST).await;
    };
    for (other, more) in members.iter().zip(&reached) {
        ensure!(
            *more <= reached[0],
            "{other} has {} more bytes of WAL than {} by now: what is only there would be lost",
            more - reached[0],
            plan.to
        );
    }
    Ok(())
}

fn cut_off(ground: &Ground<'_>, error: anyhow::Error) -> anyhow::Error {
    if matches!(error.downcast_ref(), Some(Error::Unsafe { .. })) {
        return error;
    }
    let again = ground.commands.pgherd("promote");
    anyhow!(Error::Broken {
        doing: format!("no standby was promoted, or not to its end; `{again}` goes on"),
        reason: format!("{error:#}"),
    })
}
