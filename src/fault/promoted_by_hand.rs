//! Somebody promotes a standby by hand, and two members take writes: `status` tells it, readers are kept from the wrong
//! one, and by what the runbook says one leads again, with nothing of either gone before somebody deletes it.

use std::time::Instant;

use anyhow::Result;

use super::check::{Outcome, Verdict, fault};
use super::lost_volume::slots;
use super::members::{data_volume, delete_volume, gone, marker, ready_again, said, shell};
use super::scene::{Member, Scene, until};
use super::told::told;
use super::{NO_STANDBY, ledger, shown_elsewhere};
use crate::names;
use crate::pause::BETWEEN_LOOKS;

/// Prints what the process is called that the data directory names as its server's.
const RUNNING: &str = "read -r pid <\"$PGDATA/postmaster.pid\" && cat \"/proc/$pid/comm\" || true";
/// A row on the wrong one that no other member has. There is no standby of its own whom its commit could wait for.
const WRITE: &str =
    "set synchronous_commit = local; create table pgherd_by_hand as select 'foo' as word";

/// Promotes the last standby.
pub(crate) async fn beside_the_primary(scene: &Scene<'_>) -> Outcome {
    let Some(wrong) = scene.standbys.last() else {
        let check = fault(
            "a standby: promoted by hand",
            "status tells of two primaries",
        );
        return scene.skip(check, NO_STANDBY).await;
    };
    let expected = "status tells of two primaries; the wrong one leaves the reading Service, ended it keeps its data and \
                    takes no writes; the right one starts only then";
    let name = format!("{}: promoted by hand", wrong.pod);
    let check = fault(name, expected);
    scene
        .make_unless(shown_elsewhere(scene), check, look(scene, wrong))
        .await
}

async fn look(scene: &Scene<'_>, wrong: &Member) -> Result<Verdict> {
    let right = &scene.primary.pod;
    let by_hand = scene.promises().by_hand;
    let before = (
        marker(scene, &wrong.pod).await?,
        data_volume(scene, &wrong.pod).await?,
    );
    scene.ask(wrong, "select pg_promote()").await?;
    scene.ask(wrong, WRITE).await?;
    let told = told(scene, by_hand.finding, &wrong.pod, right).await?;
    let mut problems = Vec::new();
    if told.outcome != Outcome::Passed {
        problems.push(told.seen.clone());
    }
    // A member that is not ready is in no Service, that for reading among them.
    let runtime = scene.runtime();
    let unread = runtime.unready(&wrong.pod, scene.limits.unready).await;
    problems.extend(unread.err().map(|error| format!("{error:#}")));
    // Whoever restarts the right one first is kept from going on without what the other has.
    let life = runtime.end(right).await?;
    gone(scene, right, &life).await?;
    let refused = until(scene.limits.soon, || {
        said(scene, right, by_hand.not_leading)
    })
    .await?;
    // The runbook's way out. It goes this way whatever was seen.
    let wrong_life = runtime.end(&wrong.pod).await?;
    gone(scene, &wrong.pod, &wrong_life).await?;
    ready_again(scene, right, &life).await?;
    let left_alone = until(scene.limits.soon, || {
        said(scene, &wrong.pod, by_hand.not_following)
    })
    .await?;
    for seen in [&refused, &left_alone] {
        if seen.outcome != Outcome::Passed {
            problems.push(seen.seen.clone());
        }
    }
    let after = (
        marker(scene, &wrong.pod).await?,
        data_volume(scene, &wrong.pod).await?,
    );
    if after != before {
        problems.push(format!("{} has not kept its data", wrong.pod));
    }
    problems.extend(starts_no_server(scene, wrong).await?);
    let life = delete_volume(scene, names::DATA_VOLUME, &wrong.pod).await?;
    ready_again(scene, &wrong.pod, &life).await?;
    problems.extend(slots(scene).await?);
    problems.extend(ledger::missing(scene).await?);
    Ok(Verdict::from_problems(
        &problems,
        format!("status: {}", told.seen),
    ))
}

/// That nothing starts can only be watched for a while: the right one answers by now, which is what the wrong one asks.
async fn starts_no_server(scene: &Scene<'_>, member: &Member) -> Result<Option<String>> {
    let until = Instant::now() + scene.limits.watched;
    while Instant::now() < until {
        let first = shell(scene, &member.pod, RUNNING, &[]).await?;
        if first.trim() == "postgres" || scene.ask(member, "select 1").await.is_ok() {
            return Ok(Some(format!("{} runs a server again", member.pod)));
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok(None)
}
