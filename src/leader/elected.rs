//! A switchover where members elect who leads: the one that does is asked to hand over, and decides with the others. Changes
//! nothing itself.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::actions::QUICK;
use super::{Ground, Moved};
use crate::apply::Error;
use crate::pause::BETWEEN_LOOKS;
use crate::topology;

/// How long the members may take to move the lead: as long as their own command waits, and some more.
const WITHIN: Duration = Duration::from_secs(75);

/// Has the member that leads hand over to another, or to whichever is best. None where the other leads already.
///
/// # Errors
/// When nobody leads, the other is no member, the members refuse, or another does not lead within the time.
pub async fn hand_over(ground: &Ground<'_>, to: Option<&str>) -> Result<Option<Moved>> {
    let layout = topology::layout(ground.cluster);
    let members = layout.pods();
    let from = ground.runtime.recorded(&layout.leader).await?.word;
    if from.is_empty() {
        return Err(refused(
            "no member leads: `pgherd status` says what is wrong".into(),
        ));
    }
    if let Some(to) = to.filter(|to| !members.iter().any(|pod| pod == to)) {
        let reason = format!("{to} is no member: there are {}", members.join(", "));
        return Err(refused(reason));
    }
    if to == Some(&from) {
        return Ok(None);
    }
    let line = ground.progress.line(&from);
    line.update("handing the lead over");
    let words: Vec<&str> = ["switch.py"].into_iter().chain(to).collect();
    let said = ground.runtime.script(&from, &words, WITHIN).await;
    let said =
        said.map_err(|error| refused(format!("{from} leads, as far as is known: {error:#}")))?;
    line.finish(&said);
    let to = led_by_another(ground, &from).await?;
    let timeline = ground.runtime.sql(
        &to,
        "select 'timeline ' || timeline_id from pg_control_checkpoint()",
        QUICK,
    );
    let timeline = timeline.await?;
    let others: Vec<String> = members.into_iter().filter(|pod| *pod != to).collect();
    Ok(Some(Moved {
        not_following: ground.until_followed(&to, &others).await,
        to,
        timeline,
        without_primary: None,
    }))
}

fn refused(reason: String) -> anyhow::Error {
    Error::Unsafe {
        doing: "switchover".into(),
        reasons: vec![reason],
    }
    .into()
}

/// Who leads once it is another.
async fn led_by_another(ground: &Ground<'_>, from: &str) -> Result<String> {
    let record = topology::layout(ground.cluster).leader;
    let deadline = Instant::now() + ground.timeout;
    loop {
        let leader = ground.runtime.recorded(&record).await?.word;
        if !leader.is_empty() && leader != from {
            return Ok(leader);
        }
        ensure!(
            Instant::now() < deadline,
            "{from} has handed over, and after {} s no other leads: `pgherd status` says more",
            ground.timeout.as_secs()
        );
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
