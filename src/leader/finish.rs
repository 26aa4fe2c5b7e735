//! What is left to do once a member has been promoted: Services lead to it, the others follow it. The end of every move,
//! and all of one that was cut off after its promotion. Promotes nobody.

use futures::future::join_all;

use anyhow::Result;

use super::plan::Plan;
use super::switchover::BEYOND;
use super::{Ground, Moved};
use crate::apply::Error;

/// Ends a move of the lead that was cut off after the promotion.
///
/// # Errors
/// With what was seen last; the same command goes on.
pub async fn finish(ground: &Ground<'_>, plan: &Plan) -> Result<Moved> {
    let line = ground.progress.line("the rest of the move");
    line.update(&format!("{} leads; Services and members learn it", plan.to));
    let timeline = async {
        // Who moves it on meanwhile has named another.
        ground.name_leader(&plan.to, &plan.to).await?;
        ground.point_services(&plan.to).await?;
        let told = [vec![plan.to.clone()], plan.followers.clone()].concat();
        ground.until_told(&told, &plan.to).await?;
        let sql = "select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int";
        ground.runtime.sql(&plan.to, sql, BEYOND).await
    };
    let timeline = timeline.await.map_err(|error| Error::Broken {
        doing: format!(
            "{} leads, but not everybody knows it; `{}` goes on, `{}` says how things are",
            plan.to,
            ground.commands.pgherd("switchover"),
            ground.commands.pgherd("status")
        ),
        reason: format!("{error:#}"),
    })?;
    let timeline = format!("timeline {timeline}");
    let moved = followed(ground, plan, timeline).await;
    line.finish(&format!("{} leads, on {}", moved.to, moved.timeline));
    Ok(moved)
}

/// Has the members that run follow the one that leads, and says which do not.
pub(super) async fn followed(ground: &Ground<'_>, plan: &Plan, timeline: String) -> Moved {
    let seconds = ground.timeout.as_secs().to_string();
    let followed = plan.followers.iter().map(async |pod| {
        let words = ["follow.sh", &seconds];
        let done = ground
            .runtime
            .script(pod, &words, ground.timeout + BEYOND)
            .await;
        done.err().map(|error| format!("{error:#}"))
    });
    let mut not_following: Vec<String> = join_all(followed).await.into_iter().flatten().collect();
    for once in [&plan.from, &plan.told] {
        ground.end_sessions(once).await;
    }
    let away = plan.away.iter();
    not_following.extend(away.map(|pod| format!("{pod} is away; it follows when it is back")));
    Moved {
        to: plan.to.clone(),
        timeline,
        without_primary: None,
        not_following,
    }
}
