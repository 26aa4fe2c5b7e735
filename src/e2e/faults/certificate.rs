//! The certificate is replaced by another while the cluster runs: every server shows the new one soon, nothing restarts
//! and no standby loses its connection.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::members::restarts;
use crate::certificate;
use crate::e2e::report::{Outcome, Verdict};
use crate::e2e::scene::{Scene, until};

/// How long the kubelet and the servers may take.
const SERVED_WITHIN: Duration = Duration::from_secs(120);

/// Replaces the Secret and judges.
pub(super) async fn renewed(scene: &Scene<'_>) -> Outcome {
    let expected = format!(
        "every server shows the new one within {} s, no restart, replication stays connected",
        SERVED_WITHIN.as_secs()
    );
    scene
        .fault("renew the certificate", expected, look(scene))
        .await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let given = scene.cluster.certificates.as_ref();
    let given = given.context("the certificate is not known")?;
    let names = scene.certificate_names().await?;
    let new = certificate::renew(
        scene.cluster,
        &given.authority,
        &given.authority_key,
        &names,
    )?;
    let before = state(scene).await?;
    let started = Instant::now();
    let mut cluster = scene.cluster.clone();
    cluster.certificates = Some(new.clone());
    scene.installer.make_secrets(&cluster).await?;
    let served = until(SERVED_WITHIN, || served(scene, &new.certificate)).await?;
    if served.outcome != Outcome::Passed {
        return Ok(served);
    }
    let seconds = started.elapsed().as_secs_f64();
    let after = state(scene).await?;
    Ok(judge(&before, &after, seconds))
}

/// How often each member was restarted, and since when each standby is connected.
async fn state(scene: &Scene<'_>) -> Result<Vec<String>> {
    let mut state = Vec::new();
    for member in std::iter::once(&scene.primary).chain(&scene.standbys) {
        let count = restarts(scene, &member.pod).await?;
        state.push(format!("{}: {count} restarts", member.pod));
    }
    let question = "select application_name || ' connected at ' || backend_start from pg_stat_replication order by 1";
    let connected = scene.ask(&scene.primary, question).await?;
    state.extend(connected.lines().map(str::to_owned));
    Ok(state)
}

/// Whether every member shows this certificate.
async fn served(scene: &Scene<'_>, expected: &str) -> Result<Verdict> {
    let mut problems = Vec::new();
    for member in std::iter::once(&scene.primary).chain(&scene.standbys) {
        let host = scene.host(member);
        let command = [
            "bash",
            "-c",
            include_str!("../files/served.sh"),
            "served.sh",
            &host,
        ];
        let output = scene.client.run(&command).await?;
        if !is_same(&output.stdout, expected) {
            problems.push(format!("{} shows another", member.pod));
        }
    }
    Ok(Verdict::from_problems(&problems, "each shows the new one"))
}

/// Lines may be of different lengths.
fn is_same(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    !one.is_empty() && bare(one) == bare(other)
}

fn judge(before: &[String], after: &[String], seconds: f64) -> Verdict {
    let problems: Vec<String> = before
        .iter()
        .filter(|line| !after.contains(line))
        .map(|line| format!("no longer: {line}"))
        .collect();
    Verdict::from_problems(
        &problems,
        format!("shown by every server after {seconds:.0} s"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_certificate_a_restart_and_a_new_connection_are_seen() {
        assert!(is_same("-----A\nbc\nd\n", "-----A\r\nbcd\n"));
        assert!(!is_same("", "a") && !is_same("a", "b") && !is_same("", ""));
        let state = |lines: [&str; 2]| lines.map(str::to_owned);
        let before = state(["a: 0 restarts", "b connected at 1"]);
        let outcome = |after: [&str; 2]| judge(&before, &state(after), 1.0).outcome;
        assert_eq!(
            outcome(["a: 0 restarts", "b connected at 1"]),
            Outcome::Passed
        );
        assert_eq!(
            outcome(["a: 1 restarts", "b connected at 1"]),
            Outcome::Failed
        );
        assert_eq!(
            outcome(["a: 0 restarts", "b connected at 2"]),
            Outcome::Failed
        );
    }
}
