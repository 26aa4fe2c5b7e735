//! What is written on the primary is on every standby, and nothing can be written there.

use anyhow::{Context, Result, bail};

use super::TABLE;
use crate::e2e::client::Refusal;
use crate::e2e::report::{Outcome, Verdict};
use crate::e2e::scene::{Member, SOON, Scene, until};

/// Random rows besides the two with known words.
const RANDOM_ROWS: u32 = 10_000;
const ROWS: u32 = RANDOM_ROWS + 2;
/// SQLSTATE of a write where only reading is allowed.
const READ_ONLY: &str = "25006";

/// What a member says of itself and of its copy of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct View {
    in_recovery: bool,
    system_identifier: String,
    /// 0 on a standby that is not streaming.
    timeline: u32,
    address: String,
    rows: u32,
    hash: String,
    /// How many of `1 foo` and `2 bar` are there.
    known_rows: u32,
}

/// A row of `pg_stat_replication`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sender {
    application: String,
    state: String,
    address: String,
}

/// Writes through the write Service, then compares every standby with the primary, by direct connection.
pub(super) async fn rows_arrive(scene: &Scene<'_>) {
    let wrote = scene
        .check(
            "write through the write Service",
            format!("{ROWS} rows"),
            write(scene),
        )
        .await;
    if wrote != Outcome::Passed {
        return;
    }
    for standby in &scene.standbys {
        let name = format!("{}: rows by replication", standby.pod);
        let expected =
            format!("{ROWS} rows, the primary's hash, in recovery, same system and timeline");
        scene.check(name, expected, compare(scene, standby)).await;
        let name = format!("{}: refuses a write", standby.pod);
        scene
            .check(
                name,
                format!("SQLSTATE {READ_ONLY}"),
                write_on_standby(scene, standby),
            )
            .await;
    }
}

/// The primary streams to every standby, by name.
pub(super) async fn members_stream(scene: &Scene<'_>) {
    let look = || async {
        let sql = "select application_name, state, coalesce(host(client_addr), '') from pg_stat_replication order by 1";
        let text = scene.ask(&scene.primary, sql).await?;
        Ok::<_, Refusal>(judge_senders(&senders(&text), &scene.standbys))
    };
    let expected = format!(
        "{} senders, each streaming to its pod",
        scene.standbys.len()
    );
    scene
        .check(
            "pg_stat_replication names each standby",
            expected,
            until(SOON, look),
        )
        .await;
}

/// A dropped table is gone on every standby.
pub(super) async fn drop_arrives(scene: &Scene<'_>) {
    let primary = scene.owner_at(scene.cluster.primary());
    let drop = async {
        scene
            .client
            .psql(&primary, &[&format!("drop table {TABLE}")])
            .await?;
        Ok::<_, Refusal>(Verdict::passed("dropped"))
    };
    if scene
        .check("drop the table on the primary", "done", drop)
        .await
        != Outcome::Passed
    {
        return;
    }
    for standby in &scene.standbys {
        let look = async {
            let target = position(scene).await?;
            let waited = until(SOON, || replayed(scene, standby, &target)).await?;
            if waited.outcome != Outcome::Passed {
                return Ok(waited);
            }
            let sql = format!("select coalesce(to_regclass('{TABLE}')::text, 'gone')");
            let seen = scene
                .client
                .psql(&scene.owner_at(scene.host(standby)), &[&sql])
                .await?;
            Ok::<_, anyhow::Error>(if seen == "gone" {
                Verdict::passed(seen)
            } else {
                Verdict::failed("still there")
            })
        };
        scene
            .check(format!("{}: the drop arrives", standby.pod), "gone", look)
            .await;
    }
}

async fn write(scene: &Scene<'_>) -> Result<Verdict> {
    let service = scene.owner_at(scene.cluster.primary());
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
    let target = position(scene).await?;
    let waited = until(SOON, || replayed(scene, standby, &target)).await?;
    if waited.outcome != Outcome::Passed {
        return Ok(waited);
    }
    let primary = copy(scene, &scene.primary).await.context("the primary")?;
    let copied = copy(scene, standby).await.context("the standby")?;
    Ok(judge_copy(&primary, &copied, &scene.primary, standby))
}

/// Where the primary's WAL ends. Not where it is flushed to: with synchronous_commit off, that may lie before what
/// was committed.
async fn position(scene: &Scene<'_>) -> Result<String> {
    Ok(scene
        .ask(&scene.primary, "select pg_current_wal_insert_lsn()")
        .await?)
}

/// Whether the standby has replayed up to a position.
async fn replayed(scene: &Scene<'_>, standby: &Member, target: &str) -> Result<Verdict, Refusal> {
    let sql = format!(
        "select coalesce(pg_last_wal_replay_lsn() >= '{target}'::pg_lsn, false), \
         coalesce(pg_last_wal_replay_lsn()::text, 'nothing'), \
         coalesce(pg_wal_lsn_diff('{target}', pg_last_wal_replay_lsn())::text, 'all')"
    );
    let text = scene.ask(standby, &sql).await?;
    let fields: Vec<&str> = text.split('|').collect();
    Ok(match fields[..] {
        ["t", ..] => Verdict::passed("replayed"),
        ["f", last, missing] => {
            Verdict::failed(format!("replayed {last}, {missing} bytes before {target}"))
        }
        _ => Verdict::failed(format!("unexpected answer: {text}")),
    })
}

async fn write_on_standby(scene: &Scene<'_>, standby: &Member) -> Result<Verdict> {
    let target = scene.owner_at(scene.host(standby));
    let insert = format!("insert into {TABLE} values (0, 'never')");
    Ok(judge_refused(&scene.client.psql(&target, &[&insert]).await))
}

async fn copy(scene: &Scene<'_>, member: &Member) -> Result<View> {
    // A standby's control file knows the timeline of its last restart point only; the receiver knows the current one.
    let sql = format!(
        "select pg_is_in_recovery(), (select system_identifier from pg_control_system()), \
         case when pg_is_in_recovery() \
           then coalesce((select received_tli from pg_stat_wal_receiver where status = 'streaming'), 0) \
           else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end, \
         host(inet_server_addr()), count(*), coalesce(md5(string_agg(id || ' ' || word, ',' order by id)), ''), \
         count(*) filter (where (id, word) in ((1, 'foo'), (2, 'bar'))) from {TABLE}"
    );
    let text = scene.ask(member, &sql).await?;
    parse_copy(&text)
}

fn parse_copy(text: &str) -> Result<View> {
    let fields: Vec<&str> = text.split('|').collect();
    let [recovery, system, timeline, address, rows, hash, known] = fields[..] else {
        bail!("unexpected answer: {text}");
    };
    Ok(View {
        in_recovery: recovery == "t",
        system_identifier: system.into(),
        timeline: timeline.parse()?,
        address: address.into(),
        rows: rows.parse()?,
        hash: hash.into(),
        known_rows: known.parse()?,
    })
}

fn judge_copy(primary: &View, standby: &View, leader: &Member, follower: &Member) -> Verdict {
    let mut problems = Vec::new();
    let mut expect = |right: bool, words: String| {
        if !right {
            problems.push(words)
        }
    };
    expect(!primary.in_recovery, "the primary is in recovery".into());
    expect(
        primary.address == leader.address,
        format!("the primary's name leads to {}", primary.address),
    );
    expect(
        primary.rows == ROWS && primary.known_rows == 2,
        format!("the primary has {} rows", primary.rows),
    );
    expect(standby.in_recovery, "not in recovery".into());
    expect(
        standby.address == follower.address,
        format!("its name leads to {}", standby.address),
    );
    expect(
        standby.system_identifier == primary.system_identifier,
        format!(
            "another system than the primary's {}",
            primary.system_identifier
        ),
    );
    expect(standby.timeline != 0, "not streaming".into());
    expect(
        standby.timeline == 0 || standby.timeline == primary.timeline,
        format!("another timeline than the primary's {}", primary.timeline),
    );
    expect(
        standby.rows == primary.rows,
        format!("not the primary's {} rows", primary.rows),
    );
    expect(
        standby.known_rows == 2,
        "not both of `1 foo` and `2 bar`".into(),
    );
    expect(
        !standby.hash.is_empty() && standby.hash == primary.hash,
        format!("another hash than {}", primary.hash),
    );
    let hash: String = standby.hash.chars().take(8).collect();
    let seen = format!(
        "{} rows, hash {hash}, pg_is_in_recovery {}, system {}, timeline {}",
        standby.rows, standby.in_recovery, standby.system_identifier, standby.timeline
    );
    Verdict::from_problems(&problems, seen)
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

fn senders(text: &str) -> Vec<Sender> {
    text.lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split('|').collect();
            let [application, state, address] = fields[..] else {
                return None;
            };
            Some(Sender {
                application: application.into(),
                state: state.into(),
                address: address.into(),
            })
        })
        .collect()
}

fn judge_senders(senders: &[Sender], standbys: &[Member]) -> Verdict {
    let mut problems = Vec::new();
    for standby in standbys {
        match senders
            .iter()
            .find(|sender| sender.application == standby.pod)
        {
            None => problems.push(format!("nothing is sent to {}", standby.pod)),
            Some(sender) if sender.state != "streaming" => {
                problems.push(format!("{} is {}", standby.pod, sender.state))
            }
            Some(sender) if sender.address != standby.address => {
                problems.push(format!(
                    "{} is at {}, not at its pod",
                    standby.pod, sender.address
                ));
            }
            Some(_) => {}
        }
    }
    if senders.len() != standbys.len() {
        problems.push(format!(
            "{} senders for {} standbys",
            senders.len(),
            standbys.len()
        ));
    }
    let seen: Vec<String> = senders
        .iter()
        .map(|sender| format!("{} {}", sender.application, sender.state))
        .collect();
    Verdict::from_problems(&problems, seen.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(pod: &str, address: &str) -> Member {
        Member {
            pod: pod.into(),
            address: address.into(),
        }
    }

    fn judged(change: impl FnOnce(&mut View, &mut View)) -> Verdict {
        let mut primary = parse_copy("f|7|1|10.0.0.1|10002|abc|2").expect("the primary");
        let mut standby = parse_copy("t|7|1|10.0.0.2|10002|abc|2").expect("the standby");
        change(&mut primary, &mut standby);
        judge_copy(
            &primary,
            &standby,
            &member("p", "10.0.0.1"),
            &member("s", "10.0.0.2"),
        )
    }

    #[test]
    fn a_true_copy_passes() {
        assert_eq!(judged(|_, _| ()).outcome, Outcome::Passed);
    }

    #[test]
    fn whatever_is_wrong_with_a_copy_is_seen() {
        let wrongs: [fn(&mut View, &mut View); 11] = [
            |primary, _| primary.in_recovery = true,
            |primary, _| primary.address = "10.0.0.2".into(),
            |_, standby| standby.in_recovery = false,
            |_, standby| standby.address = "10.0.0.1".into(),
            |_, standby| standby.system_identifier = "8".into(),
            |_, standby| standby.timeline = 0,
            |_, standby| standby.timeline = 2,
            |_, standby| standby.rows = 10_001,
            |_, standby| standby.hash = "abd".into(),
            |_, standby| standby.known_rows = 1,
            // Two empty tables are alike.
            |primary, standby| {
                for copy in [primary, standby] {
                    (copy.rows, copy.known_rows, copy.hash) = (0, 0, String::new());
                }
            },
        ];
        for (number, wrong) in wrongs.into_iter().enumerate() {
            assert_eq!(judged(wrong).outcome, Outcome::Failed, "{number}");
        }
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

    #[test]
    fn every_standby_has_to_stream_under_its_name_from_its_pod() {
        let standbys = [member("s-0", "10.0.0.2"), member("s-1", "10.0.0.3")];
        let outcome = |text: &str| judge_senders(&senders(text), &standbys).outcome;
        assert_eq!(
            outcome("s-0|streaming|10.0.0.2\ns-1|streaming|10.0.0.3"),
            Outcome::Passed
        );
        for text in [
            "",
            "s-0|streaming|10.0.0.2",
            "s-0|streaming|10.0.0.2\ns-0|streaming|10.0.0.2",
            "s-0|streaming|10.0.0.2\ns-1|catchup|10.0.0.3",
            "s-0|streaming|10.0.0.2\ns-1|streaming|10.0.0.2",
            "s-0|streaming|10.0.0.2\ns-1|streaming|10.0.0.3\nwalreceiver|streaming|10.0.0.9",
        ] {
            assert_eq!(outcome(text), Outcome::Failed, "{text}");
        }
    }
}
