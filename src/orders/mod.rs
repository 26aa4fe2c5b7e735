//! Has members that elect who leads do what moves no lead by itself: restart their servers, copy their data anew, leave it to people
//! who leads. Each is asked of a member's own Patroni, by a script in its pod that checks what came of it.

use std::time::Duration;

use anyhow::Result;

use crate::apply::Error;
use crate::leader::Ground;
use crate::topology;

mod copy;
mod pause;
mod restart;

pub use copy::copy_anew;
pub use pause::{Election, set_election};
pub use restart::{AtLast, Restarted, restart};

/// What a script may take beyond the time that it was given.
const BEYOND: Duration = Duration::from_secs(30);

/// Who leads by the members' record.
///
/// # Errors
/// When nobody does.
async fn leader(ground: &Ground<'_>, doing: &str) -> Result<String> {
    let record = topology::layout(ground.cluster).leader;
    let word = ground.runtime.recorded(&record).await?.word;
    if word.is_empty() {
        let reason = format!(
            "no member leads: `{}` says what is wrong",
            ground.commands.pgherd("status")
        );
        return Err(refused(doing, vec![reason]));
    }
    Ok(word)
}

/// Refuses pods that are no members, all of them at once.
fn require_members(ground: &Ground<'_>, doing: &str, pods: &[String]) -> Result<()> {
    let members = topology::layout(ground.cluster).pods();
    let others = pods.iter().filter(|pod| !members.contains(pod));
    let reasons: Vec<String> = others
        .map(|pod| format!("{pod} is no member: there are {}", members.join(", ")))
        .collect();
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(refused(doing, reasons))
    }
}

fn refused(doing: &str, reasons: Vec<String>) -> anyhow::Error {
    Error::Unsafe {
        doing: doing.into(),
        reasons,
    }
    .into()
}

/// Has a member's Patroni do something within the time of the ground; returns what it says of it.
async fn order(ground: &Ground<'_>, pod: &str, what: &str) -> Result<String> {
    let seconds = ground.timeout.as_secs().to_string();
    let words = ["order.py", what, &seconds];
    let within = ground.timeout + BEYOND;
    let said = ground.runtime.script(pod, &words, within).await?;
    Ok(said.trim().to_owned())
}
