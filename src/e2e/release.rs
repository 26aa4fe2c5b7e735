//! The life of a release of the chart: tested, upgraded, rolled back, uninstalled and installed again. Its rows stay.

use anyhow::Result;

use crate::fault::check::{self, Check, Kind, Verdict, Wanted};
use crate::fault::scene::Scene;
use crate::spec::Parameter;

/// A setting that an upgrade changes and a rollback puts back.
const SETTING: &str = "work_mem";
/// What it is changed to.
const CHANGED: &str = "7MB";
const ROWS: &str = "1000";

/// The upgrade, which makes the table that the others look at.
const UPGRADE: &str = "helm upgrade with another parameter";
/// The rollback of what was upgraded.
const ROLLBACK: &str = "helm rollback";
/// The end of the table.
const DROP: &str = "drop the release's table";

/// A step that looks at the table.
fn step(name: &str, expected: impl Into<String>) -> Check {
    let others = [UPGRADE, ROLLBACK, DROP].map(str::to_owned);
    Check {
        wanted: Wanted::With(others.into()),
        ..check::fault(name, expected)
    }
}

/// Every step, each as a check of its own.
pub(super) async fn lives(scene: &Scene<'_>) {
    let tested = async {
        let said = helm(scene, &["test", scene.cluster.name(), "--logs"]).await?;
        forget_test(scene).await?;
        Ok::<_, anyhow::Error>(judge_test(&said))
    };
    let expected = "a row is written on the primary and read on a standby";
    scene.check("helm test", expected, tested).await;
    let expected = format!("{SETTING} {CHANGED}, every row there");
    scene.make(step(UPGRADE, expected), upgraded(scene)).await;
    let expected = "the parameter of before, every row there";
    scene
        .make(step(ROLLBACK, expected), rolled_back(scene))
        .await;
    let again = step(
        "helm uninstall, then install",
        "volumes stay, every row there",
    );
    scene.make(again, installed_again(scene)).await;
    let drop = async {
        sql(scene, "drop table pgherd_release").await?;
        Ok::<_, anyhow::Error>(Verdict::passed("dropped"))
    };
    let dropped = Check {
        kind: Kind::Look,
        ..step(DROP, "done")
    };
    scene.make(dropped, drop).await;
}

async fn helm(scene: &Scene<'_>, arguments: &[&str]) -> Result<String> {
    scene.installer.helm(arguments, "").await
}

/// Deletes the test's pod. Helm leaves it for who wants to read its log, and the faults would find it running.
async fn forget_test(scene: &Scene<'_>) -> Result<()> {
    let name = format!("{}-test-replication", scene.cluster.name());
    scene.runtime().end(&name).await.map(drop)
}

async fn sql(scene: &Scene<'_>, statement: &str) -> Result<String> {
    let service = scene.owner_at(scene.write_service());
    Ok(scene.client.psql(&service, &[statement]).await?)
}

fn judge_test(said: &str) -> Verdict {
    let line = |word: &str| {
        said.lines()
            .find(|line| line.contains(word))
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let read = line("read the row");
    if line("Phase:").ends_with("Succeeded") && read.ends_with("done") {
        Verdict::passed(read)
    } else {
        Verdict::failed(format!("{} {read}", line("Phase:")))
    }
}

async fn upgraded(scene: &Scene<'_>) -> Result<Verdict> {
    let make =
        format!("create table pgherd_release as select generate_series(1, {ROWS}) as number");
    sql(scene, &make).await?;
    let mut changed = scene.cluster.clone();
    let parameters = &mut changed.spec.postgres.parameters;
    parameters.insert(SETTING.into(), Parameter::Text(CHANGED.into()));
    scene.apply(&changed).await?;
    seen(scene, |setting| setting == CHANGED).await
}

async fn rolled_back(scene: &Scene<'_>) -> Result<Verdict> {
    helm(scene, &["rollback", scene.cluster.name()]).await?;
    scene.installer.wait(scene.cluster).await?;
    seen(scene, |setting| setting != CHANGED).await
}

async fn installed_again(scene: &Scene<'_>) -> Result<Verdict> {
    helm(scene, &["uninstall", scene.cluster.name(), "--wait"]).await?;
    scene.apply(scene.cluster).await?;
    seen(scene, |setting| setting != CHANGED).await
}

/// The setting and the rows, as a client of the primary's Service sees them.
async fn seen(scene: &Scene<'_>, right: impl Fn(&str) -> bool) -> Result<Verdict> {
    let question = format!("select current_setting('{SETTING}'), count(*) from pgherd_release");
    let answer = sql(scene, &question).await?;
    Ok(judge(&answer, right))
}

fn judge(answer: &str, right: impl Fn(&str) -> bool) -> Verdict {
    let (setting, rows) = answer.split_once('|').unwrap_or((answer, ""));
    let mut problems = Vec::new();
    if !right(setting) {
        problems.push(format!("{SETTING} is wrong"));
    }
    if rows != ROWS {
        problems.push("rows are missing".into());
    }
    Verdict::from_problems(&problems, format!("{SETTING} {setting}, {rows} rows"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    #[test]
    fn a_wrong_setting_and_missing_rows_are_seen() {
        let outcome = |answer: &str| judge(answer, |setting| setting == "7MB").outcome;
        assert_eq!(outcome("7MB|1000"), Outcome::Passed);
        assert_eq!(outcome("4MB|1000"), Outcome::Failed);
        assert_eq!(outcome("7MB|999"), Outcome::Failed);
        assert_eq!(outcome(""), Outcome::Failed);
    }

    #[test]
    fn a_test_that_did_not_read_the_row_has_failed() {
        let outcome = |said: &str| judge_test(said).outcome;
        let read = "read the row on shop-standby: done";
        assert_eq!(
            outcome(&format!("Phase:   Succeeded\n{read}")),
            Outcome::Passed
        );
        assert_eq!(outcome("Phase:   Succeeded\n"), Outcome::Failed);
        assert_eq!(
            outcome(&format!("Phase:   Failed\n{read}")),
            Outcome::Failed
        );
    }
}
