//! Decides from what the API server shows of a workload whether it is ready. Pure: asks nobody.

use crate::k8s::{appsv1::Deployment, appsv1::StatefulSet, batchv1::Job};

/// How far a workload is, with the words for a progress line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// What was asked for is there.
    Ready(String),
    /// Not yet.
    Waiting(String),
    /// It never will be.
    Failed(String),
}

impl Readiness {
    /// The words alone.
    pub fn words(&self) -> &str {
        match self {
            Readiness::Ready(words) | Readiness::Waiting(words) | Readiness::Failed(words) => words,
        }
    }
}

/// A StatefulSet is ready when its controller has seen the last change, every pod is ready and, unless pods are
/// replaced by hand, every pod is of the newest revision.
pub fn stateful_set(set: &StatefulSet) -> Readiness {
    let spec = set.spec.as_ref();
    let wanted = spec.and_then(|spec| spec.replicas).unwrap_or(1);
    let Some(status) = &set.status else {
        return Readiness::Waiting("not seen by its controller yet".into());
    };
    if status.observed_generation < set.metadata.generation {
        return Readiness::Waiting("the last change is not seen by its controller yet".into());
    }
    let strategy = spec
        .and_then(|spec| spec.update_strategy.as_ref())
        .and_then(|update| update.type_.as_deref());
    let rolling = strategy != Some("OnDelete");
    let (ready, updated) = (
        status.ready_replicas.unwrap_or(0),
        status.updated_replicas.unwrap_or(0),
    );
    let one_revision = status.current_revision == status.update_revision && updated == wanted;
    let words = format!("{ready} of {wanted} ready");
    if ready != wanted || status.replicas != wanted {
        Readiness::Waiting(words)
    } else if rolling && !one_revision {
        Readiness::Waiting(format!(
            "{words}, {updated} of {wanted} of the newest revision"
        ))
    } else {
        Readiness::Ready(words)
    }
}

/// A Deployment is ready when its controller has seen the last change and every pod is of it and available.
pub fn deployment(deployment: &Deployment) -> Readiness {
    let wanted = deployment
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let Some(status) = &deployment.status else {
        return Readiness::Waiting("not seen by its controller yet".into());
    };
    if status.observed_generation < deployment.metadata.generation {
        return Readiness::Waiting("the last change is not seen by its controller yet".into());
    }
    let available = status.available_replicas.unwrap_or(0);
    let (all, updated) = (
        status.replicas.unwrap_or(0),
        status.updated_replicas.unwrap_or(0),
    );
    let words = format!("{available} of {wanted} available");
    if available == wanted && updated == wanted && all == wanted {
        Readiness::Ready(words)
    } else {
        Readiness::Waiting(words)
    }
}

/// A Job is ready when it is complete; it fails when its controller has given up.
pub fn job(job: &Job) -> Readiness {
    let Some(status) = &job.status else {
        return Readiness::Waiting("not started yet".into());
    };
    let holds = |kind: &str| {
        status
            .conditions
            .iter()
            .flatten()
            .find(|condition| condition.type_ == kind && condition.status == "True")
    };
    if holds("Complete").is_some() {
        return Readiness::Ready("complete".into());
    }
    if let Some(failure) = holds("Failed") {
        let reason = failure
            .message
            .as_deref()
            .or(failure.reason.as_deref())
            .unwrap_or("no reason given");
        return Readiness::Failed(format!("failed: {reason}"));
    }
    match (status.active.unwrap_or(0), status.failed.unwrap_or(0)) {
        // A Job without a start time has been seen by nobody; one with a start time has just ended.
        (0, 0) if status.start_time.is_none() => Readiness::Waiting("not started yet".into()),
        (_, 0) => Readiness::Waiting("running".into()),
        (_, failures) => Readiness::Waiting(format!("running, {failures} pods failed before")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn set(status: &Value) -> StatefulSet {
        let text = json!({
            "metadata": {"generation": 2},
            "spec": {"replicas": 2, "serviceName": "s", "selector": {}, "template": {}},
            "status": status,
        });
        serde_json::from_value(text).expect("a StatefulSet")
    }

    fn status() -> Value {
        json!({
            "observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2,
            "currentRevision": "b", "updateRevision": "b",
        })
    }

    #[test]
    fn a_stateful_set_with_everything_is_ready() {
        assert_eq!(
            stateful_set(&set(&status())),
            Readiness::Ready("2 of 2 ready".into())
        );
    }

    #[test]
    fn a_stateful_set_that_lacks_one_thing_is_not_ready() {
        for (field, value) in [
            ("observedGeneration", json!(1)),
            ("readyReplicas", json!(1)),
            ("updatedReplicas", json!(1)),
            ("replicas", json!(3)),
            ("currentRevision", json!("a")),
        ] {
            let mut broken = status();
            broken[field] = value;
            assert!(
                matches!(stateful_set(&set(&broken)), Readiness::Waiting(_)),
                "{field}"
            );
        }
    }

    #[test]
    fn a_deployment_with_an_old_pod_is_not_ready() {
        let of = |replicas: i32| -> Deployment {
            let text = json!({
                "metadata": {"generation": 1},
                "spec": {"replicas": 2, "selector": {}, "template": {}},
                "status": {"observedGeneration": 1, "replicas": replicas, "updatedReplicas": 2, "availableReplicas": 2},
            });
            serde_json::from_value(text).expect("a Deployment")
        };
        assert!(matches!(deployment(&of(2)), Readiness::Ready(_)));
        assert!(matches!(deployment(&of(3)), Readiness::Waiting(_)));
    }

    #[test]
    fn a_job_is_ready_or_failed_by_its_conditions_only() {
        let of = |condition: &str, status: &str| -> Job {
            let text = json!({"status": {
                "active": 0, "failed": 1,
                "conditions": [{"type": condition, "status": status, "message": "backoff limit"}],
            }});
            serde_json::from_value(text).expect("a Job")
        };
        assert!(matches!(job(&of("Complete", "True")), Readiness::Ready(_)));
        assert!(matches!(
            job(&of("Complete", "False")),
            Readiness::Waiting(_)
        ));
        assert_eq!(
            job(&of("Failed", "True")),
            Readiness::Failed("failed: backoff limit".into())
        );
    }
}
