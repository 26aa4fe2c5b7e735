//! What is written on the primary is on every standby, and nothing can be written there.

use anyhow::{Context, Result};

use super::view::{judge, view};
use super::{ROWS, TABLE};
use crate::fault::caught_up::caught_up;
use crate::fault::check::{Check, Outcome, Verdict, Wanted, look};
use crate::fault::client::Refusal;
use crate::fault::scene::{Member, Scene};

/// SQLSTATE of a write where only reading is allowed.
const READ_ONLY: &str = "25006";

/// The check that makes the table.
const WRITE: &str = "write through the write Service";
/// The check that takes it away.
const DROP: &str = "drop the table on the primary";

/// A check that looks at the table, which is made for it and taken away.
pub(super) fn of_the_table(name: impl Into<String>, expected: impl Into<String>) -> Check {
    Check {
        wanted: Wanted::With(vec![WRITE.into(), DROP.into()]),
        ..look(name, expected)
    }
}

/// Writes through the write Service, then compares every standby with the primary, by direct connection.
pub(super) async fn rows_arrive(scene: &Scene<'_>) {
    let check = of_the_table(WRITE, format!("{ROWS} rows"));
    let wrote = scene.make(check, write(scene)).await;
    for standby in &scene.standbys {
        let name = format!("{}: rows by replication", standby.pod);
        let expected =
            format!("{ROWS} rows, the primary's hash, in recovery, same system and timeline");
        let copied = of_the_table(name, expected);
        let name = format!("{}: refuses a write", standby.pod);
        let refused = of_the_table(name, format!("SQLSTATE {READ_ONLY}"));
        if wrote == Outcome::Passed {
            scene.make(copied, compare(scene, standby)).await;
            let wrote = write_on_standby(scene, standby);
            scene.make(refused, wrote).await;
        } else {
            scene.skip(copied, "the rows were not written").await;
            scene.skip(refused, "the rows were not written").await;
        }
    }
}

/// A dropped table is gone on every standby.
pub(super) async fn drop_arrives(scene: &Scene<'_>) {
    let primary = scene.owner_at(scene.write_service());
    let drop = async {
        scene
            .client
            .psql(&primary, &[&format!("drop table {TABLE}")])
            .await?;
        Ok::<_, Refusal>(Verdict::passed("dropped"))
    };
    let dropped = scene.make(of_the_table(DROP, "done"), drop).await;
    for standby in &scene.standbys {
        let check = of_the_table(format!("{}: the drop arrives", standby.pod), "gone");
        if dropped == Outcome::Passed {
            scene.make(check, gone(scene, standby)).await;
        } else {
            scene.skip(check, "the table was not dropped").await;
        }
    }
}

async fn gone(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let waited = caught_up(scene, standby).await?;
    if waited.outcome != Outcome::Passed {
        return Ok(waited);
    }
    let sql = format!("select coalesce(to_regclass('{TABLE}')::text, 'gone')");
    let target = scene.owner_at(scene.host(standby));
    let seen = scene.client.psql(&target, &[&sql]).await?;
    Ok(if seen == "gone" {
        Verdict::passed(seen)
    } else {
        Verdict::failed("still there")
    })
}

async fn write(scene: &Scene<'_>) -> Result<Verdict> {
    let service = scene.owner_at(scene.write_service());
    let create = format!("create table {TABLE} (id int primary key, word text not null)");
    let known = format!("insert into {TABLE} values (1, 'foo'), (2, 'bar')");
    let random = format!(
        "insert into {TABLE} select number, md5(random()::text) from generate_series(3, {ROWS}) as number"
    );
    scene
        .client
        .psql(&service, &[&create, &known, &random])
        .await?;
    let seen = scene
        .client
        .psql(&service, &[&format!("select count(*) from {TABLE}")])
        .await?;
    Ok(if seen == ROWS.to_string() {
        Verdict::passed(format!("{seen} rows"))
    } else {
        Verdict::failed(seen)
    })
}

async fn compare(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let waited = caught_up(scene, standby).await?;
    if waited.outcome != Outcome::Passed {
        return Ok(waited);
    }
    let primary = view(scene, &scene.primary).await.context("the primary")?;
    let copied = view(scene, standby).await.context("the standby")?;
    Ok(judge(&primary, &copied, &scene.primary, standby))
}

async fn write_on_standby(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let target = scene.owner_at(scene.host(standby));
    let insert = format!("insert into {TABLE} values (0, 'never')");
    Ok(judge_refused(&scene.client.psql(&target, &[&insert]).await))
}

fn judge_refused(answer: &Result<String, Refusal>) -> Verdict {
    match answer {
        Ok(_) => Verdict::failed("the write was accepted"),
        Err(refusal) if refusal.sqlstate.as_deref() == Some(READ_ONLY) => {
            Verdict::passed(refusal.message.clone())
        }
        Err(refusal) => Verdict::failed(format!("refused, but not for being read-only: {refusal}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_for_being_read_only_counts() {
        let refused = |sqlstate: Option<&str>| {
            Err(Refusal {
                sqlstate: sqlstate.map(str::to_owned),
                message: "no".into(),
            })
        };
        assert_eq!(
            judge_refused(&refused(Some("25006"))).outcome,
            Outcome::Passed
        );
        assert_eq!(
            judge_refused(&refused(Some("42P01"))).outcome,
            Outcome::Failed
        );
        assert_eq!(judge_refused(&refused(None)).outcome, Outcome::Failed);
        assert_eq!(judge_refused(&Ok(String::new())).outcome, Outcome::Failed);
    }
}
