//! Which pods there have to be, by the objects: those of StatefulSets by their ordinals, those of Jobs, and single ones.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use crate::k8s::{appsv1, batchv1, corev1};
use crate::names;

/// A pod before it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Blueprint {
    /// Its name.
    pub(super) name: String,
    /// The StatefulSet or Job that it is of.
    pub(super) owner: Option<String>,
    /// By which Services find it.
    pub(super) labels: BTreeMap<String, String>,
    /// What a change of makes it another pod.
    pub(super) annotations: BTreeMap<String, String>,
    /// What it is made of.
    pub(super) spec: corev1::PodSpec,
    /// The claims that its StatefulSet makes for it, by volume.
    pub(super) claims: BTreeMap<String, String>,
    /// Whether it is started again when it ends.
    pub(super) again: Again,
}

/// When what a pod runs is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Again {
    /// However it ends.
    Always,
    /// When it fails.
    OnFailure,
    /// Not.
    Never,
}

impl Blueprint {
    /// Whether it is a member of a cluster.
    pub(super) fn is_member(&self) -> bool {
        self.labels.contains_key(names::MEMBER_LABEL)
    }

    /// The server's container, or the only one.
    pub(super) fn container(&self) -> Option<&corev1::Container> {
        let containers = &self.spec.containers;
        let server = containers
            .iter()
            .find(|one| one.name == names::POSTGRES_CONTAINER);
        server.or(containers.first())
    }
}

impl Folder {
    /// Every pod that there has to be.
    pub(super) fn wanted(&self) -> Result<Vec<Blueprint>> {
        let mut pods = Vec::new();
        for set in self.list::<appsv1::StatefulSet>("StatefulSet")? {
            pods.extend(of_set(&set.object));
        }
        for job in self.list::<batchv1::Job>("Job")? {
            pods.extend(of_job(&job.object));
        }
        for pod in self.list::<corev1::Pod>("Pod")? {
            pods.extend(single(pod.object));
        }
        Ok(pods)
    }
}

fn of_set(set: &appsv1::StatefulSet) -> Vec<Blueprint> {
    let name = set.metadata.name.clone().unwrap_or_default();
    let Some(spec) = &set.spec else {
        return Vec::new();
    };
    let claims = spec.volume_claim_templates.iter().flatten();
    let claims: Vec<&String> = claims
        .filter_map(|claim| claim.metadata.name.as_ref())
        .collect();
    let numbers = 0..spec.replicas.unwrap_or(1);
    let one = |number: i32| {
        let pod = format!("{name}-{number}");
        let claim = |volume: &&String| ((*volume).clone(), format!("{volume}-{pod}"));
        let mut labels = labels(&spec.template);
        labels.insert(names::POD_INDEX_LABEL.into(), number.to_string());
        Blueprint {
            owner: Some(name.clone()),
            labels,
            claims: claims.iter().map(claim).collect(),
            name: pod,
            again: Again::Always,
            ..template(&spec.template)
        }
    };
    numbers.map(one).collect()
}

fn of_job(job: &batchv1::Job) -> Option<Blueprint> {
    let name = job.metadata.name.clone()?;
    Some(Blueprint {
        // As the API does: five characters behind the Job's name.
        name: format!("{name}-00000"),
        owner: Some(name),
        again: Again::OnFailure,
        ..template(&job.spec.as_ref()?.template)
    })
}

fn single(pod: corev1::Pod) -> Option<Blueprint> {
    let spec = pod.spec?;
    let again = match spec.restart_policy.as_deref() {
        Some("Never") => Again::Never,
        Some("OnFailure") => Again::OnFailure,
        _ => Again::Always,
    };
    Some(Blueprint {
        name: pod.metadata.name?,
        owner: None,
        labels: pod.metadata.labels.unwrap_or_default(),
        annotations: BTreeMap::new(),
        spec,
        claims: BTreeMap::new(),
        again,
    })
}

fn template(template: &corev1::PodTemplateSpec) -> Blueprint {
    let metadata = template.metadata.clone().unwrap_or_default();
    Blueprint {
        name: String::new(),
        owner: None,
        labels: metadata.labels.unwrap_or_default(),
        annotations: metadata.annotations.unwrap_or_default(),
        spec: template.spec.clone().unwrap_or_default(),
        claims: BTreeMap::new(),
        again: Again::Always,
    }
}

fn labels(template: &corev1::PodTemplateSpec) -> BTreeMap<String, String> {
    let metadata = template.metadata.as_ref();
    let labels = metadata.and_then(|metadata| metadata.labels.clone());
    labels.unwrap_or_default()
}
