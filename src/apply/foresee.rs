//! What applying would do, asked of the API server without doing it (dry run). Changes nothing.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};

use super::adopt::{is_kubectls, taken};
use super::send::{not_seen, refusal, require_namespace, resource};
use super::{Conflicts, Error, Options, namespace_of, namespaces};
use crate::k8s::{Manifest, Object};
use crate::names::MANAGER;

/// What kubectl keeps of what it has applied: the whole object again.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

mod dropped;
mod effect;

pub use effect::effect;

/// What applying would do to one object.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// Kind and name.
    pub label: String,
    /// Its kind.
    pub kind: &'static str,
    /// The object as it is, without what the server keeps for itself; none where there is none.
    pub before: Option<Value>,
    /// The object as it would be.
    pub after: Value,
    /// Whether `kubectl apply` owns fields of it: [`adopt`](super::adopt) takes them over.
    pub is_kubectls: bool,
}

/// Asks what applying would do to each object. Every object is asked about, so that all refusals come at once.
///
/// # Errors
/// When a namespace is missing, or the server would refuse an object, with every refusal and the ways round; then nothing should be applied.
pub async fn foresee(
    client: &Client,
    manifests: &[Manifest],
    options: &Options,
) -> Result<Vec<Foreseen>, Error> {
    for namespace in namespaces(manifests, options) {
        require_namespace(client, &namespace).await?;
    }
    let mut foreseen = Vec::new();
    let mut reasons = Vec::new();
    for manifest in manifests {
        match one(client, &manifest.object, options).await {
            Ok(found) => foreseen.push(found),
            Err(error @ (Error::Refused { .. } | Error::Conflict { .. })) => {
                reasons.push(effect::way_round(&manifest.object, &error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    if reasons.is_empty() {
        return Ok(foreseen);
    }
    Err(Error::Unsafe {
        doing: "applying".into(),
        reasons,
    })
}

async fn one(client: &Client, object: &Object, options: &Options) -> Result<Foreseen, Error> {
    let label = format!("{}/{}", object.kind(), object.name());
    let api = kube::Api::<DynamicObject>::namespaced_with(
        client.clone(),
        namespace_of(object, &options.namespace),
        &resource(object),
    );
    let before = api.get_opt(object.name()).await;
    let before = before.map_err(|error| not_seen(&label, error))?;
    let params = PatchParams {
        dry_run: true,
        force: options.conflicts == Conflicts::Force,
        ..PatchParams::apply(MANAGER).validation_strict()
    };
    let after = api
        .patch(object.name(), &params, &Patch::Apply(json!(object)))
        .await
        .map_err(|error| refusal(&label, error))?;
    let after = match &before {
        Some(before) => once_taken_over(&api, before, after)
            .await
            .map_err(|error| refusal(&label, error))?,
        None => after,
    };
    Ok(Foreseen {
        label,
        kind: object.kind(),
        is_kubectls: before.as_ref().is_some_and(is_kubectls),
        before: before.as_ref().map(bare),
        after: bare(&after),
    })
}

/// What a dry run made of an object, in which kubectl still owns fields, as it will be once pgherd has taken them over. What
/// is filled in for a field that goes, the server has to say.
async fn once_taken_over(
    api: &kube::Api<DynamicObject>,
    before: &DynamicObject,
    after: DynamicObject,
) -> kube::Result<DynamicObject> {
    let Some(without) = without_dropped(before, &after) else {
        return Ok(after);
    };
    let params = PatchParams {
        dry_run: true,
        field_manager: Some(MANAGER.into()),
        ..PatchParams::default()
    };
    let patch = dropped::merge_patch(&bare(before), &without);
    api.patch(&after.name_any(), &params, &Patch::Merge(patch))
        .await
}

/// An object of a dry run without the fields that go when pgherd has taken over those of kubectl. None where none goes.
fn without_dropped(before: &DynamicObject, after: &DynamicObject) -> Option<Value> {
    let taken = taken(before.metadata.managed_fields.as_deref()?);
    // The dry run may have left kubectl fewer fields, in an entry that is the same otherwise.
    let is_taken = |owner: &ManagedFieldsEntry| {
        taken.iter().any(|taken| {
            (&taken.manager, &taken.operation) == (&owner.manager, &owner.operation)
                && (&taken.api_version, &taken.subresource)
                    == (&owner.api_version, &owner.subresource)
        })
    };
    let others = after.metadata.managed_fields.iter().flatten();
    let others = others.filter(|owner| !is_taken(owner));
    let others: Vec<&Value> = others.filter_map(fields).collect();
    let mut value = bare(after);
    let mut is_changed = false;
    for owned in taken.iter().copied().filter_map(fields) {
        is_changed |= dropped::drop_fields(&mut value, owned, &others);
    }
    is_changed.then_some(value)
}

fn fields(owner: &ManagedFieldsEntry) -> Option<&Value> {
    owner.fields_v1.as_ref().map(|fields| &fields.0)
}

/// An object without what the server alone writes.
fn bare(object: &DynamicObject) -> Value {
    let mut value = serde_json::to_value(object).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove("status");
    }
    if let Some(metadata) = value["metadata"].as_object_mut() {
        for kept in [
            "managedFields",
            "resourceVersion",
            "generation",
            "uid",
            "creationTimestamp",
        ] {
            metadata.shift_remove(kept);
        }
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.shift_remove(LAST_APPLIED);
            if annotations.is_empty() {
                metadata.shift_remove("annotations");
            }
        }
    }
    crate::output::ordered(value)
}

impl Foreseen {
    /// Whether it would stay as it is.
    pub fn is_same(&self) -> bool {
        self.before.as_ref() == Some(&self.after)
    }
}
