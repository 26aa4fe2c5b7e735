//! A server is started on data of another major version, as after an image was changed without `pg_upgrade`: it refuses,
//! says why, and touches nothing. `apply` refuses it before.

use anyhow::{Result, bail, ensure};

use super::check::{Outcome, Verdict, fault};
use super::members::{marker, said, shell};
use super::scene::{Member, Scene, until};
use super::told::told;
use super::{NO_STANDBY, ledger, shown_elsewhere};
use crate::rollout;
use crate::runtime::Second;
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
    let server = "refused in its log and by status, no file changed; with the version put back it streams again";
    let expected = match scene.site.without_kubernetes() {
        None => format!("refused by apply; {server}"),
        // Nobody applies anything by pgherd there.
        Some(_) => server.to_owned(),
    };
    let name = format!("{}: data of another major version", standby.pod);
    let check = fault(name, expected);
    scene
        .make_unless(shown_elsewhere(scene), check, look(scene, standby))
        .await
}

async fn look(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    if scene.site.without_kubernetes().is_none() {
        refused_by_apply(scene).await?;
    }
    let before = marker(scene, &standby.pod).await?;
    let runtime = scene.runtime();
    let name = runtime.second(&standby.pod, "98", Second::Nothing).await?;
    runtime.running(&name, scene.limits.soon).await?;
    let refusal = refuse(scene, standby, &name).await;
    // However it went, the data is as it was, and nothing is in the way of what comes next.
    let restored = shell(scene, &name, SCRIPT, &["restore"]).await;
    runtime.remove(&name).await?;
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
    let possible = rollout::require_possible(&scene.installer.rollout(&other)?).await;
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
        shell(
            scene,
            &standby.pod,
            "kill -INT \"$(head -n 1 \"$PGDATA/postmaster.pid\")\"",
            &[]
        ),
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

async fn streaming(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let sql = "select status from pg_stat_wal_receiver";
    let seen = scene.ask(standby, sql).await?;
    Ok(if seen == "streaming" {
        Verdict::passed(seen)
    } else {
        Verdict::failed(format!("the WAL receiver of {} is {seen}", standby.pod))
    })
}
