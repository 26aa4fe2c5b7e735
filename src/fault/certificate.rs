//! The certificate is replaced by another while the cluster runs: every server shows the new one soon, nothing restarts
//! and no standby loses its connection.

use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::check::{Outcome, Verdict, fault};
use super::members::standing;
use super::scene::{Scene, until};
use crate::names;
use crate::rotate;
use crate::secrets::{Secrets, certificate};

/// Why another certificate is not tried.
const NOT_OURS: &str = "no certificate that pgherd makes: there is none, or cert-manager renews it";

/// Replaces the Secret and judges.
pub(crate) async fn renewed(scene: &Scene<'_>) -> Outcome {
    let expected = format!(
        "every server shows the new one within {} s, no restart, replication stays connected",
        scene.limits.rotated.as_secs()
    );
    let reason = (!scene.cluster.brings_certificate()).then_some(NOT_OURS);
    let check = fault("renew the certificate", expected);
    scene.make_unless(reason, check, look(scene)).await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let before = standing(scene).await?;
    let started = Instant::now();
    let new = if rotate::refusal(scene.cluster).is_none() {
        by_command(scene).await?
    } else {
        by_hand(scene).await?
    };
    let served = until(scene.limits.rotated, || served(scene, &new)).await?;
    if served.outcome != Outcome::Passed {
        return Ok(served);
    }
    let seconds = started.elapsed().as_secs_f64();
    let after = standing(scene).await?;
    Ok(judge(&before, &after, seconds))
}

/// Renews by `pgherd rotate certificate`; returns the new certificate, which has to be another.
async fn by_command(scene: &Scene<'_>) -> Result<String> {
    let before = stored(scene).await?;
    let runtime = scene.runtime();
    let on = scene.rotation(&runtime);
    rotate::certificate(&on, &[], None).await?;
    let after = stored(scene).await?;
    ensure!(
        !is_same(&before, &after),
        "the Secret has the same certificate as before"
    );
    Ok(after)
}

/// Replaces the files of the user's own Secret; returns the new certificate.
async fn by_hand(scene: &Scene<'_>) -> Result<String> {
    let secrets = scene.installer.secrets();
    let given = secrets.certificates.as_ref();
    let given = given.context("the certificate is not known")?;
    let names = scene.certificate_names();
    let (authority, key) = (&given.authority, &given.authority_key);
    let new = certificate::renew(scene.cluster, authority, key, &names)?;
    let other = Secrets {
        passwords: secrets.passwords.clone(),
        certificates: Some(new.clone()),
    };
    scene.installer.make_secrets(scene.cluster, &other).await?;
    Ok(new.certificate)
}

/// The certificate in the Secret.
async fn stored(scene: &Scene<'_>) -> Result<String> {
    let found = scene.runtime().secret(&scene.cluster.tls_secret()).await?;
    let file = found.and_then(|mut found| found.files.remove(names::CERTIFICATE_FILE));
    let file = file.context("the Secret has no certificate")?;
    Ok(String::from_utf8(file)?)
}

/// Whether every member shows this certificate.
async fn served(scene: &Scene<'_>, expected: &str) -> Result<Verdict> {
    let mut problems = Vec::new();
    for member in std::iter::once(&scene.primary).chain(&scene.standbys) {
        let host = scene.host(member);
        let command = [
            "bash",
            "-c",
            include_str!("files/served.sh"),
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
