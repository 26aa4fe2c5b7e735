//! What an upgrade has to leave as it is: what holds data, by uid, and the pods whose template stays.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::{Client, ResourceExt};

use crate::e2e::checks::{compare, restarts};
use crate::e2e::found::list;
use crate::fault::check::Verdict;

/// Labels with which a controller says of which template a pod is.
const REVISIONS: [&str; 2] = ["controller-revision-hash", "pod-template-hash"];

/// What is in the namespace at one time.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// Uid and volume, by claim.
    claims: BTreeMap<String, String>,
    /// Uid, by StatefulSet.
    sets: BTreeMap<String, String>,
    /// Pods of StatefulSets and Deployments, by uid.
    pods: BTreeMap<String, Running>,
    /// Names of Jobs.
    jobs: BTreeSet<String>,
}

/// A pod that is meant to run on.
#[derive(Clone, Debug)]
struct Running {
    name: String,
    /// Its owner and the revision of its template.
    revision: String,
    restarts: i32,
}

/// Looks at the namespace, which is this run's alone.
pub(super) async fn held(kube: &Client, namespace: &str) -> Result<Held> {
    let mut held = Held::default();
    for claim in list::<PersistentVolumeClaim>(kube, namespace).await? {
        let volume = claim.spec.as_ref();
        let volume = volume.and_then(|spec| spec.volume_name.clone());
        let uid = claim.uid().unwrap_or_default();
        let text = format!("{uid} on {}", volume.unwrap_or_default());
        held.claims.insert(claim.name_any(), text);
    }
    for set in list::<StatefulSet>(kube, namespace).await? {
        held.sets
            .insert(set.name_any(), set.uid().unwrap_or_default());
    }
    for pod in list::<Pod>(kube, namespace).await? {
        if let Some(running) = running(&pod) {
            held.pods.insert(pod.uid().unwrap_or_default(), running);
        }
    }
    for job in list::<Job>(kube, namespace).await? {
        held.jobs.insert(job.name_any());
    }
    Ok(held)
}

/// A pod of a StatefulSet or Deployment; no Job's and not the client.
fn running(pod: &Pod) -> Option<Running> {
    let hash = REVISIONS
        .iter()
        .find_map(|label| pod.labels().get(*label))?;
    let owner = pod.owner_references().first()?;
    Some(Running {
        name: pod.name_any(),
        revision: format!("{}/{} {hash}", owner.kind, owner.name),
        restarts: restarts(pod),
    })
}

/// Whether what holds data is still the same.
pub(super) fn kept(before: &Held, after: &Held) -> Verdict {
    let mut problems = Vec::new();
    compare("claim", &before.claims, &after.claims, &mut problems);
    compare("StatefulSet", &before.sets, &after.sets, &mut problems);
    if before.claims.is_empty() || before.sets.is_empty() {
        problems.push("there was nothing to compare".into());
    }
    let (claims, sets) = (after.claims.len(), after.sets.len());
    Verdict::from_problems(&problems, format!("{claims} claims, {sets} StatefulSets"))
}

/// Says what restarted, and whether all of it had a reason.
pub(super) fn restarted(before: &Held, after: &Held) -> Verdict {
    let mut problems = Vec::new();
    let (mut replaced, mut kept) = (Vec::new(), 0);
    for (uid, old) in &before.pods {
        let Some(now) = after.pods.get(uid) else {
            let same = |new: &Running| new.revision == old.revision;
            if after.pods.values().any(same) {
                problems.push(format!("{} was replaced by its like", old.name));
            }
            replaced.push(old.name.as_str());
            continue;
        };
        kept += 1;
        let more = now.restarts - old.restarts;
        if more > 0 {
            problems.push(format!("{} restarted {more} times in place", old.name));
        }
    }
    if before.pods.is_empty() {
        problems.push("there was nothing to compare".into());
    }
    let jobs: Vec<&str> = (after.jobs.difference(&before.jobs))
        .map(String::as_str)
        .collect();
    let mut seen = match replaced.as_slice() {
        [] => format!("no pod replaced, {kept} kept"),
        pods => format!("replaced {}; {kept} kept", pods.join(", ")),
    };
    if !jobs.is_empty() {
        seen = format!("{seen}; new Jobs {}", jobs.join(", "));
    }
    Verdict::from_problems(&problems, seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    fn held(claim: &str, set: &str, pod: &str, revision: &str, restarts: i32) -> Held {
        let running = Running {
            name: "s-0".into(),
            revision: revision.into(),
            restarts,
        };
        Held {
            claims: BTreeMap::from([("data-s-0".into(), claim.into())]),
            sets: BTreeMap::from([("s".into(), set.into())]),
            pods: BTreeMap::from([(pod.into(), running)]),
            jobs: BTreeSet::new(),
        }
    }

    #[test]
    fn what_holds_data_must_be_the_same() {
        let before = held("c on v", "s", "p", "a", 0);
        assert_eq!(kept(&before, &before).outcome, Outcome::Passed);
        let mut renamed = before.clone();
        renamed.sets = BTreeMap::from([("t".into(), "t".into())]);
        for after in [
            held("d on v", "s", "p", "a", 0),
            held("c on w", "s", "p", "a", 0),
            held("c on v", "t", "p", "a", 0),
            renamed,
            Held::default(),
        ] {
            assert_eq!(kept(&before, &after).outcome, Outcome::Failed, "{after:?}");
        }
        let nothing = Held::default();
        assert_eq!(kept(&nothing, &nothing).outcome, Outcome::Failed);
    }

    #[test]
    fn only_a_new_template_replaces_a_pod() {
        let before = held("c", "s", "p", "a", 0);
        let outcome = |after: &Held| restarted(&before, after).outcome;
        assert_eq!(outcome(&before), Outcome::Passed);
        assert_eq!(outcome(&held("c", "s", "q", "b", 0)), Outcome::Passed);
        assert_eq!(outcome(&held("c", "s", "q", "a", 0)), Outcome::Failed);
        assert_eq!(outcome(&held("c", "s", "p", "a", 1)), Outcome::Failed);
        let seen = restarted(&before, &held("c", "s", "q", "b", 0)).seen;
        assert_eq!(seen, "replaced s-0; 0 kept");
    }
}
