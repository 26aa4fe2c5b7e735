//! Each Service leads where its name says, seen from the client pod.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::spread::dial;
use crate::cluster::Purpose;
use crate::fault::check::Verdict;
use crate::fault::client::{Refusal, Target};
use crate::fault::scene::{Member, Scene, until};
use crate::topology;

/// The write, read and headless Services.
pub(super) async fn lead_where_they_say(scene: &Scene<'_>) {
    let primary = std::slice::from_ref(&scene.primary);
    let write = dial(primary, || {
        server(scene, scene.owner_at(scene.write_service()))
    });
    let name = format!("Service {}", scene.write_service());
    scene.check(name, "only the primary answers", write).await;

    let every: Vec<Member> = scene
        .standbys
        .iter()
        .chain([&scene.primary])
        .cloned()
        .collect();
    let (readers, expected) = if leads_to_all(scene) {
        (&every, "members answer, and each of them")
    } else {
        (&scene.standbys, "only standbys answer, and each of them")
    };
    let read = dial(readers, || {
        server(scene, scene.owner_at(scene.read_service()))
    });
    let name = format!("Service {}", scene.read_service());
    scene.check(name, expected, read).await;

    let service = scene.cluster.members_service();
    let resolve = || async {
        Ok::<_, anyhow::Error>(judge_names(&addresses(scene, &service).await?, &every))
    };
    let expected = format!("the addresses of all {} members", every.len());
    scene
        .check(
            format!("Service {service}"),
            expected,
            until(scene.limits.soon, resolve),
        )
        .await;

    for member in &every {
        let host = scene.host(member);
        let alone = std::slice::from_ref(member);
        let resolve = || async {
            Ok::<_, anyhow::Error>(judge_names(&addresses(scene, &host).await?, alone))
        };
        scene
            .check(
                format!("name {host}"),
                "the address of its pod",
                until(scene.limits.soon, resolve),
            )
            .await;
    }
}

/// Whether reads go to the member that leads, too, as the topology says of its Services.
fn leads_to_all(scene: &Scene<'_>) -> bool {
    let routes = topology::routes(scene.cluster, &scene.primary.pod);
    let name = scene.read_service();
    let mut reading = routes.iter().filter(|route| route.service == name);
    reading.any(|route| route.purpose == Purpose::ReadingAll)
}

/// The address of the server that answers, by a connection of its own.
pub(super) async fn server(scene: &Scene<'_>, target: Target) -> Result<String, Refusal> {
    scene
        .client
        .psql(&target, &["select host(inet_server_addr())"])
        .await
}

/// What a name resolves to in the client pod.
async fn addresses(scene: &Scene<'_>, name: &str) -> Result<BTreeSet<String>> {
    if let Some(known) = scene.runtime().known_addresses(name) {
        return Ok(known);
    }
    let output = scene.client.run(&["getent", "ahosts", name]).await?;
    ensure!(
        output.success,
        "{name} does not resolve {}",
        output.stderr.trim()
    );
    Ok(output
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect())
}

fn judge_names(found: &BTreeSet<String>, members: &[Member]) -> Verdict {
    let mut problems: Vec<String> = members
        .iter()
        .filter(|member| !found.contains(&member.address))
        .map(|member| format!("{} ({}) is missing", member.pod, member.address))
        .collect();
    let strangers = found
        .iter()
        .filter(|address| !members.iter().any(|member| member.address == **address));
    problems.extend(strangers.map(|address| format!("{address} is no member")));
    if found.is_empty() {
        problems.push("it has no address".into());
    }
    Verdict::from_problems(
        &problems,
        found.iter().cloned().collect::<Vec<_>>().join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    #[test]
    fn missing_and_strange_addresses_are_seen() {
        let members = [Member {
            pod: "s-0".into(),
            address: "10.0.0.2".into(),
        }];
        let outcome = |found: &[&str]| {
            judge_names(
                &found.iter().map(|&address| address.to_owned()).collect(),
                &members,
            )
            .outcome
        };
        assert_eq!(outcome(&["10.0.0.2"]), Outcome::Passed);
        assert_eq!(outcome(&[]), Outcome::Failed);
        assert_eq!(outcome(&["10.0.0.3"]), Outcome::Failed);
        assert_eq!(outcome(&["10.0.0.2", "10.0.0.3"]), Outcome::Failed);
    }
}
