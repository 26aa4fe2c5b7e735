//! Whether a member copied its data anew though it had it, or lost its way to WAL that a slot kept for it: while it copies,
//! there is a copy of every row less. Judges by the members' logs, as far back as they are kept: the run of now and the one
//! before. Pure.

use super::act::{Act, Step};

/// What a member's log says where it begins to copy, and where it says first why what it has is of no use.
const COPIES: &str = "copying from ";
const WHY: &str = "copying its data anew";
/// The reason that slots are there for: it must not come.
const WAL_IS_GONE: &str = "no longer has the WAL";

/// Whether WAL may be gone that a member still needs. A primary keeps it by slots, and the one after it from its promotion
/// on: only what was much before that has nobody to keep it.
pub(super) fn may_be_gone(steps: &[Step]) -> bool {
    let first = steps.iter().position(|step| step.act == Act::Wal);
    let moves = |step: &Step| matches!(step.act, Act::Switchover(_) | Act::Promote(_));
    let last = steps.iter().rposition(moves);
    first.zip(last).is_some_and(|(first, last)| first < last)
}

/// What there is to say of members that had data when it all began, besides those whose volume was lost.
pub(super) fn needless(
    logs: &[(String, String)],
    members: &[String],
    lost: &[String],
    steps: &[Step],
) -> Vec<String> {
    let is_kept = !may_be_gone(steps);
    let had = members.iter().filter(|member| !lost.contains(member));
    let said = had.filter_map(|member| {
        let mut own = logs.iter().filter(|(log, _)| {
            let run = log.strip_prefix(member.as_str());
            run.is_some_and(|run| matches!(run, ".log" | "-previous.log"))
        });
        own.find_map(|(_, text)| {
            if is_kept && text.contains(WAL_IS_GONE) {
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
    use super::super::act::Wait;
    use super::*;

    const COPIED: &str = "pgherd: copying from seeds-primary-0 (system";
    const GONE: &str = "pgherd: the primary no longer has the WAL that this member needs: copying its data anew, beside the old";

    fn judged(logs: &[(&str, &str)], lost: &[&str], steps: &[Act]) -> Vec<String> {
        let owned = |words: &[&str]| {
            words
                .iter()
                .map(|&word| word.to_owned())
                .collect::<Vec<_>>()
        };
        let logs: Vec<(String, String)> = (logs.iter())
            .map(|&(file, text)| (file.to_owned(), text.to_owned()))
            .collect();
        let steps: Vec<Step> = (steps.iter().cloned())
            .map(|act| Step { after: 0, act })
            .collect();
        needless(&logs, &owned(&["a-1", "a-10"]), &owned(lost), &steps)
    }

    const MUCH_BEFORE: [Act; 2] = [Act::Wal, Act::Switchover(Wait::Ended)];

    #[test]
    fn a_copy_needs_a_reason_or_a_lost_volume() {
        let needless = ["a-1 copied its data though it had it"];
        assert_eq!(judged(&[("a-1.log", COPIED)], &[], &[]), needless);
        assert_eq!(judged(&[("a-1-previous.log", COPIED)], &[], &[]), needless);
        assert!(judged(&[("a-1.log", COPIED)], &["a-1"], &[]).is_empty());
        let with_reason = format!("{GONE}\n{COPIED}");
        assert!(judged(&[("a-1.log", &with_reason)], &[], &MUCH_BEFORE).is_empty());
        // One that was added has nothing at first.
        assert!(judged(&[("a-2.log", COPIED)], &[], &[]).is_empty());
    }

    #[test]
    fn slots_keep_what_is_needed_but_for_much_before_a_lead_moved() {
        let lost = ["no slot kept the WAL that a-1 needs"];
        let [much, moved] = MUCH_BEFORE;
        let after = [moved, much];
        for steps in [&[] as &[Act], &after, &[Act::Wal, Act::Thaw]] {
            assert_eq!(judged(&[("a-1.log", GONE)], &[], steps), lost);
        }
    }
}
