//! Moves of the lead where members elect who leads. A switchover: the one that does is asked to hand over, and decides with the others.
//! A promotion, where they cannot elect: one is told to take the lead. Changes nothing itself.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::actions::QUICK;
use super::{Ground, Moved, Plan};
use crate::apply::Error;
use crate::cluster::Failover;
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
    let others: Vec<String> = members.into_iter().filter(|pod| *pod != to).collect();
    moved(ground, to, &others).await.map(Some)
}

/// What a move came to, once the others follow or the time is over.
async fn moved(ground: &Ground<'_>, to: String, others: &[String]) -> Result<Moved> {
    let sql = "select 'timeline ' || timeline_id from pg_control_checkpoint()";
    let timeline = ground.runtime.sql(&to, sql, QUICK).await?;
    Ok(Moved {
        not_following: ground.until_followed(&to, others).await,
        to,
        timeline,
        without_primary: None,
    })
}

/// Who leads and takes writes; waits for as long as an election may take. None where nobody does then: the members cannot elect.
///
/// # Errors
/// When the members' record cannot be read.
pub async fn elected(ground: &Ground<'_>) -> Result<Option<String>> {
    let layout = topology::layout(ground.cluster);
    let within = match layout.failover {
        Failover::Automatic(within) => within,
        Failover::Manual => Duration::ZERO,
    };
    let line = ground.progress.line("election");
    let deadline = Instant::now() + within;
    loop {
        let named = ground.runtime.recorded(&layout.leader).await?.word;
        let sql = "select pg_is_in_recovery()";
        if !named.is_empty()
            && ground
                .runtime
                .sql(&named, sql, QUICK)
                .await
                .is_ok_and(|is| is == "f")
        {
            line.finish(&format!("{named} leads"));
            return Ok(Some(named));
        }
        if Instant::now() > deadline {
            line.finish(&format!(
                "no member was elected within {} s",
                within.as_secs()
            ));
            return Ok(None);
        }
        line.update("no member takes writes: waiting whether one is elected");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Refuses a promotion where the members' record does not say who led: whoever did may have what no other has, and would not be
/// missed.
///
/// # Errors
/// With the way on.
pub async fn require_named(ground: &Ground<'_>) -> Result<()> {
    let layout = topology::layout(ground.cluster);
    let named = ground.runtime.recorded(&layout.leader).await?.word;
    if layout.pods().contains(&named) {
        return Ok(());
    }
    let reason = "the members' record does not say which of them led, so that what is lost cannot be told; compare their WAL, and \
                  `patronictl failover --candidate POD` in one of them";
    Err(Error::Unsafe {
        doing: "promotion".into(),
        reasons: vec![reason.into()],
    }
    .into())
}

/// Has a member take the lead that the members do not elect by themselves.
///
/// # Errors
/// When it refuses, or does not take writes within the time; the same command goes on.
pub async fn promote_elected(ground: &Ground<'_>, plan: &Plan) -> Result<Moved> {
    let line = ground.progress.line("promotion");
    line.update(&format!("telling {} to lead", plan.to));
    let seconds = ground.timeout.as_secs().to_string();
    let words = ["order.py", "failover", &seconds];
    let within = ground.timeout + WITHIN;
    ground.runtime.script(&plan.to, &words, within).await?;
    let deadline = Instant::now() + ground.timeout;
    let sql = "select pg_is_in_recovery()";
    while ground.runtime.sql(&plan.to, sql, QUICK).await? != "f" {
        ensure!(
            Instant::now() < deadline,
            "{} was told to lead, and after {} s takes no writes: `pgherd status` says more",
            plan.to,
            ground.timeout.as_secs()
        );
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    line.update(&format!("{} leads; waiting for the others", plan.to));
    let mut moved = moved(ground, plan.to.clone(), &plan.followers).await?;
    let away = plan.away.iter().chain([&plan.from]);
    moved.not_following.extend(away.map(|pod| {
        format!("{pod} is away; when it is back it is made to follow, and what only it has goes: copy its volume first where that counts")
    }));
    line.finish(&format!("{} leads, on {}", moved.to, moved.timeline));
    Ok(moved)
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
