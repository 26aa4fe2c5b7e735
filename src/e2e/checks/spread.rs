//! Dials an address again and again and judges which members answered. Knows nothing of what the address stands for.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;

use crate::fault::check::Verdict;
use crate::fault::scene::Member;

/// Fewest answers that say anything about where an address leads.
const FEWEST: usize = 10;
/// Tries for each member that has to be seen. With twelve members and even chances, one is missed in all of them
/// once in 10^12 runs.
const TRIES_PER_MEMBER: usize = 30;

/// Dials until enough has been seen, then judges: every answer comes from an allowed member, and each of them answered.
pub(super) async fn dial<E, F>(
    allowed: &[Member],
    mut dial: impl FnMut() -> F,
) -> Result<Verdict, E>
where
    E: Display,
    F: Future<Output = Result<String, E>>,
{
    let mut answers: Vec<String> = Vec::new();
    let most = FEWEST.max(TRIES_PER_MEMBER * allowed.len());
    while answers.len() < most {
        match dial().await {
            Ok(address) => answers.push(address),
            Err(error) => {
                return Ok(Verdict::failed(format!(
                    "attempt {}: {error}",
                    answers.len() + 1
                )));
            }
        }
        let strangers = answers
            .iter()
            .any(|answer| !allowed.iter().any(|member| member.address == *answer));
        let all = allowed
            .iter()
            .all(|member| answers.contains(&member.address));
        if strangers || (all && answers.len() >= FEWEST) {
            break;
        }
    }
    Ok(judge(&answers, allowed))
}

fn judge(answers: &[String], allowed: &[Member]) -> Verdict {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in answers {
        let pod = allowed
            .iter()
            .find(|member| member.address == *answer)
            .map(|member| member.pod.as_str());
        *counts.entry(pod.unwrap_or(answer)).or_default() += 1;
    }
    let mut problems: Vec<String> = Vec::new();
    for name in counts
        .keys()
        .filter(|name| !allowed.iter().any(|member| member.pod == **name))
    {
        problems.push(format!("{name} must not answer here"));
    }
    for member in allowed
        .iter()
        .filter(|member| !counts.contains_key(member.pod.as_str()))
    {
        problems.push(format!("{} never answered", member.pod));
    }
    if allowed.is_empty() || answers.is_empty() {
        problems.push("nobody answered".into());
    }
    let seen: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count} times"))
        .collect();
    Verdict::from_problems(&problems, seen.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    fn members() -> Vec<Member> {
        [("s-0", "10.0.0.2"), ("s-1", "10.0.0.3")]
            .map(|(pod, address)| Member {
                pod: pod.into(),
                address: address.into(),
            })
            .into()
    }

    fn outcome(answers: &[&str], allowed: &[Member]) -> Outcome {
        judge(
            &answers
                .iter()
                .map(|&answer| answer.to_owned())
                .collect::<Vec<_>>(),
            allowed,
        )
        .outcome
    }

    #[test]
    fn strangers_and_silence_are_seen() {
        let both = members();
        assert_eq!(
            outcome(&["10.0.0.2", "10.0.0.3", "10.0.0.2"], &both),
            Outcome::Passed
        );
        assert_eq!(outcome(&["10.0.0.2", "10.0.0.2"], &both), Outcome::Failed);
        assert_eq!(
            outcome(&["10.0.0.2", "10.0.0.3", "10.0.0.1"], &both),
            Outcome::Failed
        );
        assert_eq!(outcome(&[], &both), Outcome::Failed);
        assert_eq!(outcome(&["10.0.0.2"], &[]), Outcome::Failed);
        assert_eq!(outcome(&[], &[]), Outcome::Failed);
    }

    #[tokio::test]
    async fn dialling_goes_on_until_each_has_answered() {
        let mut number = 0;
        let both = members();
        let seen = dial(&both, || {
            number += 1;
            let address = if number == 25 { "10.0.0.3" } else { "10.0.0.2" };
            async move { Ok::<_, String>(address.to_owned()) }
        });
        assert_eq!(seen.await.expect("a verdict").outcome, Outcome::Passed);
        assert_eq!(number, 25);
    }

    #[tokio::test]
    async fn one_refused_attempt_fails() {
        let both = members();
        let seen = dial(&both, || async { Err::<String, _>("connection refused") });
        assert_eq!(seen.await.expect("a verdict").outcome, Outcome::Failed);
    }
}
