//! A server is started on data of another major version, as after an image was changed without `pg_upgrade`: it refuses,
//! says why, and touches nothing. `apply` refuses it before.

use anyhow::{Result, bail, ensure};
use k8s_openapi::api::core::v1::Pod;

use super::check::fault;
use super::check::{Outcome, Verdict};
use super::members::{marker, said, shell};
use super::scene::{Member, Scene, until};
use super::second_pod::{beside, removed, running};
use super::told::told;
use super::{NO_STANDBY, ledger, shown_elsewhere};
use crate::rollout;
use crate::status::Id;

/// What it says.
const REFUSAL: &str = "the data is of PostgreSQL ";
const SCRIPT: &str = include_str!("files/other-version.sh");

/// Marks a standby's data, which is a copy of the primary's, while its server is down.
pub(crate) async fn refused(scene: &Scene<'_>) -> Outcome {
    let Some(standby) = scene.standbys.last() else {
        let check = fault("a standby: data of another major version", "refused");
        return scene.skip(check, NO_STANDBY).await;
    };
    let check = fault(
        format!("{}: data of another major version", standby.pod),
        "refused by apply; refused in its log and by status, no file changed; with the version put back it streams again",
    );
    scene
        .make_unless(shown_elsewhere(scene), check, look(scene, standby))
        .await
}

async fn look(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    refused_by_apply(scene).await?;
    let before = marker(scene, &standby.pod).await?;
    let mut helper = beside(scene, standby, "98").await?;
    idle(&mut helper);
    let name = running(scene, &helper).await?;
    let refusal = refuse(scene, standby, &name).await;
    // However it went, the data is as it was, and nothing is in the way of what comes next.
    let restored = shell(scene, &name, SCRIPT, &["restore"]).await;
    removed(scene, &name).await?;
    restored?;
    let (mut problems, seen) = refusal?;
    let back = until(scene.limits.streams_again, || streaming(scene, standby)).await?;
    if back.outcome != Outcome::Passed {
        problems.push(back.seen);
    } else if marker(scene, &standby.pod).await? != before {
        problems.push("its data is not what it was".into());
    }
    problems.extend(ledger::missing(scene).await?);
    Ok(Verdict::from_problems(&problems, seen))
}

/// Asks `apply` for servers of the major version before, as a spec with that version would.
async fn refused_by_apply(scene: &Scene<'_>) -> Result<()> {
    let mut other = scene.cluster.clone();
    let postgres = &mut other.spec.postgres;
    postgres.version -= 1;
    postgres.image = Some(format!("postgres:{}", postgres.version));
    let possible = rollout::require_possible(&scene.installer.rollout(&other)).await;
    match possible {
        Ok(()) => bail!("apply would have put other servers on the data"),
        Err(error) => ensure!(
            error.to_string().contains(REFUSAL),
            "apply does not say why it refuses, but: {error:#}"
        ),
    }
    Ok(())
}

/// What was wrong, and what was seen.
async fn refuse(
    scene: &Scene<'_>,
    standby: &Member,
    helper: &str,
) -> Result<(Vec<String>, String)> {
    // The mark waits for the volume's lock, which the server gives up by its end, and the next start waits for the mark.
    let (marked, ended) = tokio::join!(
        shell(scene, helper, SCRIPT, &["mark"]),
        shell(scene, &standby.pod, "kill -INT 1", &[]),
    );
    ended?;
    let marked = marked?;
    let said = until(scene.limits.crash_known, || {
        said(scene, &standby.pod, REFUSAL)
    })
    .await?;
    let mut problems = Vec::new();
    if said.outcome != Outcome::Passed {
        problems.push(said.seen.clone());
    }
    let found = told(scene, &Id::PodCrashLooping.text(), &standby.pod, REFUSAL).await?;
    if found.outcome != Outcome::Passed {
        problems.push(found.seen);
    }
    let listed = shell(scene, helper, SCRIPT, &["list"]).await?;
    if listed != marked {
        problems.push(format!(
            "files have changed: {} and {}",
            marked.replace('\n', " "),
            listed.replace('\n', " ")
        ));
    }
    let files = listed.lines().next().unwrap_or_default().trim().to_owned();
    Ok((
        problems,
        format!("{}; {files} files as they were", said.seen),
    ))
}

/// The server's pod without its server.
fn idle(pod: &mut Pod) {
    for container in pod.spec.iter_mut().flat_map(|spec| &mut spec.containers) {
        container.command = Some(vec!["sleep".into(), "infinity".into()]);
        container.startup_probe = None;
        container.liveness_probe = None;
        container.readiness_probe = None;
    }
}

async fn streaming(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let sql = "select status from pg_stat_wal_receiver";
    let seen = scene.ask(standby, sql).await?;
    Ok(if seen == "streaming" {
        Verdict::passed(seen)
    } else {
        Verdict::failed(format!("the WAL receiver of {} is {seen}", standby.pod))
    })
}
