//! The upgrade of a release from a chart of before: nothing that holds data is made anew, and every row stays.
//!
//! Until it is upgraded, the release has the names that the previous chart gave, so nothing here knows names before.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::found;
use crate::cluster::Cluster;
use crate::fault::caught_up::caught_up;
use crate::fault::check::{self, Check, Kind, Outcome, Verdict, Wanted};
use crate::fault::client::{Encryption, Target};
use crate::fault::install::Installer;
use crate::fault::scene::Scene;

mod held;
mod refused;
mod release;
mod values;

use held::{Held, held};

/// The table that is there before the upgrade.
const TABLE: &str = "pgherd_upgrade";
const ROWS: u32 = 1000;

/// Installs the previous chart and waits until it is ready; returns how many objects it has.
pub(super) async fn install(
    installer: &Installer<'_>,
    cluster: &Cluster,
    chart: &Path,
) -> Result<usize> {
    installer.make_secrets(cluster, installer.secrets()).await?;
    let chart = chart.display().to_string();
    let arguments = ["install", cluster.name(), &chart, "--values", "-"];
    let done = installer.helm(&arguments, &values::written(cluster)?).await;
    if let Err(error) = done {
        bail!("{}", values::explained(&format!("{error:#}")));
    }
    found::all_ready(installer).await?;
    Ok(release::objects(installer, cluster, release::PREVIOUS)
        .await?
        .len())
}

/// The steps, in their order: names of the checks.
const STEPS: [&str; 8] = [
    "write before the upgrade",
    "helm upgrade",
    "after the upgrade: ready",
    "after the upgrade: volume claims and StatefulSets",
    "after the upgrade: what restarted",
    "after the upgrade: rows written before",
    "after the upgrade: replication",
    "drop the upgrade's table",
];

/// A step, which is made whatever is asked for: what is looked at later is there by it.
fn step(number: usize, expected: impl Into<String>) -> Check {
    Check {
        wanted: Wanted::Always,
        ..check::look(STEPS[number], expected)
    }
}

/// Writes, upgrades and judges, each step as a check. What it returns is whether the members can be looked at further;
/// then the scene has them under the names of the new chart.
pub(super) async fn run(scene: &mut Scene<'_>) -> Result<Outcome> {
    if scene.recorder.is_rehearsal() {
        for number in 0..STEPS.len() {
            scene.skip(step(number, ""), "").await;
        }
        return Ok(Outcome::Passed);
    }
    let expected = format!("{ROWS} rows on the primary");
    let wrote = scene.make(step(0, expected), write(scene));
    if wrote.await != Outcome::Passed {
        return Ok(Outcome::Failed);
    }
    let before = held(scene.site.kube()?, &scene.namespace).await?;
    let expected = "no immutable field changed, which Kubernetes would refuse";
    let upgrade = scene.make(step(1, expected), upgrade(scene));
    if upgrade.await != Outcome::Passed {
        return Ok(Outcome::Failed);
    }
    let ready = async {
        let count = found::all_ready(&scene.installer).await?;
        Ok::<_, anyhow::Error>(Verdict::passed(format!("{count} workloads ready")))
    };
    // It has limits of its own, like any setting up.
    let check = Check {
        kind: Kind::SetUp,
        ..step(2, "every workload")
    };
    let ready = scene.make(check, ready).await;
    let after = held(scene.site.kube()?, &scene.namespace).await?;
    if judge(scene, &before, &after).await != Outcome::Passed || ready != Outcome::Passed {
        return Ok(Outcome::Failed);
    }
    scene.refresh().await?;
    look_at_rows(scene).await;
    Ok(Outcome::Passed)
}

/// Judges what was there before and after; returns whether the data's objects are the same.
async fn judge(scene: &Scene<'_>, before: &Held, after: &Held) -> Outcome {
    let same = async { Ok::<_, anyhow::Error>(held::kept(before, after)) };
    let expected = "the same uids and volumes as before, none gone, none new";
    let same = scene.make(step(3, expected), same).await;
    let restarts = async { Ok::<_, anyhow::Error>(held::restarted(before, after)) };
    let expected = "pods whose template the chart changed, no other";
    scene.make(step(4, expected), restarts).await;
    same
}

async fn look_at_rows(scene: &Scene<'_>) {
    let expected = format!("{ROWS} on every member");
    scene
        .make(step(5, expected), rows_on_all(scene, ROWS))
        .await;
    let replicated = async {
        insert(scene, &scene.owner_at(scene.write_service())).await?;
        rows_on_all(scene, 2 * ROWS).await
    };
    let expected = format!("{ROWS} more on every member");
    scene.make(step(6, expected), replicated).await;
    let drop = async {
        let service = scene.owner_at(scene.write_service());
        let statement = format!("drop table {TABLE}");
        scene.client.psql(&service, &[&statement]).await?;
        Ok::<_, anyhow::Error>(Verdict::passed("dropped"))
    };
    scene.make(step(7, "done"), drop).await;
}

async fn write(scene: &Scene<'_>) -> Result<Verdict> {
    // The previous chart's Service may have another name.
    let primary = Target {
        encryption: Encryption::Offered,
        ..scene.owner_at(&scene.primary.address)
    };
    let make = format!("create table {TABLE} (number serial primary key, word text)");
    scene.client.psql(&primary, &[&make]).await?;
    insert(scene, &primary).await?;
    let seen = rows_on(scene, &primary).await?;
    Ok(if seen == ROWS.to_string() {
        Verdict::passed(format!("{seen} rows"))
    } else {
        Verdict::failed(format!("{seen} rows"))
    })
}

async fn insert(scene: &Scene<'_>, target: &Target) -> Result<()> {
    let insert = format!("insert into {TABLE} (word) select 'foo' from generate_series(1, {ROWS})");
    scene.client.psql(target, &[&insert]).await?;
    Ok(())
}

async fn rows_on(scene: &Scene<'_>, target: &Target) -> Result<String> {
    let question = format!("select count(*) from {TABLE} where word = 'foo'");
    Ok(scene.client.psql(target, &[&question]).await?)
}

/// Whether the primary's Service leads to so many rows, and soon every standby has them.
async fn rows_on_all(scene: &Scene<'_>, expected: u32) -> Result<Verdict> {
    let service = scene.write_service();
    let mut seen = vec![(
        service.clone(),
        rows_on(scene, &scene.owner_at(service)).await?,
    )];
    for standby in &scene.standbys {
        let waited = caught_up(scene, standby).await?;
        let rows = if waited.outcome == Outcome::Passed {
            rows_on(scene, &scene.owner_at(scene.host(standby))).await?
        } else {
            waited.seen
        };
        seen.push((standby.pod.clone(), rows));
    }
    Ok(judge_rows(&seen, expected))
}

fn judge_rows(seen: &[(String, String)], expected: u32) -> Verdict {
    let expected = expected.to_string();
    let wrong = seen.iter().filter(|(_, rows)| *rows != expected);
    let problems: Vec<String> = wrong
        .map(|(name, rows)| format!("{name}: {rows}"))
        .collect();
    Verdict::from_problems(&problems, format!("{} servers asked", seen.len()))
}

async fn upgrade(scene: &Scene<'_>) -> Result<Verdict> {
    let (installer, cluster) = (&scene.installer, scene.cluster);
    let chart = installer.chart().context("no chart to upgrade to")?;
    let chart = chart.display().to_string();
    let arguments = ["upgrade", cluster.name(), &chart, "--values", "-"];
    let upgraded = installer.helm(&arguments, &values::written(cluster)?).await;
    let before = release::objects(installer, cluster, release::PREVIOUS).await?;
    let Err(error) = upgraded else {
        let after = release::objects(installer, cluster, release::UPGRADED).await?;
        let charts = release::charts(installer, cluster).await?;
        let differ = release::differences(&before, &after);
        return Ok(Verdict::passed(format!(
            "{}, {differ}",
            charts.join(" to ")
        )));
    };
    // A chart that does not render leaves no second revision: helm has said all there is.
    let after = release::objects(installer, cluster, release::UPGRADED).await;
    let words = format!("{error:#}");
    let fields = refused::fields(&before, &after.unwrap_or_default(), &words);
    Ok(Verdict::failed(refused::words(&fields, &words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_without_every_row_is_named() {
        let seen = |rows: &str| {
            [
                ("a".to_owned(), "1000".to_owned()),
                ("b".into(), rows.into()),
            ]
        };
        assert_eq!(judge_rows(&seen("1000"), 1000).outcome, Outcome::Passed);
        let verdict = judge_rows(&seen("999"), 1000);
        assert_eq!(verdict.outcome, Outcome::Failed);
        assert!(verdict.seen.contains("b: 999"), "{}", verdict.seen);
    }
}
