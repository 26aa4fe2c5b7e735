//! Whether a member copied its data anew though it had it, or lost its way to WAL that a slot kept for it: while it copies,
//! there is a copy of every row less. Judges by the members' logs, as far back as they are kept: the run of now and the one
//! before. Pure.

use std::collections::BTreeMap;

use super::history::{History, Outcome};

/// What a member's log says where it begins to copy, and where it says first why what it has is of no use.
const COPIES: &str = "copying from ";
const WHY: &str = "copying its data anew";
/// The reason that slots are there for: it must not come.
const WAL_IS_GONE: &str = "no longer has the WAL";

/// Whether the WAL that a member needs has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wal {
    Kept,
    MayBeGone,
}

/// Whether WAL that a member needs has to be there. A primary keeps it by slots, and the one after it from its promotion on: only
/// what was much before the last promotion has nobody to keep it. `much` is when there was much for the first time.
pub(super) fn kept(much: Option<f64>, history: &History) -> Wal {
    let acknowledged = history.tries.iter().filter_map(|one| match one.outcome {
        Outcome::Acknowledged { timeline, .. } => Some((timeline, one.ended)),
        _ => None,
    });
    let mut begins: BTreeMap<u32, f64> = BTreeMap::new();
    for (timeline, ended) in acknowledged {
        let begin = begins.entry(timeline).or_insert(ended);
        *begin = begin.min(ended);
    }
    // The first one is that of the cluster's beginning.
    let last = begins.into_values().skip(1).last();
    match much.zip(last) {
        Some((much, last)) if much < last => Wal::MayBeGone,
        _ => Wal::Kept,
    }
}

/// What there is to say of members that had data when it all began, besides those whose volume was lost.
pub(super) fn needless(
    logs: &[(String, String)],
    members: &[String],
    lost: &[String],
    wal: Wal,
) -> Vec<String> {
    let had = members.iter().filter(|member| !lost.contains(member));
    let said = had.filter_map(|member| {
        let mut own = logs.iter().filter(|(log, _)| {
            let run = log.strip_prefix(member.as_str());
            run.is_some_and(|run| matches!(run, ".log" | "-previous.log"))
        });
        own.find_map(|(_, text)| {
            if wal == Wal::Kept && text.contains(WAL_IS_GONE) {
                Some(format!("no slot kept the WAL that {member} needs"))
            } else if text.contains(COPIES) && !text.contains(WHY) {
                Some(format!("{member} copied its data though it had it"))
            } else {
                None
            }
        })
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::super::history::Try;
    use super::*;

    const COPIED: &str = "pgherd: copying from seeds-primary-0 (system";
    const GONE: &str = "pgherd: the primary no longer has the WAL that this member needs: copying its data anew, beside the old";

    fn judged(log: (&str, &str), lost: &[&str], wal: Wal) -> Vec<String> {
        let owned = |words: &[&str]| {
            let each = words.iter().map(|&word| word.to_owned());
            each.collect::<Vec<_>>()
        };
        let logs = [(log.0.to_owned(), log.1.to_owned())];
        needless(&logs, &owned(&["a-1", "a-10"]), &owned(lost), wal)
    }

    #[test]
    fn a_copy_needs_a_reason_or_a_lost_volume() {
        let needless = ["a-1 copied its data though it had it"];
        assert_eq!(judged(("a-1.log", COPIED), &[], Wal::Kept), needless);
        assert_eq!(
            judged(("a-1-previous.log", COPIED), &[], Wal::Kept),
            needless
        );
        assert!(judged(("a-1.log", COPIED), &["a-1"], Wal::Kept).is_empty());
        let with_reason = format!("{GONE}\n{COPIED}");
        assert!(judged(("a-1.log", &with_reason), &[], Wal::MayBeGone).is_empty());
        let lost = ["no slot kept the WAL that a-1 needs"];
        assert_eq!(judged(("a-1.log", &with_reason), &[], Wal::Kept), lost);
        // One that was added has nothing at first.
        assert!(judged(("a-2.log", COPIED), &[], Wal::Kept).is_empty());
    }

    #[test]
    fn slots_keep_what_is_needed_but_for_much_before_the_last_promotion() {
        let acknowledged = |ended: f64, timeline: u32| Try {
            key: ("a".into(), 1),
            began: ended,
            ended,
            outcome: Outcome::Acknowledged {
                server: "127.0.0.1".into(),
                timeline,
                waits: true,
            },
        };
        let history = |tries: Vec<Try>| History {
            tries,
            ..History::default()
        };
        let moved = history(vec![
            acknowledged(1.0, 1),
            acknowledged(9.0, 2),
            acknowledged(5.0, 2),
        ]);
        let stayed = history(vec![acknowledged(1.0, 1), acknowledged(9.0, 1)]);
        for (much, history, wal) in [
            (Some(4.0), &moved, Wal::MayBeGone),
            (Some(6.0), &moved, Wal::Kept),
            (Some(0.5), &stayed, Wal::Kept),
            (None, &moved, Wal::Kept),
        ] {
            assert_eq!(kept(much, history), wal, "{much:?}");
        }
    }
}
