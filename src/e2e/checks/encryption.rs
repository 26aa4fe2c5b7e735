//! Connections are encrypted: without it nobody is let in, and clients that check names find every one in the certificate.

use anyhow::Result;

use crate::fault::check::{self, Verdict};
use crate::fault::client::{Encryption, Refusal, Target};
use crate::fault::scene::Scene;

/// The oldest protocol that is taken.
const PROTOCOLS: [&str; 2] = ["TLSv1.2", "TLSv1.3"];

/// Every check of this file.
pub(super) async fn holds(scene: &Scene<'_>) {
    for (target, reason) in front_doors(scene) {
        let plain = Target {
            encryption: Encryption::None,
            ..target.clone()
        };
        let look = async {
            let answer = scene.client.psql(&plain, &["select 1"]).await;
            Ok::<_, anyhow::Error>(judge_refusal(&answer))
        };
        let name = format!("{}: without encryption", target.host);
        scene
            .make_unless(reason, check::look(name, "refused"), look)
            .await;
    }
    scene
        .check(
            "the certificate has every name",
            "verify-full is let in by each, with TLS 1.2 or newer",
            every_name(scene),
        )
        .await;
    scene
        .check(
            "standbys replicate encrypted",
            "each of them, with TLS 1.2 or newer",
            replication(scene),
        )
        .await;
}

/// Where clients come in: the primary, the standbys, the pooler; and why nobody is behind it here.
fn front_doors(scene: &Scene<'_>) -> Vec<(Target, Option<&'static str>)> {
    let mut services = vec![(scene.write_service(), None), (scene.read_service(), None)];
    if scene.cluster.pgpool().is_some() {
        services.push((scene.cluster.pgpool_name(), scene.site.servers_alone()));
    }
    let target = |name: &str| scene.owner_at(scene.around.renamed(name));
    services
        .into_iter()
        .map(|(name, reason)| (target(&name), reason))
        .collect()
}

fn judge_refusal(answer: &Result<String, Refusal>) -> Verdict {
    match answer {
        Ok(_) => Verdict::failed("let in"),
        Err(refusal) if is_about_encryption(&refusal.message) => {
            let words = refusal.message.split_once("FATAL:  ");
            Verdict::passed(words.map_or(refusal.message.as_str(), |(_, words)| words))
        }
        Err(refusal) => Verdict::failed(format!("refused, but not for that: {refusal}")),
    }
}

/// What the servers say, and what Pgpool-II says of any client without a row in pool_hba.conf: that this one is let in
/// with encryption is the next check's matter.
fn is_about_encryption(message: &str) -> bool {
    ["no encryption", "client authentication failed"]
        .iter()
        .any(|words| message.contains(words))
}

async fn every_name(scene: &Scene<'_>) -> Result<Verdict> {
    let namespace = &scene.namespace;
    let mut targets = Vec::new();
    let doors = front_doors(scene).into_iter();
    for (door, _) in doors.filter(|(_, reason)| reason.is_none()) {
        for end in ["", ".NS", ".NS.svc", ".NS.svc.cluster.local"] {
            let host = format!("{}{}", door.host, end.replace("NS", namespace));
            targets.push(Target {
                host,
                ..door.clone()
            });
        }
    }
    let members = std::iter::once(&scene.primary).chain(&scene.standbys);
    targets.extend(members.map(|member| scene.owner_at(scene.host(member))));
    let mut problems = Vec::new();
    for target in &targets {
        let question = "select version from pg_stat_ssl where pid = pg_backend_pid()";
        match scene.client.psql(target, &[question]).await {
            // Behind the pooler, the answer is about its own connection to the server.
            Ok(version) if PROTOCOLS.contains(&version.as_str()) => {}
            Ok(version) => problems.push(format!("{}: {version:?}", target.host)),
            Err(refusal) => problems.push(format!("{}: {refusal}", target.host)),
        }
    }
    Ok(Verdict::from_problems(
        &problems,
        format!("{} names", targets.len()),
    ))
}

async fn replication(scene: &Scene<'_>) -> Result<Verdict> {
    let question = "select application_name, coalesce(version, 'not encrypted') \
                    from pg_stat_replication left join pg_stat_ssl using (pid) order by 1";
    let seen = scene.ask(&scene.primary, question).await?;
    Ok(judge_replication(&seen, scene.standbys.len()))
}

fn judge_replication(seen: &str, standbys: usize) -> Verdict {
    let rows: Vec<&str> = seen.lines().collect();
    let encrypted = rows.iter().filter(|row| {
        row.split_once('|')
            .is_some_and(|(_, version)| PROTOCOLS.contains(&version))
    });
    let said = rows.join(", ").replace('|', " ");
    if encrypted.count() == standbys && rows.len() == standbys {
        Verdict::passed(said)
    } else {
        Verdict::failed(if said.is_empty() {
            "nobody".into()
        } else {
            said
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    #[test]
    fn who_is_let_in_or_refused_for_another_reason_is_seen() {
        let refused = |message: &str| {
            Err(Refusal {
                sqlstate: None,
                message: message.into(),
            })
        };
        let outcome = |answer| judge_refusal(&answer).outcome;
        assert_eq!(outcome(Ok("1".into())), Outcome::Failed);
        assert_eq!(outcome(refused("Connection refused")), Outcome::Failed);
        let words = "FATAL:  no pg_hba.conf entry for host \"10.0.0.1\", user \"app\", database \"app\", no encryption";
        assert_eq!(outcome(refused(words)), Outcome::Passed);
    }

    #[test]
    fn a_standby_without_encryption_is_seen() {
        let outcome = |seen: &str| judge_replication(seen, 2).outcome;
        assert_eq!(outcome("a|TLSv1.3\nb|TLSv1.3"), Outcome::Passed);
        assert_eq!(outcome("a|TLSv1.3\nb|not encrypted"), Outcome::Failed);
        assert_eq!(outcome("a|TLSv1.3\nb|TLSv1.1"), Outcome::Failed);
        assert_eq!(outcome("a|TLSv1.3"), Outcome::Failed);
        assert_eq!(outcome(""), Outcome::Failed);
    }
}
