//! Who leads and who follows, by what the servers say of themselves; never by the spec.

use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::client::{ClientPod, Encryption, Target};
use super::limits::Limits;
use super::scene::Member;
use crate::cluster::Cluster;
use crate::names;
use crate::pause::BETWEEN_LOOKS;
use crate::runtime::Runtime;

/// Where members are asked.
pub(crate) struct Place<'a> {
    /// Where they run.
    pub(crate) runtime: &'a Runtime,
    /// Whose members they are.
    pub(crate) cluster: &'a Cluster,
    /// The pod from which they are asked.
    pub(crate) client: &'a ClientPod,
}

/// The server of these pods that takes writes, and the others in their order, once all of them answer and one alone leads.
pub(crate) async fn members(
    place: &Place<'_>,
    pods: &[String],
    limits: &Limits,
) -> Result<(Member, Vec<Member>)> {
    let deadline = Instant::now() + limits.soon;
    loop {
        match look(place, pods).await {
            Err(_) if Instant::now() < deadline => tokio::time::sleep(BETWEEN_LOOKS).await,
            found => return found,
        }
    }
}

async fn look(place: &Place<'_>, pods: &[String]) -> Result<(Member, Vec<Member>)> {
    let mut answers = Vec::new();
    for pod in pods {
        let member = member(place.runtime, pod).await?;
        let postgres = &place.cluster.spec.postgres;
        let target = Target {
            host: member.address.clone(),
            port: names::POSTGRES_PORT,
            user: postgres.owner.clone(),
            database: postgres.database.clone(),
            // It may know of no certificate, and this is a pod's address.
            encryption: Encryption::Offered,
        };
        let question = ["select pg_is_in_recovery()"];
        let answer = place.client.psql(&target, &question).await;
        answers.push((member, answer.with_context(|| format!("pod {pod}"))?));
    }
    told_apart(answers)
}

/// A member's pod and address.
pub(crate) async fn member(runtime: &Runtime, pod: &str) -> Result<Member> {
    Ok(Member {
        pod: pod.into(),
        address: runtime.address(pod).await?,
    })
}

/// The one that is not in recovery, and the others.
fn told_apart(answers: Vec<(Member, String)>) -> Result<(Member, Vec<Member>)> {
    let (mut leaders, mut followers) = (Vec::new(), Vec::new());
    for (member, is_in_recovery) in answers {
        match is_in_recovery.as_str() {
            "f" => leaders.push(member),
            _ => followers.push(member),
        }
    }
    match leaders.pop() {
        Some(leader) if leaders.is_empty() => Ok((leader, followers)),
        Some(_) => bail!("more than one server takes writes"),
        None => bail!("no server takes writes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(words: [&str; 3]) -> Vec<(Member, String)> {
        let pods = ["a", "b", "c"].into_iter().zip(words);
        let answer = |(pod, word): (&str, &str)| {
            let member = Member {
                pod: pod.into(),
                address: String::new(),
            };
            (member, word.to_owned())
        };
        pods.map(answer).collect()
    }

    #[test]
    fn the_one_that_takes_writes_leads_whatever_its_name() {
        let (leader, followers) = told_apart(answers(["t", "f", "t"])).unwrap();
        assert_eq!(leader.pod, "b");
        let followers: Vec<&str> = followers.iter().map(|one| one.pod.as_str()).collect();
        assert_eq!(followers, ["a", "c"]);
        assert!(told_apart(answers(["t", "t", "t"])).is_err());
        assert!(told_apart(answers(["f", "t", "f"])).is_err());
    }
}
