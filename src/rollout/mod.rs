//! In which order the members of a cluster restart when its configuration changes, and applying it in that order.
//!
//! Some settings size what a standby tracks of its primary: a standby that has less than its primary stops replaying, and
//! does not start. So they are raised on the standbys first, and lowered on the primary first, with replay in between.
//! <https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN>

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Result;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client};

use crate::apply::{Error, Foreseen};
use crate::cluster::Cluster;
use crate::k8s::{Manifest, Object};
use crate::{exec, names};

mod identifier;
mod major;
mod secrets;
mod steps;

pub use identifier::remember;
pub use steps::{apply_in_order, foresee, require_possible};

/// The settings, with the server's defaults where there is no other.
const TRACKED: [(&str, u64); 5] = [
    ("max_connections", 100),
    ("max_worker_processes", 8),
    ("max_wal_senders", 10),
    ("max_prepared_transactions", 0),
    ("max_locks_per_transaction", 64),
];
/// How long one question may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// Pause between two looks at what cannot be watched.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// Which of the two StatefulSets is applied first, and ready before the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Neither: nothing restarts, or only one of them.
    Together,
    /// That of the standbys.
    StandbysFirst,
    /// That of the primary, and then its standbys replay what it says of its settings.
    PrimaryFirst,
}

/// The order for what applying would change.
///
/// # Errors
/// When settings are raised and lowered at once, or lowered while a member of the standbys' StatefulSet leads: then no
/// order is safe, and the error names a way that is.
pub fn order(cluster: &Cluster, foreseen: &[Foreseen]) -> Result<Order, Error> {
    let found = |label: &str| foreseen.iter().find(|one| one.label == label);
    let restarts = |name: &str| {
        found(&format!("StatefulSet/{name}")).is_some_and(|set| {
            let template = "/spec/template";
            let before = set.before.as_ref().map(|before| before.pointer(template));
            before.is_some_and(|before| before != set.after.pointer(template))
        })
    };
    if !restarts(&cluster.primary()) || !restarts(&cluster.standby()) {
        return Ok(Order::Together);
    }
    let text = |object: &serde_json::Value| {
        let text = object.pointer("/data/postgresql.conf")?.as_str()?;
        Some(text.to_owned())
    };
    let config = found(&format!("ConfigMap/{}", cluster.config()));
    let before = config.and_then(|map| text(map.before.as_ref()?));
    let after = config.and_then(|map| text(&map.after));
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let changed = |wanted: Ordering| -> Vec<&str> {
        let tracked = TRACKED.iter();
        let changed = tracked.filter(|(name, default)| {
            value(&after, name, *default).cmp(&value(&before, name, *default)) == wanted
        });
        changed.map(|(name, _)| *name).collect()
    };
    judge(
        cluster,
        &changed(Ordering::Greater),
        &changed(Ordering::Less),
    )
}

fn judge(cluster: &Cluster, raised: &[&str], lowered: &[&str]) -> Result<Order, Error> {
    let refused = |reason: String| {
        Err(Error::Unsafe {
            doing: format!("applying {}", cluster.name()),
            reasons: vec![reason],
        })
    };
    match (raised, lowered) {
        (_, []) => Ok(Order::StandbysFirst),
        ([], lowered) if cluster.has_moved() => refused(format!(
            "{} cannot be lowered while {} leads: the standbys beside it would restart before it and not start again. \
             Move the lead first: pgherd switchover --to {}",
            lowered.join(", "),
            cluster.primary_pod(),
            cluster.first_pod()
        )),
        ([], _) => Ok(Order::PrimaryFirst),
        (raised, lowered) => refused(format!(
            "{} is raised, for which standbys restart first, and {} lowered, for which the primary does; apply one after \
             the other",
            raised.join(", "),
            lowered.join(", ")
        )),
    }
}

/// The value of a setting in a postgresql.conf: the last one counts.
fn value(config: &str, name: &str, default: u64) -> u64 {
    let mut values = config.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('\'').parse().ok())?
    });
    values.next_back().unwrap_or(default)
}

/// The manifests in the order in which they are applied; each part is ready before the next.
pub fn parts(cluster: &Cluster, manifests: Vec<Manifest>, order: Order) -> Vec<Vec<Manifest>> {
    let last = match order {
        Order::Together => return vec![manifests],
        // Among the pods of one StatefulSet there is no order of roles: the set of the one that leads is the last.
        Order::StandbysFirst if cluster.has_moved() => cluster.standby(),
        Order::StandbysFirst => cluster.primary(),
        Order::PrimaryFirst => cluster.standby(),
    };
    let is_last = |manifest: &Manifest| {
        matches!(manifest.object, Object::StatefulSet(_)) && manifest.object.name() == last
    };
    let (last, first): (Vec<Manifest>, Vec<Manifest>) = manifests.into_iter().partition(is_last);
    vec![first, last]
}

/// Waits until every standby has replayed what the primary has written so far.
///
/// # Errors
/// When one has not within the time, with those that lack it.
pub async fn until_replayed(
    client: &Client,
    cluster: &Cluster,
    namespace: &str,
    within: Duration,
) -> Result<()> {
    let deadline = Instant::now() + within;
    let written = ask(client, cluster, namespace, "select pg_current_wal_lsn()").await?;
    let sql =
        format!("select application_name from pg_stat_replication where replay_lsn >= '{written}'");
    loop {
        let seen = ask(client, cluster, namespace, &sql).await?;
        let have: BTreeSet<&str> = seen.lines().collect();
        let mut lacking = cluster.standby_pods();
        lacking.retain(|pod| !have.contains(pod.as_str()));
        if lacking.is_empty() {
            return Ok(());
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "after {} s {} has not replayed what {} wrote; the standbys were not restarted, and applying again goes on",
            within.as_secs(),
            lacking.join(" and "),
            cluster.primary_pod()
        );
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

async fn ask(client: &Client, cluster: &Cluster, namespace: &str, sql: &str) -> Result<String> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let (pod, container) = (cluster.primary_pod(), names::POSTGRES_CONTAINER);
    let output = exec::run_in(&pods, &pod, container, &exec::psql(sql), ANSWER_WITHIN).await?;
    anyhow::ensure!(output.success, "{pod}: {}", output.stderr.trim());
    Ok(output.stdout.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec;

    pub(super) fn cluster(more: &str) -> Cluster {
        let text = format!("name: shop\ntopology: streaming\n{more}");
        let source = spec::Source {
            name: "shop.yaml",
            text: &text,
            folder: None,
        };
        spec::read(&source).expect("a spec").remove(0)
    }

    /// What is foreseen when postgresql.conf changes, and the checksum in both templates with it.
    fn changed(before: &str, after: &str) -> Vec<Foreseen> {
        let object =
            |text: &str| json!({"data": {"postgresql.conf": text}, "spec": {"template": text}});
        let one = |label: &str, kind| Foreseen {
            is_kubectls: false,
            label: label.into(),
            kind,
            before: Some(object(before)),
            after: object(after),
        };
        vec![
            one("ConfigMap/shop-config", "ConfigMap"),
            one("StatefulSet/shop-primary", "StatefulSet"),
            one("StatefulSet/shop-standby", "StatefulSet"),
        ]
    }

    #[test]
    fn what_standbys_track_is_raised_there_first_and_lowered_on_the_primary_first() {
        let home = cluster("");
        for (before, after, expected) in [
            ("work_mem = 1MB", "work_mem = 2MB", Order::StandbysFirst),
            (
                "max_connections = 100",
                "max_connections = 200",
                Order::StandbysFirst,
            ),
            ("", "max_connections = '50'", Order::PrimaryFirst),
            (
                "max_wal_senders = 5\nmax_wal_senders = 32",
                "max_wal_senders = 20",
                Order::PrimaryFirst,
            ),
            ("max_prepared_transactions = 5", "", Order::PrimaryFirst),
            ("same", "same", Order::Together),
        ] {
            let order = order(&home, &changed(before, after)).expect("an order");
            assert_eq!(order, expected, "{before} to {after}");
        }
        let mut new = changed("", "max_connections = 50");
        new[1].before = None;
        assert_eq!(order(&home, &new).expect("an order"), Order::Together);
    }

    #[test]
    fn no_order_is_safe_for_some() {
        let both = changed(
            "max_connections = 100\nmax_wal_senders = 9",
            "max_connections = 50\nmax_wal_senders = 10",
        );
        let error = order(&cluster(""), &both).expect_err("refused").to_string();
        assert!(
            error.contains("max_wal_senders is raised")
                && error.contains("max_connections lowered"),
            "{error}"
        );
        let moved = cluster("primary: shop-standby-0\n");
        let lower = changed("max_connections = 100", "max_connections = 50");
        let error = order(&moved, &lower).expect_err("refused").to_string();
        assert!(error.contains("switchover --to shop-primary-0"), "{error}");
    }

    #[test]
    fn the_last_part_is_one_stateful_set() {
        let home = cluster("");
        let manifests = crate::topology::objects(&home);
        let all = manifests.len();
        let parts = parts(&home, manifests, Order::PrimaryFirst);
        assert_eq!((parts[0].len(), parts[1].len()), (all - 1, 1));
        assert_eq!(parts[1][0].object.name(), "shop-standby");
    }
}
