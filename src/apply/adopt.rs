//! Takes over what `kubectl apply` owns in an object, so that server-side apply may change it, and removes what the spec
//! no longer has. Changes nobody's fields: only who owns them, as `kubectl apply --server-side` does for itself.
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/#upgrading-from-client-side-apply-to-server-side-apply>

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{FieldsV1, ManagedFieldsEntry};
use kube::Client;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};

use super::send::{refusal, resource};
use super::{Error, Options, namespace_of};
use crate::k8s::Manifest;
use crate::names::MANAGER;

/// Who owns what `kubectl apply` has sent.
const KUBECTL: &str = "kubectl-client-side-apply";
/// How often an object is looked at that others change at the same time; kubectl does the same.
const TRIES: u32 = 5;

/// Takes over each object that is there and that kubectl has applied. Returns their labels, such as `Service/shop-primary`.
///
/// # Errors
/// When an object cannot be read, or has been changed at the same time.
pub async fn adopt(
    client: &Client,
    manifests: &[Manifest],
    options: &Options,
) -> Result<Vec<String>, Error> {
    let mut adopted = Vec::new();
    for Manifest { object, .. } in manifests {
        let label = format!("{}/{}", object.kind(), object.name());
        let api = kube::Api::<DynamicObject>::namespaced_with(
            client.clone(),
            namespace_of(object, &options.namespace),
            &resource(object),
        );
        if one(&api, object.name(), &label).await? {
            adopted.push(label);
        }
    }
    Ok(adopted)
}

/// Takes over one object; false where it is not kubectl's. Who changes it at the same time, as its controller may, is let
/// through, and it is looked at again.
async fn one(api: &kube::Api<DynamicObject>, name: &str, label: &str) -> Result<bool, Error> {
    let params = PatchParams {
        field_manager: Some(MANAGER.into()),
        ..PatchParams::default()
    };
    let mut tries = 0;
    loop {
        let live = api.get_metadata_opt(name).await;
        let live = live.map_err(Error::request(format!("looking for {label}")))?;
        let fields = live
            .as_ref()
            .and_then(|live| live.metadata.managed_fields.as_ref());
        let (Some(live), Some(fields)) = (&live, fields.and_then(|fields| owned_by_apply(fields)))
        else {
            return Ok(false);
        };
        let patch = json!({"metadata": {
            "managedFields": fields,
            "resourceVersion": live.metadata.resource_version,
        }});
        tries += 1;
        match api
            .patch_metadata(name, &params, &Patch::Merge(patch))
            .await
        {
            Ok(_) => return Ok(true),
            Err(kube::Error::Api(status)) if status.code == 409 && tries < TRIES => {}
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(false),
            Err(error) => return Err(refusal(label, error)),
        }
    }
}

/// Whether `kubectl apply` owns fields of an object.
pub(super) fn is_kubectls(object: &DynamicObject) -> bool {
    let owners = object.metadata.managed_fields.iter().flatten();
    let mut managers = owners.filter_map(|owner| owner.manager.as_deref());
    managers.any(|manager| manager == KUBECTL)
}

/// The owners of an object's fields once those of kubectl are owned by what pgherd applies. None where kubectl has none.
/// What pgherd has patched, as switchover and rotate do, stays apart: an apply that differs has to be refused.
fn owned_by_apply(owners: &[ManagedFieldsEntry]) -> Option<Vec<ManagedFieldsEntry>> {
    let own = owners.iter().find(|owner| is(owner, MANAGER, "Apply"));
    let taken = taken(owners);
    let base = own.or(taken.first().copied())?;
    if taken.is_empty() {
        return None;
    }
    let mut fields = Value::Null;
    for owner in taken.iter().copied().chain(own) {
        if let Some(more) = &owner.fields_v1 {
            unite(&mut fields, &more.0);
        }
    }
    let applied = ManagedFieldsEntry {
        manager: Some(MANAGER.into()),
        operation: Some("Apply".into()),
        fields_v1: Some(FieldsV1(fields)),
        ..base.clone()
    };
    let others = owners
        .iter()
        .filter(|owner| !taken.contains(owner) && Some(*owner) != own);
    Some(others.cloned().chain([applied]).collect())
}

/// The entries of kubectl that pgherd takes over. Fields of another version of the API may have other names: they stay
/// with whom they are.
pub(super) fn taken(owners: &[ManagedFieldsEntry]) -> Vec<&ManagedFieldsEntry> {
    let kubectls = |owner: &&ManagedFieldsEntry| is(owner, KUBECTL, "Update");
    let own = owners.iter().find(|owner| is(owner, MANAGER, "Apply"));
    let base = own.or_else(|| owners.iter().find(kubectls));
    let version = base.and_then(|owner| owner.api_version.as_ref());
    let all = owners.iter().filter(kubectls);
    all.filter(|owner| owner.api_version.as_ref() == version)
        .collect()
}

fn is(owner: &ManagedFieldsEntry, manager: &str, operation: &str) -> bool {
    owner.manager.as_deref() == Some(manager)
        && owner.operation.as_deref() == Some(operation)
        && owner.subresource.is_none()
}

/// Adds one set of fields, a tree of names, to another.
fn unite(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, below) in more {
                unite(into.entry(name).or_insert(Value::Null), below);
            }
        }
        (into, more) if into.is_null() => *into = more.clone(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(manager: &str, operation: &str, fields: Value) -> ManagedFieldsEntry {
        ManagedFieldsEntry {
            manager: Some(manager.into()),
            operation: Some(operation.into()),
            api_version: Some("v1".into()),
            fields_v1: Some(FieldsV1(fields)),
            ..ManagedFieldsEntry::default()
        }
    }

    #[test]
    fn what_kubectl_applied_is_owned_by_pgherd() {
        let kubectl = owner(
            KUBECTL,
            "Update",
            json!({"f:data": {".": {}, "f:members": {}}}),
        );
        let by_hand = owner("kubectl-edit", "Update", json!({"f:data": {"f:more": {}}}));
        let applied = owner(
            MANAGER,
            "Apply",
            json!({"f:data": {"f:members": {}, "f:primary": {}}}),
        );
        let moved = owner(MANAGER, "Update", json!({"f:data": {"f:primary": {}}}));

        let first = owned_by_apply(&[kubectl.clone(), by_hand.clone()]).expect("kubectl's");
        let expected = owner(
            MANAGER,
            "Apply",
            json!({"f:data": {".": {}, "f:members": {}}}),
        );
        assert_eq!(first, [by_hand.clone(), expected]);

        let both = owned_by_apply(&[kubectl, applied.clone(), by_hand.clone(), moved.clone()]);
        let all = json!({"f:data": {"f:members": {}, ".": {}, "f:primary": {}}});
        let expected = [by_hand.clone(), moved.clone(), owner(MANAGER, "Apply", all)];
        assert_eq!(both.expect("all"), expected);

        // What switchover wrote is not taken over: an apply that differs has to be refused.
        assert_eq!(owned_by_apply(&[applied.clone(), moved]), None);
        assert_eq!(owned_by_apply(&[applied, by_hand]), None);
    }

    #[test]
    fn what_belongs_to_others_stays_theirs() {
        let mut status = owner(KUBECTL, "Update", json!({"f:status": {}}));
        status.subresource = Some("status".into());
        let server_side = owner("kubectl", "Apply", json!({"f:data": {}}));
        assert_eq!(owned_by_apply(&[status, server_side]), None);
        let mut older = owner(KUBECTL, "Update", json!({"f:data": {}}));
        older.api_version = Some("v1beta1".into());
        let applied = owner(MANAGER, "Apply", json!({"f:data": {}}));
        assert_eq!(owned_by_apply(&[applied, older]), None);
    }
}
