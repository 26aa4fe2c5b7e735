//! Sends one object to the API server by server-side apply. Does not wait for what it describes.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, Status};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use super::{Conflicts, Error, FieldConflict, Options, Progress, namespace_of};
use crate::k8s::monitoring::{self, POD_MONITOR, PROMETHEUS_RULE};
use crate::k8s::{
    Manifest, Object, appsv1, batchv1, certmanager, corev1, networkingv1, policyv1, rbacv1,
};
use crate::names::MANAGER;

/// What applying did to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It did not exist.
    Created,
    /// Something in it is different now.
    Configured,
    /// Nothing is different.
    Unchanged,
}

/// An object after it was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Kind and name, such as `StatefulSet/shop-primary`.
    pub object: String,
    /// The namespace it is in.
    pub namespace: String,
    /// What applying did.
    pub change: Change,
    /// The server's count of changes to what is asked for; none for kinds that are not counted.
    pub generation: Option<i64>,
}

/// The API of an object's kind, untyped.
pub fn api(client: &Client, object: &Object, namespace: &str) -> Api<DynamicObject> {
    Api::namespaced_with(client.clone(), namespace, &resource(object))
}

/// The kinds of objects that can be made again from a spec: all but Secrets, and those of rights only where there are such
/// objects. Who has none of them need not be allowed to list them.
pub(super) fn resources(manifests: &[Manifest]) -> Vec<ApiResource> {
    let mut kinds = always();
    for kind in manifests.iter().map(|manifest| resource(&manifest.object)) {
        if kind.kind != "Secret" && !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

/// Those that are looked for whatever the spec says.
fn always() -> Vec<ApiResource> {
    vec![
        ApiResource::erase::<corev1::ServiceAccount>(&()),
        certificate(),
        ApiResource::erase::<corev1::ConfigMap>(&()),
        ApiResource::erase::<corev1::Service>(&()),
        ApiResource::erase::<networkingv1::NetworkPolicy>(&()),
        ApiResource::erase::<policyv1::PodDisruptionBudget>(&()),
        ApiResource::erase::<appsv1::StatefulSet>(&()),
        ApiResource::erase::<batchv1::Job>(&()),
        ApiResource::erase::<appsv1::Deployment>(&()),
        of_prometheus(POD_MONITOR),
        of_prometheus(PROMETHEUS_RULE),
    ]
}

fn certificate() -> ApiResource {
    ApiResource {
        group: certmanager::GROUP.into(),
        version: certmanager::VERSION.into(),
        api_version: certmanager::API_VERSION.into(),
        kind: certmanager::KIND.into(),
        plural: certmanager::PLURAL.into(),
    }
}

fn of_prometheus(kind: monitoring::Kind) -> ApiResource {
    ApiResource {
        group: monitoring::GROUP.into(),
        version: monitoring::VERSION.into(),
        api_version: monitoring::API_VERSION.into(),
        kind: kind.kind.into(),
        plural: kind.plural.into(),
    }
}

/// The kind of what `keygen` makes.
pub(super) fn secrets() -> ApiResource {
    ApiResource::erase::<corev1::Secret>(&())
}

pub(super) fn resource(object: &Object) -> ApiResource {
    match object {
        Object::ServiceAccount(_) => ApiResource::erase::<corev1::ServiceAccount>(&()),
        Object::Role(_) => ApiResource::erase::<rbacv1::Role>(&()),
        Object::RoleBinding(_) => ApiResource::erase::<rbacv1::RoleBinding>(&()),
        Object::Secret(_) => ApiResource::erase::<corev1::Secret>(&()),
        Object::Certificate(_) => certificate(),
        Object::ConfigMap(_) => ApiResource::erase::<corev1::ConfigMap>(&()),
        Object::Service(_) => ApiResource::erase::<corev1::Service>(&()),
        Object::NetworkPolicy(_) => ApiResource::erase::<networkingv1::NetworkPolicy>(&()),
        Object::PodDisruptionBudget(_) => ApiResource::erase::<policyv1::PodDisruptionBudget>(&()),
        Object::StatefulSet(_) => ApiResource::erase::<appsv1::StatefulSet>(&()),
        Object::Job(_) => ApiResource::erase::<batchv1::Job>(&()),
        Object::Deployment(_) => ApiResource::erase::<appsv1::Deployment>(&()),
        Object::PodMonitor(_) => of_prometheus(POD_MONITOR),
        Object::PrometheusRule(_) => of_prometheus(PROMETHEUS_RULE),
    }
}

/// Applies one object.
pub(super) async fn send(
    client: &Client,
    object: &Object,
    options: &Options,
    progress: &Progress,
) -> Result<Sent, Error> {
    let namespace = namespace_of(object, &options.namespace);
    let label = format!("{}/{}", object.kind(), object.name());
    let api = api(client, object, namespace);
    let before = api
        .get_metadata_opt(object.name())
        .await
        .map_err(|error| not_seen(&label, error))?;
    let params = PatchParams::apply(MANAGER).validation_strict();
    let params = match options.conflicts {
        Conflicts::Report => params,
        Conflicts::Force => params.force(),
    };
    let after = api
        .patch(object.name(), &params, &Patch::Apply(json!(object)))
        .await
        .map_err(|error| refusal(&label, error))?;
    let change = match before {
        None => Change::Created,
        Some(before) if before.resource_version() == after.resource_version() => Change::Unchanged,
        Some(_) => Change::Configured,
    };
    progress.say(
        &label,
        match change {
            Change::Created => "created",
            Change::Configured => "configured",
            Change::Unchanged => "unchanged",
        },
    );
    Ok(Sent {
        object: label,
        namespace: namespace.into(),
        change,
        generation: after.metadata.generation,
    })
}

/// Fails where the namespace does not exist. Users without the right to look are given the benefit of the doubt.
pub(crate) async fn require_namespace(client: &Client, name: &str) -> Result<(), Error> {
    match Api::<Namespace>::all(client.clone())
        .get_metadata_opt(name)
        .await
    {
        Ok(None) => Err(Error::NamespaceMissing(name.into())),
        Ok(Some(_)) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(()),
        Err(error) => Err(Error::request(format!("looking for namespace {name}"))(
            error,
        )),
    }
}

/// Why it cannot be told whether an object is there. Where only the object is missing, the answer is no error.
pub(super) fn not_seen(label: &str, error: kube::Error) -> Error {
    match error {
        kube::Error::Api(status) if status.code == 404 => unknown_kind(label),
        error => Error::request(format!("looking for {label}"))(error),
    }
}

pub(super) fn refusal(label: &str, error: kube::Error) -> Error {
    match error {
        kube::Error::Api(status) => {
            if status.code == 404 {
                return unknown_kind(label);
            }
            let conflicts = field_conflicts(&status);
            if conflicts.is_empty() {
                Error::Refused {
                    object: label.into(),
                    message: status.message,
                }
            } else {
                Error::Conflict {
                    object: label.into(),
                    conflicts,
                }
            }
        }
        error => Error::request(format!("applying {label}"))(error),
    }
}

/// The namespace is known to be there: what was not found is the kind.
fn unknown_kind(label: &str) -> Error {
    let kind = label.split('/').next().unwrap_or_default();
    let hint = if kind == POD_MONITOR.kind {
        "Prometheus Operator; or set metrics.podMonitor.enabled: false"
    } else if kind == PROMETHEUS_RULE.kind {
        "Prometheus Operator; or set metrics.rules.enabled: false"
    } else {
        "cert-manager for a Certificate; or set tls: {mode: secret}"
    };
    Error::Refused {
        object: label.into(),
        message: format!(
            "the cluster does not know this kind\nhint: install what brings it: {hint}"
        ),
    }
}

/// The fields that others own, out of the server's answer 409.
fn field_conflicts(status: &Status) -> Vec<FieldConflict> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| FieldConflict {
            owner: cause
                .message
                .trim_start_matches("conflict with ")
                .replace('"', ""),
            field: cause.field.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_names_the_owner_and_the_field() {
        let status: Status = serde_json::from_value(serde_json::json!({
            "status": "Failure", "reason": "Conflict", "code": 409, "message": "Apply failed with 1 conflict",
            "details": {"causes": [{
                "reason": "FieldManagerConflict",
                "message": "conflict with \"hand\" using apps/v1",
                "field": ".spec.replicas",
            }]},
        }))
        .expect("a status");
        let text =
            refusal("StatefulSet/shop-standby", kube::Error::Api(status.boxed())).to_string();
        assert!(
            text.contains(".spec.replicas: hand using apps/v1"),
            "{text}"
        );
        assert!(text.contains("--force-conflicts"), "{text}");
    }

    #[test]
    fn a_kind_that_the_cluster_does_not_know_is_told() {
        let status: Status = serde_json::from_value(serde_json::json!({
            "status": "Failure", "reason": "NotFound", "code": 404, "message": "404 page not found",
        }))
        .expect("a status");
        for (label, hint) in [
            ("Certificate/shop-tls", "cert-manager"),
            (
                "PodMonitor/shop-metrics",
                "metrics.podMonitor.enabled: false",
            ),
            (
                "PrometheusRule/shop-metrics",
                "metrics.rules.enabled: false",
            ),
        ] {
            let error = refusal(label, kube::Error::Api(status.clone().boxed()));
            assert!(error.to_string().contains(hint), "{error}");
        }
    }

    #[test]
    fn a_refusal_keeps_the_servers_words() {
        let status: Status = serde_json::from_value(serde_json::json!({
            "status": "Failure", "reason": "Invalid", "code": 422, "message": "spec: Forbidden",
        }))
        .expect("a status");
        let error = refusal("Job/sync", kube::Error::Api(status.boxed()));
        assert_eq!(error.to_string(), "Job/sync was refused: spec: Forbidden");
        assert_eq!(error.exit_code(), 1);
    }
}
