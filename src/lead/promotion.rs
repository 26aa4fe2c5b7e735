//! A promotion after the primary is lost: the standby that has the most takes the lead.
//!
//! The facts name the new primary first: from then on the old one, should it come back, starts as a standby or not at
//! all. Its pod, where there is one, is replaced, and only when its kubelet has said that it is gone, a standby is
//! promoted. What the old primary had and the new one has not is left alone on the old volume.

use std::time::Duration;

use anyhow::{Result, anyhow};
use futures::future::join_all;

use super::choose::Plan;
use super::{Ground, Moved};
use crate::apply::Error;

/// How long the promotion itself may take; pg_promote has a minute.
const PROMOTED_WITHIN: Duration = Duration::from_secs(90);

/// Promotes by plan.
///
/// # Errors
/// With what was seen last; the same command goes on.
pub async fn promote(ground: &Ground<'_>, plan: &Plan) -> Result<Moved> {
    let line = ground.progress.line("promotion");
    line.update(&format!("naming {} as the primary", plan.to));
    let timeline = async {
        ground.name_leader(&plan.to).await?;
        let told = [vec![plan.to.clone()], plan.followers.clone()].concat();
        ground.until_told(&told, &plan.to).await?;
        line.update(&format!("replacing the pod of {}", plan.from));
        ground.stop_pod(&plan.from).await?;
        line.update(&format!("promoting {}", plan.to));
        let timeline = ground
            .script(&plan.to, &["promote.sh", "now"], PROMOTED_WITHIN)
            .await?;
        ground.point_services(&plan.to).await?;
        anyhow::Ok(timeline)
    };
    let timeline = timeline.await.map_err(|error| cut_off(ground, &error))?;
    line.update(&format!(
        "{} leads, on {timeline}; waiting for the others",
        plan.to
    ));
    let seconds = ground.timeout.as_secs().to_string();
    let followed = plan.followers.iter().map(async |pod| {
        let words = ["follow.sh", &seconds];
        ground
            .script(pod, &words, ground.timeout + PROMOTED_WITHIN)
            .await
            .err()
    });
    let failed = join_all(followed).await.into_iter().flatten();
    let mut not_following: Vec<String> = failed.map(|error| format!("{error:#}")).collect();
    not_following.extend(
        plan.away
            .iter()
            .map(|pod| format!("{pod} is away; it follows when it is back")),
    );
    line.finish(&format!("{} leads, on {timeline}", plan.to));
    Ok(Moved {
        to: plan.to.clone(),
        timeline,
        without_primary: None,
        not_following,
    })
}

fn cut_off(ground: &Ground<'_>, error: &anyhow::Error) -> anyhow::Error {
    let again = ground.typing.pgherd("promote");
    anyhow!(Error::Broken {
        doing: format!("no standby was promoted, or not to its end; `{again}` goes on"),
        reason: format!("{error:#}"),
    })
}
