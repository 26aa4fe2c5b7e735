//! In which order the sets of members restart when a cluster's configuration changes. Pure: it looks at what applying would
//! change.
//!
//! Some settings size what a standby tracks of its primary: a standby that has less than its primary stops replaying, and
//! does not start. So they are raised on the standbys first, and lowered on the primary first, with replay in between.
//! <https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN>

use std::cmp::Ordering;

use crate::apply::{Error, Foreseen};
use crate::cluster::{Cluster, Layout, MemberSet, Restart};
use crate::k8s::{Manifest, Object};
use crate::topology;

/// The settings, with the server's defaults where there is no other.
const TRACKED: [(&str, u64); 5] = [
    ("max_connections", 100),
    ("max_worker_processes", 8),
    ("max_wal_senders", 10),
    ("max_prepared_transactions", 0),
    ("max_locks_per_transaction", 64),
];

/// Which StatefulSets are applied first, and ready before the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// None: nothing restarts, or only a part of the members.
    Together,
    /// Those of the standbys.
    StandbysFirst,
    /// That of the primary, and then its standbys replay what it says of its settings.
    PrimaryFirst,
}

/// The order for what applying would change.
///
/// # Errors
/// When settings are raised and lowered at once, or lowered while the one that leads has standbys in its own StatefulSet:
/// then no order is safe, and the error names a way that is.
pub fn order(cluster: &Cluster, foreseen: &[Foreseen]) -> Result<Order, Error> {
    let layout = topology::layout(cluster);
    match layout.restart {
        Restart::SetBySet => {}
        Restart::PodByPod => return Ok(Order::Together),
    }
    let found = |label: &str| foreseen.iter().find(|one| one.label == label);
    let restarts = |set: &MemberSet| {
        found(&format!("StatefulSet/{}", set.name)).is_some_and(|set| {
            let template = "/spec/template";
            let before = set.before.as_ref().map(|before| before.pointer(template));
            before.is_some_and(|before| before != set.after.pointer(template))
        })
    };
    if !layout.sets.iter().all(restarts) {
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
    let (raised, lowered) = (changed(Ordering::Greater), changed(Ordering::Less));
    judge(&layout, &raised, &lowered).map_err(|reason| Error::Unsafe {
        doing: format!("applying {}", cluster.name()),
        reasons: vec![reason],
    })
}

fn judge(layout: &Layout, raised: &[&str], lowered: &[&str]) -> Result<Order, String> {
    match (raised, lowered) {
        (_, []) => Ok(Order::StandbysFirst),
        ([], _) if leads_alone(layout) => Ok(Order::PrimaryFirst),
        ([], lowered) => Err(format!(
            "{} cannot be lowered while {} leads: the standbys beside it would restart before it and not start again. \
             Move the lead first: pgherd switchover --to {}",
            lowered.join(", "),
            layout.leader.by_spec,
            alone(layout)
        )),
        (raised, lowered) => Err(format!(
            "{} is raised, for which standbys restart first, and {} lowered, for which the primary does; apply one after \
             the other",
            raised.join(", "),
            lowered.join(", ")
        )),
    }
}

/// Whether the one that leads has a StatefulSet of its own: among the pods of one there is no order of roles.
fn leads_alone(layout: &Layout) -> bool {
    let set = layout.set_of(&layout.leader.by_spec);
    set.is_some_and(|set| set.replicas == 1)
}

/// A member that would.
fn alone(layout: &Layout) -> String {
    let mut sets = layout.sets.iter().filter(|set| set.replicas == 1);
    let pod = sets.next().and_then(|set| set.pods().next());
    pod.unwrap_or_else(|| "POD".into())
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
    let layout = topology::layout(cluster);
    let leads = layout.set_of(&layout.leader.by_spec);
    let leads = |manifest: &Manifest| leads.is_some_and(|set| set.name == manifest.object.name());
    let is_last = |manifest: &Manifest| match order {
        Order::Together => false,
        Order::StandbysFirst => is_set(&layout, manifest) && leads(manifest),
        Order::PrimaryFirst => is_set(&layout, manifest) && !leads(manifest),
    };
    let (last, first): (Vec<Manifest>, Vec<Manifest>) = manifests.into_iter().partition(is_last);
    [first, last]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect()
}

/// Whether an object is a StatefulSet of members.
fn is_set(layout: &Layout, manifest: &Manifest) -> bool {
    let name = manifest.object.name();
    matches!(manifest.object, Object::StatefulSet(_))
        && layout.sets.iter().any(|set| set.name == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::cluster;
    use super::*;

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
        let manifests = topology::objects(&home, None);
        let all = manifests.len();
        let parts = parts(&home, manifests, Order::PrimaryFirst);
        assert_eq!((parts[0].len(), parts[1].len()), (all - 1, 1));
        assert_eq!(parts[1][0].object.name(), "shop-standby");
    }
}
