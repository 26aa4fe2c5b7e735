//! Whether a standby has what its primary has.

use anyhow::{Result, bail};

use super::check::Verdict;
use super::client::Refusal;
use super::scene::{Member, Scene, until};

/// Whether a standby soon has what the primary has now.
pub(crate) async fn caught_up(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let target = position(scene).await?;
    Ok(until(scene.limits.soon, || replayed(scene, standby, &target)).await?)
}

/// Where the primary's WAL ends.
struct Position {
    timeline: String,
    lsn: String,
}

/// Where a primary's last record ends, as SQL. Not where its WAL is flushed to: with `synchronous_commit` off, that may lie before
/// what was committed. Behind the end of a page, the place for the next record is told behind a header that nothing has written
/// yet, of 24 bytes, or of 40 where a segment of 16 MB begins: up to there no standby can replay.
pub(crate) const LAST_RECORD_ENDS: &str = "(select lsn - case when (lsn - '0/0') % 16777216 = 40 then 40 \
     when (lsn - '0/0') % 8192 = 24 then 24 else 0 end from pg_current_wal_insert_lsn() lsn)";

async fn position(scene: &Scene<'_>) -> Result<Position> {
    let sql = format!(
        "select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int, {LAST_RECORD_ENDS}"
    );
    let text = scene.ask(&scene.primary, &sql).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

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
}
