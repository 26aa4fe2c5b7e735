//! What a member says of itself and of its copy of the table, and whether a standby's is the primary's.

use anyhow::{Result, bail};

use super::{ROWS, TABLE};
use crate::fault::check::Verdict;
use crate::fault::scene::{Member, Scene};

/// What a member says of itself and of its copy of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
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

/// Asks a member as the superuser, at its own DNS name.
pub(super) async fn view(scene: &Scene<'_>, member: &Member) -> Result<View> {
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
    parse(&text)
}

fn parse(text: &str) -> Result<View> {
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

/// Whether the standby shows what the primary shows, and both are who they should be.
pub(super) fn judge(primary: &View, standby: &View, leader: &Member, follower: &Member) -> Verdict {
    let mut problems = Vec::new();
    let mut expect = |right: bool, words: String| {
        if !right {
            problems.push(words);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    fn member(pod: &str, address: &str) -> Member {
        Member {
            pod: pod.into(),
            address: address.into(),
        }
    }

    fn judged(change: impl FnOnce(&mut View, &mut View)) -> Verdict {
        let mut primary = parse("f|7|1|10.0.0.1|10002|abc|2").expect("the primary");
        let mut standby = parse("t|7|1|10.0.0.2|10002|abc|2").expect("the standby");
        change(&mut primary, &mut standby);
        judge(
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
}
