//! Each member's exporter answers, tells whether the member leads, and gives every series that alerts and the dashboard
//! are made of; its role may read statistics and nothing more, and comes by no network.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::cluster::slot;
use crate::component::metrics::{Giver, SERIES};
use crate::fault::check::{self, Verdict};
use crate::fault::scene::{Member, Scene, until};
use crate::names;

/// What the exporters' role is: no attribute of it gives it anything.
const ROLE: &str =
    "select not (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls),
    (select string_agg(roleid::regrole::text, ',') from pg_auth_members where member = role.oid),
    (select count(*) from pg_shdepend where refobjid = role.oid and deptype in ('o', 'a'))
    from pg_roles role where rolname = 'pgherd_metrics'";

/// One value of a series.
#[derive(Clone, Debug, PartialEq)]
struct Sample<'a> {
    name: &'a str,
    labels: &'a str,
    value: f64,
}

/// Every check of this file.
pub(super) async fn hold(scene: &Scene<'_>) {
    let check = check::look(
        "metrics of each member",
        "exporters answer, one leads, every standby streams, every series is there",
    );
    scene
        .make_unless(scene.site.servers_alone(), check, answer(scene))
        .await;
    let role = async {
        let seen = scene.ask(&scene.primary, ROLE).await?;
        let refused = over_the_network(scene).await?;
        Ok::<_, anyhow::Error>(judge_role(&seen, refused.as_deref()))
    };
    scene
        .check(
            "the exporters' role",
            "pg_monitor alone, and refused over the network",
            role,
        )
        .await;
}

/// Whether all members' exporters tell what they should; waits, as they ask again and again.
pub(in crate::e2e) async fn answer(scene: &Scene<'_>) -> Result<Verdict> {
    let standbys: Vec<&str> = scene.standbys.iter().map(|one| &*one.pod).collect();
    let look = || async {
        let mut problems = Vec::new();
        let mut count = 0;
        for member in std::iter::once(&scene.primary).chain(&scene.standbys) {
            let text = scrape(scene, member).await?;
            let followers = (*member == scene.primary).then_some(standbys.as_slice());
            let found = samples(&text);
            count += found.len();
            let of_member = wrong(&found, followers);
            problems.extend(
                of_member
                    .into_iter()
                    .map(|one| format!("{}: {one}", member.pod)),
            );
        }
        let members = scene.standbys.len() + 1;
        Ok::<_, anyhow::Error>(Verdict::from_problems(
            &problems,
            format!("{count} samples of {members} members"),
        ))
    };
    until(scene.limits.soon, look).await
}

/// What a member's exporter says, through the API: policies of the network let the spec's own clients in alone.
async fn scrape(scene: &Scene<'_>, member: &Member) -> Result<String> {
    match tokio::time::timeout(scene.limits.scraped, get(scene, &member.pod)).await {
        Ok(answer) => answer.with_context(|| format!("{}: no metrics", member.pod)),
        Err(_) => bail!(
            "{}: no metrics within {} s",
            member.pod,
            scene.limits.scraped.as_secs()
        ),
    }
}

async fn get(scene: &Scene<'_>, pod: &str) -> Result<String> {
    let port = u16::try_from(names::METRICS_PORT)?;
    let mut stream = scene.runtime().connect(pod, port).await?;
    stream
        .write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
        .await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

/// The samples in the text format. <https://prometheus.io/docs/instrumenting/exposition_formats/>
fn samples(text: &str) -> Vec<Sample<'_>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (series, value) = line.trim().rsplit_once(' ')?;
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let value = value.parse().ok()?;
            Some(Sample {
                name,
                labels,
                value,
            })
        })
        .collect()
}

/// What is wrong with the samples of a member: of one that leads these standbys, or of one that follows.
fn wrong(samples: &[Sample<'_>], leads: Option<&[&str]>) -> Vec<String> {
    let own = if leads.is_some() {
        Giver::Primary
    } else {
        Giver::Standby
    };
    let missing = SERIES
        .iter()
        .filter(|(name, giver)| {
            [Giver::Each, own].contains(giver) && !samples.iter().any(|one| one.name == *name)
        })
        .map(|(name, _)| format!("no {name}"));
    missing
        .chain(
            wanted(leads)
                .iter()
                .filter_map(|wanted| differs(samples, wanted)),
        )
        .collect()
}

/// Series with a part of their labels and the value they have to have, where it matters.
fn wanted(leads: Option<&[&str]>) -> Vec<(&'static str, String, Option<f64>)> {
    let mut wanted = vec![
        ("pg_up", String::new(), Some(1.0)),
        ("pg_exporter_last_scrape_error", String::new(), Some(0.0)),
        (
            "pg_exporter_user_queries_load_error",
            String::new(),
            Some(0.0),
        ),
        (
            "pgherd_member_leads",
            String::new(),
            Some(f64::from(leads.is_some())),
        ),
    ];
    if leads.is_none() {
        wanted.push(("pgherd_standby_streaming", String::new(), Some(1.0)));
    }
    if let Some(standbys) = leads {
        let members = u32::try_from(standbys.len() + 1).ok().map(f64::from);
        wanted.push(("pgherd_spec_members", String::new(), members));
    }
    for standby in leads.unwrap_or_default() {
        let slot = format!("slot=\"{}\"", slot(standby));
        wanted.push(("pgherd_slot_active", slot.clone(), Some(1.0)));
        wanted.push(("pgherd_slot_lost", slot, Some(0.0)));
        let sender = format!("standby=\"{standby}\"");
        wanted.push(("pgherd_sender_lag_bytes", sender, None));
    }
    wanted
}

/// How the samples differ from what is wanted of one series.
fn differs(
    samples: &[Sample<'_>],
    (name, labels, value): &(&str, String, Option<f64>),
) -> Option<String> {
    let found = samples
        .iter()
        .find(|one| one.name == *name && one.labels.contains(labels));
    match (found, value) {
        (None, _) => Some(format!("no {name} {labels}")),
        (Some(one), Some(value)) if (one.value - value).abs() > f64::EPSILON => {
            Some(format!("{name} {labels} is {}", one.value))
        }
        _ => None,
    }
}

/// What the server says to the exporters' role when it comes by the network, with the right password.
async fn over_the_network(scene: &Scene<'_>) -> Result<Option<String>> {
    let passwords = &scene.installer.secrets().passwords;
    let password = (passwords.0)
        .get(names::METRICS_PASSWORD_FILE)
        .context("the exporters' password is not known")?;
    let host = scene.host(&scene.primary);
    scene
        .client
        .try_password(&host, names::METRICS_ROLE, "postgres", password)
        .await
}

fn judge_role(role: &str, refused: Option<&str>) -> Verdict {
    let mut problems = Vec::new();
    if role != "t|pg_monitor|0" {
        problems.push(format!("the role is {role:?}"));
    }
    match refused {
        None => problems.push("let in over the network".into()),
        Some(words) if words.contains("pg_hba.conf rejects") => {}
        Some(words) => problems.push(format!("not refused by pg_hba.conf: {words}")),
    }
    Verdict::from_problems(&problems, "pg_monitor, refused by pg_hba.conf")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    /// What a member's exporter says where all is well.
    fn text(own: Giver) -> String {
        let given = SERIES
            .iter()
            .filter(|(_, giver)| [Giver::Each, own].contains(giver));
        let lines = given.map(|(name, _)| {
            let (labels, value) = match *name {
                "pg_up" | "pgherd_standby_streaming" => ("", 1),
                "pgherd_spec_members" => ("", 2),
                "pgherd_member_leads" => ("{server=\"a\"}", i32::from(own == Giver::Primary)),
                "pgherd_slot_active" => ("{slot=\"shop_standby_0\"}", 1),
                name if name.starts_with("pgherd_slot") => ("{slot=\"shop_standby_0\"}", 0),
                name if name.starts_with("pgherd_sender") => ("{standby=\"shop-standby-0\"}", 0),
                _ => ("", 0),
            };
            format!("{name}{labels} {value}")
        });
        let lines: Vec<String> = lines.collect();
        let loaded = "pg_exporter_user_queries_load_error{filename=\"x\"} 0";
        format!(
            "HTTP/1.0 200 OK\n# HELP pg_up Whether\n{}\n{loaded}\n",
            lines.join("\n")
        )
    }

    #[test]
    fn a_series_that_is_missing_or_says_something_else_is_seen() {
        let standbys = ["shop-standby-0"];
        let leader = text(Giver::Primary);
        assert_eq!(wrong(&samples(&leader), Some(&standbys)), [""; 0]);
        let follower = text(Giver::Standby);
        assert_eq!(wrong(&samples(&follower), None), [""; 0]);
        assert!(!wrong(&samples(&follower), Some(&standbys)).is_empty());
        for (from, to) in [
            ("pg_up 1", "pg_up 0"),
            ("pgherd_member_leads{server=\"a\"} 1", ""),
            ("shop_standby_0\"} 1", "shop_standby_0\"} 0"),
            ("standby=\"shop-standby-0\"", "standby=\"shop-standby-1\""),
            ("pgherd_primary_archiving_fails 0", ""),
            ("pgherd_spec_members 2", "pgherd_spec_members 3"),
        ] {
            let broken = leader.replace(from, to);
            assert_ne!(broken, leader, "{from}");
            assert!(
                !wrong(&samples(&broken), Some(&standbys)).is_empty(),
                "{from}"
            );
        }
        assert!(!wrong(&samples(""), None).is_empty());
    }

    #[test]
    fn a_role_that_may_more_is_seen() {
        let rejected = "FATAL:  pg_hba.conf rejects connection for host";
        let right = judge_role("t|pg_monitor|0", Some(rejected));
        assert_eq!(right.outcome, Outcome::Passed);
        for (role, refused) in [
            ("f|pg_monitor|0", Some(rejected)),
            ("t|pg_monitor,pg_write_all_data|0", Some(rejected)),
            ("", Some(rejected)),
            ("t|pg_monitor|0", None),
            ("t|pg_monitor|0", Some("password authentication failed")),
        ] {
            let seen = judge_role(role, refused);
            assert_eq!(seen.outcome, Outcome::Failed, "{role} {refused:?}");
        }
    }
}
