//! What is there of a cluster, found by its labels: to take away what its spec no longer has, or all of it.
//!
//! Only objects that say that pgherd manages them; those of a Helm release are Helm's. Volumes and Secrets are kept unless
//! they are asked for.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use kube::api::{DeleteParams, DynamicObject, ListParams, Preconditions};
use kube::core::ApiResource;
use kube::{Api, Client, ResourceExt};

use super::send::{resources, secrets};
use super::{Error, Progress};
use crate::cluster::{Cluster, MemberSet};
use crate::k8s::{Manifest, corev1};
use crate::names::{
    COMPONENT_LABEL, DATA_VOLUME, INSTANCE_LABEL, MANAGED_BY_LABEL, MANAGER, WAL_VOLUME,
};
use crate::pause::BETWEEN_LOOKS;
use crate::topology;

/// How long pods may take to end: a server's grace period and some more.
const GONE_WITHIN: Duration = Duration::from_secs(240);

/// What is deleted of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything but what cannot be made again: volumes and Secrets stay.
    KeepData,
    /// Volumes and Secrets, too.
    WithData,
}

/// An object that is there.
struct Owned {
    api: Api<DynamicObject>,
    label: String,
    object: DynamicObject,
}

/// Deletes objects of a cluster that are not among its manifests: what its spec no longer has. Never a volume or a Secret.
///
/// # Errors
/// When something cannot be listed or deleted.
pub async fn prune(
    client: &Client,
    namespace: &str,
    cluster: &str,
    manifests: &[Manifest],
    progress: &Progress,
) -> Result<Vec<String>, Error> {
    let wanted: Vec<String> = manifests
        .iter()
        .map(|manifest| format!("{}/{}", manifest.object.kind(), manifest.object.name()))
        .collect();
    let mut found = owned(client, namespace, cluster, &resources(manifests)).await?;
    found.retain(|one| !wanted.contains(&one.label));
    delete_each(&found, progress).await?;
    Ok(found.into_iter().map(|one| one.label).collect())
}

/// Deletes a cluster and waits until its pods are gone.
///
/// # Errors
/// When something cannot be listed or deleted, or a pod does not end.
pub async fn delete(
    client: &Client,
    namespace: &str,
    cluster: &Cluster,
    extent: Extent,
    progress: &Progress,
) -> Result<Vec<String>, Error> {
    let kinds = resources(&topology::objects(cluster, None));
    let found = owned(client, namespace, cluster.name(), &kinds).await?;
    delete_each(&found, progress).await?;
    until_pods_are_gone(client, namespace, cluster.name(), progress).await?;
    let mut deleted: Vec<String> = found.into_iter().map(|one| one.label).collect();
    if extent == Extent::WithData {
        let mut data = owned(client, namespace, cluster.name(), &[secrets()]).await?;
        data.extend(own_claims(client, namespace, cluster).await?);
        // They say that there is data: members that begin without any would wait for it.
        if let Some(selector) = topology::layout(cluster).records {
            let maps = ApiResource::erase::<corev1::ConfigMap>(&());
            data.extend(labelled(client, namespace, &selector, &maps).await?);
        }
        delete_each(&data, progress).await?;
        deleted.extend(data.into_iter().map(|one| one.label));
    }
    Ok(deleted)
}

/// The claims of a cluster's members. StatefulSets put their own labels on them, of which other programs use one, too: what
/// is deleted has the names that members' claims have.
async fn own_claims(
    client: &Client,
    namespace: &str,
    cluster: &Cluster,
) -> Result<Vec<Owned>, Error> {
    let sets = topology::layout(cluster).sets;
    let components: Vec<&str> = sets.iter().map(|set| set.component.as_str()).collect();
    let selector = format!(
        "{},{COMPONENT_LABEL} in ({})",
        instance(cluster.name()),
        components.join(",")
    );
    let mut found = labelled(client, namespace, &selector, &claims()).await?;
    found.retain(|claim| {
        let name = claim.object.name_any();
        let volume = [DATA_VOLUME, WAL_VOLUME];
        let of_set = |set: &MemberSet| {
            volume
                .iter()
                .any(|volume| is_claim(&name, volume, &set.name))
        };
        sets.iter().any(of_set)
    });
    Ok(found)
}

/// Whether a claim is called `<volume>-<set>-<ordinal>`.
fn is_claim(name: &str, volume: &str, set: &str) -> bool {
    let rest = name
        .strip_prefix(volume)
        .and_then(|rest| rest.strip_prefix('-'));
    let ordinal = rest.and_then(|rest| rest.strip_prefix(set)?.strip_prefix('-'));
    ordinal.is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn claims() -> ApiResource {
    ApiResource::erase::<corev1::PersistentVolumeClaim>(&())
}

fn instance(cluster: &str) -> String {
    format!("{INSTANCE_LABEL}={cluster}")
}

/// Kind and name of every object of a cluster in a namespace, whoever applied it; without Secrets.
///
/// # Errors
/// When something cannot be listed.
pub(crate) async fn labels(
    client: &Client,
    namespace: &str,
    cluster: &str,
) -> Result<Vec<String>, Error> {
    let found = owned(client, namespace, cluster, &resources(&[])).await?;
    Ok(found.into_iter().map(|one| one.label).collect())
}

/// Objects of a cluster that pgherd manages, of some kinds.
async fn owned(
    client: &Client,
    namespace: &str,
    cluster: &str,
    kinds: &[ApiResource],
) -> Result<Vec<Owned>, Error> {
    let selector = format!("{},{MANAGED_BY_LABEL}={MANAGER}", instance(cluster));
    let listed = kinds
        .iter()
        .map(async |kind| labelled(client, namespace, &selector, kind).await);
    Ok(try_join_all(listed).await?.into_iter().flatten().collect())
}

async fn labelled(
    client: &Client,
    namespace: &str,
    selector: &str,
    kind: &ApiResource,
) -> Result<Vec<Owned>, Error> {
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, kind);
    let listed = match api.list(&ListParams::default().labels(selector)).await {
        // A kind that this cluster does not have has no objects.
        Err(kube::Error::Api(status)) if status.code == 404 => return Ok(Vec::new()),
        listed => listed.map_err(Error::request(format!("listing {}", kind.plural)))?,
    };
    let owned = listed.items.into_iter().map(|object| Owned {
        api: api.clone(),
        label: format!("{}/{}", kind.kind, object.name_any()),
        object,
    });
    Ok(owned.collect())
}

async fn delete_each(objects: &[Owned], progress: &Progress) -> Result<(), Error> {
    for one in objects {
        let params = DeleteParams {
            // Another of the same name, made a moment ago, is not what was looked at.
            preconditions: Some(Preconditions {
                uid: one.object.uid(),
                ..Preconditions::default()
            }),
            ..DeleteParams::background()
        };
        match one.api.delete(&one.object.name_any(), &params).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            deleted => {
                drop(deleted.map_err(Error::request(format!("deleting {}", one.label)))?);
                progress.say(&one.label, "deleted");
            }
        }
    }
    Ok(())
}

async fn until_pods_are_gone(
    client: &Client,
    namespace: &str,
    cluster: &str,
    progress: &Progress,
) -> Result<(), Error> {
    let pods = ApiResource::erase::<corev1::Pod>(&());
    let line = progress.line("pods");
    let deadline = Instant::now() + GONE_WITHIN;
    loop {
        let ours = format!("{},{MANAGED_BY_LABEL}={MANAGER}", instance(cluster));
        let left = labelled(client, namespace, &ours, &pods).await?;
        if left.is_empty() {
            line.finish("gone");
            return Ok(());
        }
        let names: Vec<String> = left.iter().map(|one| one.object.name_any()).collect();
        if Instant::now() > deadline {
            return Err(Error::Broken {
                doing: "the objects are deleted, but pods are left; volumes were not touched"
                    .into(),
                reason: format!("after {} s: {}", GONE_WITHIN.as_secs(), names.join(", ")),
            });
        }
        line.update(&format!("{} left: {}", names.len(), names.join(", ")));
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

#[cfg(test)]
mod tests {
    use super::is_claim;

    #[test]
    fn a_claim_of_somebody_else_is_none_of_ours() {
        assert!(is_claim("data-shop-standby-10", "data", "shop-standby"));
        for name in [
            "data-shop-postgresql-0",
            "data-shop-standby-",
            "data-shop-standby-0-copy",
            "wal-shop-standby-0",
        ] {
            assert!(!is_claim(name, "data", "shop-standby"), "{name}");
        }
    }
}
