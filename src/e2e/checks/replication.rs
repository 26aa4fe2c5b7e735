//! What is written on the primary is on every standby, and nothing can be written there.

use anyhow::{Context, Result, bail};

use super::view::{judge, view};
use super::{ROWS, TABLE};
use crate::e2e::client::Refusal;
use crate::e2e::only::Wanted;
use crate::e2e::report::{Outcome, Verdict};
use crate::e2e::scene::{Member, Scene, until};
use crate::e2e::stage::{Check, look};

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

/// Whether a standby soon has what the primary has now.
pub(in crate::e2e) async fn caught_up(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let target = position(scene).await?;
    Ok(until(scene.limits.soon, || replayed(scene, standby, &target)).await?)
}

/// Where the primary's WAL ends.
struct Position {
    timeline: String,
    lsn: String,
}

/// Asks the primary. Not for where its WAL is flushed to: with `synchronous_commit` off, that may lie before what was
/// committed.
async fn position(scene: &Scene<'_>) -> Result<Position> {
    let sql = "select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int, \
               pg_current_wal_insert_lsn()";
    let text = scene.ask(&scene.primary, sql).await?;
    let Some((timeline, lsn)) = text.split_once('|') else {
        bail!("unexpected answer: {text}")
    };
    Ok(Position {
        timeline: timeline.into(),
        lsn: lsn.into(),
    })
}

/// Whether the standby has replayed up to a position.
async fn replayed(
    scene: &Scene<'_>,
    standby: &Member,
    target: &Position,
) -> Result<Verdict, Refusal> {
    let lsn = &target.lsn;
    let sql = format!(
        "select coalesce((select received_tli from pg_stat_wal_receiver where status = 'streaming'), 0), \
         coalesce(pg_last_wal_replay_lsn() >= '{lsn}'::pg_lsn, false), \
         coalesce(pg_last_wal_replay_lsn()::text, 'nothing'), \
         coalesce(pg_wal_lsn_diff('{lsn}', pg_last_wal_replay_lsn())::text, 'all')"
    );
    Ok(judge_replayed(&scene.ask(standby, &sql).await?, target))
}

/// Positions of different timelines cannot be compared.
fn judge_replayed(answer: &str, target: &Position) -> Verdict {
    let Position { timeline, lsn } = target;
    let fields: Vec<&str> = answer.split('|').collect();
    match fields[..] {
        ["0", ..] => Verdict::failed("it is not streaming"),
        [other, ..] if other != timeline => Verdict::failed(format!(
            "it is on timeline {other}, the primary on {timeline}"
        )),
        [_, "t", ..] => Verdict::passed("replayed"),
        [_, "f", last, missing] => Verdict::failed(format!(
            "it has replayed {last}, {missing} bytes before {lsn}"
        )),
        _ => Verdict::failed(format!("unexpected answer: {answer}")),
    }
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
    fn a_standby_behind_apart_or_on_another_timeline_is_seen() {
        let target = Position {
            timeline: "1".into(),
            lsn: "0/5".into(),
        };
        let outcome = |answer: &str| judge_replayed(answer, &target).outcome;
        assert_eq!(outcome("1|t|0/6|-1"), Outcome::Passed);
        assert_eq!(outcome("1|f|0/4|1"), Outcome::Failed);
        assert_eq!(outcome("2|t|0/6|-1"), Outcome::Failed);
        assert_eq!(outcome("0|t|0/6|-1"), Outcome::Failed);
        assert_eq!(outcome(""), Outcome::Failed);
    }

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
