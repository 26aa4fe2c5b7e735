//! Every password is rotated while clients write: they write again at once, the old ones are refused everywhere, nothing
//! restarts, and the new ones are nowhere to be read. Then back to those that the other checks know.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::check::{Outcome, Verdict};
use super::ledger::{self, Ledger};
use super::members::every;
use super::members::standing;
use super::primary_pod::writing;
use super::scene::{Scene, until};
use crate::names;
use crate::pause::BETWEEN_LOOKS;
use crate::rotate;
use crate::secrets::passwords::{Passwords, generate};

/// Longest time without an acknowledged write.
const LONGEST_GAP: Duration = Duration::from_secs(10);

/// Rotates and judges. While the new passwords hold, `besides` says what else is wrong.
pub(crate) async fn rotated(
    scene: &Scene<'_>,
    besides: impl AsyncFnOnce(&Passwords) -> Result<Vec<String>>,
) -> Outcome {
    let expected = format!(
        "writes again within {} s by every path, the old refused, no restart, no acknowledged row lost",
        LONGEST_GAP.as_secs()
    );
    scene
        .fault("rotate the passwords", expected, look(scene, besides))
        .await
}

async fn look(
    scene: &Scene<'_>,
    besides: impl AsyncFnOnce(&Passwords) -> Result<Vec<String>>,
) -> Result<Verdict> {
    let old = &scene.installer.secrets().passwords;
    let new = generate();
    ledger::prepare(scene).await?;
    let before = standing(scene).await?;
    ledger::start(scene).await?;
    let rotated = rotate_and_wait(scene, &new).await;
    // However it went, nothing writes when the next thing breaks.
    let ledger = ledger::stop(scene).await?;
    let waited = rotated?;
    if waited.outcome != Outcome::Passed {
        return Ok(waited);
    }
    let mut problems = ledger.too_long(&ledger::paths(scene), LONGEST_GAP);
    problems.extend(let_in(scene, old).await?);
    let after = standing(scene).await?;
    problems.extend(
        before
            .iter()
            .filter(|line| !after.contains(line))
            .map(|line| format!("no longer: {line}")),
    );
    problems.extend(ledger::missing(scene).await?);
    problems.extend(besides(&new).await?);
    let back = Instant::now();
    to(scene, old).await?;
    let back = back.elapsed().as_secs_f64();
    let summary = ledger::summary(&ledger, &ledger::paths(scene));
    Ok(Verdict::from_problems(
        &problems,
        format!("{}; {summary}; and back in {back:.1} s", waited.seen),
    ))
}

async fn rotate_and_wait(scene: &Scene<'_>, new: &Passwords) -> Result<Verdict> {
    let nothing = Ledger::default();
    let waited = until(scene.limits.soon, || writing(scene, &nothing)).await?;
    if waited.outcome != Outcome::Passed {
        return Ok(waited);
    }
    let started = Instant::now();
    to(scene, new).await?;
    let seconds = started.elapsed().as_secs_f64();
    let until_then = ledger::show(scene).await?;
    let waited = until(scene.limits.soon, || writing(scene, &until_then)).await?;
    if waited.outcome != Outcome::Passed {
        return Ok(waited);
    }
    Ok(Verdict::passed(format!("rotated in {seconds:.1} s")))
}

/// Rotates to these, and waits until the client pod has them, too.
async fn to(scene: &Scene<'_>, passwords: &Passwords) -> Result<()> {
    let runtime = scene.runtime();
    let on = scene.rotation(&runtime);
    let client_follows = async {
        loop {
            scene.client.refresh().await?;
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    let answers = async {
        rotate::passwords(&on, passwords, None).await?;
        let ask = || async {
            let answer = scene.ask(&scene.primary, "select 1").await?;
            Ok::<_, anyhow::Error>(Verdict::passed(answer))
        };
        let seen = until(scene.limits.soon, ask).await?;
        anyhow::ensure!(
            seen.outcome == Outcome::Passed,
            "the client pod is not let in: {}",
            seen.seen
        );
        Ok(())
    };
    tokio::select! {
        rotated = answers => rotated,
        never = client_follows => never,
    }
}

/// Who is still let in by these passwords, or not refused for them.
async fn let_in(scene: &Scene<'_>, passwords: &Passwords) -> Result<Vec<String>> {
    let postgres = &scene.cluster.spec.postgres;
    let mut tries = Vec::new();
    for host in every(scene).map(|member| scene.host(member)) {
        tries.push((
            host.clone(),
            names::SUPERUSER,
            "postgres",
            names::SUPERUSER_PASSWORD_FILE,
        ));
        tries.push((
            host.clone(),
            names::REPLICATOR,
            "postgres",
            names::REPLICATION_PASSWORD_FILE,
        ));
        tries.push((
            host,
            &postgres.owner,
            &postgres.database,
            names::OWNER_PASSWORD_FILE,
        ));
    }
    for path in ledger::paths(scene) {
        tries.push((
            path,
            &postgres.owner,
            &postgres.database,
            names::OWNER_PASSWORD_FILE,
        ));
    }
    let mut problems = Vec::new();
    for (host, role, database, file) in tries {
        let seen = scene
            .client
            .try_password(&host, role, database, &passwords.0[file])
            .await?;
        if let Some(problem) = judge_refusal(seen.as_deref()) {
            problems.push(format!("{role} at {host}: {problem}"));
        }
    }
    Ok(problems)
}

/// What is wrong with an answer to an old password; none where it was refused as such.
fn judge_refusal(refused: Option<&str>) -> Option<String> {
    match refused {
        None => Some("let in by the old password".into()),
        Some(words) if words.contains("authentication failed") => None,
        Some(words) => Some(format!("not refused for the old password: {words}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_password_that_is_taken_is_seen() {
        assert!(judge_refusal(None).is_some());
        let refused = "FATAL:  password authentication failed for user \"app\"";
        assert_eq!(judge_refusal(Some(refused)), None);
        assert!(judge_refusal(Some("connection refused")).is_some());
    }
}
