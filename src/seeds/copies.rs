//! Whether a member copied its data anew though it had it: while it copies, there is a copy of every row less. Judges by the
//! members' logs, as far back as they are kept: the run of now and the one before. Pure.

/// What a member's log says where it begins to copy, and where it says first why what it has is of no use.
const COPIES: &str = "copying from ";
const WHY: &str = "copying its data anew";

/// What there is to say of members that had data when it all began, besides those whose volume was lost.
pub(super) fn needless(
    logs: &[(String, String)],
    members: &[String],
    lost: &[String],
) -> Vec<String> {
    let had = members.iter().filter(|member| !lost.contains(member));
    let each = had.filter(|member| {
        let own = logs.iter().filter(|(log, _)| {
            let run = log.strip_prefix(member.as_str());
            run.is_some_and(|run| matches!(run, ".log" | "-previous.log"))
        });
        let copied = |text: &str| text.contains(COPIES) && !text.contains(WHY);
        own.into_iter().any(|(_, text)| copied(text))
    });
    let words = each.map(|member| format!("{member} copied its data though it had it"));
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_needs_a_reason_or_a_lost_volume() {
        let log = |file: &str, text: &str| (file.to_owned(), text.to_owned());
        let copied = "pgherd: copying from seeds-primary-0 (system";
        let gone = "pgherd: the primary no longer has the WAL that this member needs: copying its data anew, beside the old";
        let members = ["a-1".to_owned(), "a-10".to_owned()];
        let judged = |logs: &[(String, String)], lost: &[String]| needless(logs, &members, lost);
        let needless = ["a-1 copied its data though it had it"];
        assert_eq!(judged(&[log("a-1.log", copied)], &[]), needless);
        assert_eq!(judged(&[log("a-1-previous.log", copied)], &[]), needless);
        assert!(judged(&[log("a-1.log", copied)], &members[..1]).is_empty());
        let with_reason = format!("{gone}\n{copied}");
        assert!(judged(&[log("a-1.log", &with_reason)], &[]).is_empty());
        // One that was added has nothing at first.
        assert!(judged(&[log("a-2.log", copied)], &[]).is_empty());
    }
}
