//! The primary sends its WAL to every standby, by name, and to nobody else.

use crate::fault::check::Verdict;
use crate::fault::client::Refusal;
use crate::fault::scene::{Member, Scene, until};

/// A row of `pg_stat_replication`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sender {
    application: String,
    state: String,
    address: String,
}

/// Looks at `pg_stat_replication` until it is right.
pub(super) async fn each_standby_is_sent_to(scene: &Scene<'_>) {
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
            until(scene.limits.soon, look),
        )
        .await;
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
                problems.push(format!("{} is {}", standby.pod, sender.state));
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
    use crate::fault::check::Outcome;

    fn member(pod: &str, address: &str) -> Member {
        Member {
            pod: pod.into(),
            address: address.into(),
        }
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
