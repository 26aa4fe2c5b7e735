//! Looks at a cluster through the API and in its containers. Changes nothing and decides nothing.
//!
//! What may not be seen, as with few rights, is noted and left out; only without the list of pods there is no answer.

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use k8s_openapi::jiff::Timestamp;
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt};
use serde_json::Value;

use super::commands::Commands;
use super::facts::{Expected, Facts, Presence};
use crate::apply::{Error, reason, require_namespace};
use crate::cluster::Cluster;
use crate::names;
use crate::spec::Durability;
use crate::topology;

mod encryption;
mod members;
mod objects;
mod pods;
mod server;
mod services;

/// Where to look, and what could not be seen there.
struct Place<'a> {
    client: &'a Client,
    namespace: &'a str,
}

/// What the members of a cluster were told last, by its facts.
struct Told {
    /// The pod of the primary.
    leader: Option<String>,
    /// What commits wait for.
    durability: Option<Durability>,
}

/// Something that was looked at, or why it could not be.
type Seen<T> = Result<T, String>;

/// Looks at everything once. The servers have a few seconds each, all at the same time.
///
/// # Errors
/// When there is no such namespace, or its pods cannot be listed.
pub async fn look(client: &Client, cluster: &Cluster, commands: Commands) -> Result<Facts, Error> {
    require_namespace(client, &commands.namespace).await?;
    let place = Place {
        client,
        namespace: &commands.namespace,
    };
    let pods = place.pods(cluster).await?;
    let manifests = topology::objects(cluster);
    let told = place.told(cluster).await;
    let (leader, durability) = match &told {
        Ok(told) => (told.leader.clone(), told.durability),
        Err(_) => (None, None),
    };
    let by_spec = topology::layout(cluster).leader.by_spec;
    let leader = leader.unwrap_or_else(|| by_spec.clone());
    let (objects, members, services, pooler, failed_jobs) = tokio::join!(
        objects::presence(&place, cluster, &manifests),
        members::members(&place, cluster, &leader, &pods),
        services::services(&place, cluster, &manifests),
        pods::pooler(&place, cluster, &pods),
        objects::failed_jobs(&place, &manifests),
    );
    let mut unseen = Vec::new();
    let facts_map = told.err().into_iter();
    unseen.extend(
        facts_map
            .chain(objects.1)
            .chain(services.1)
            .chain(members.1),
    );
    Ok(Facts {
        cluster: cluster.name().into(),
        at: Timestamp::now(),
        encryption: encryption::expected(cluster, place.namespace),
        metrics_secret: cluster.metrics().map(|_| cluster.credentials_secret()),
        durability,
        leader_by_spec: by_spec,
        objects: objects.0,
        members: members.0,
        services: services.0,
        pooler,
        failed_jobs,
        unseen,
        commands,
    })
}

/// The pod that the cluster was told last to have as its primary; none where it was told nothing.
///
/// # Errors
/// When that cannot be seen.
pub async fn told_leader(
    client: &Client,
    cluster: &Cluster,
    namespace: &str,
) -> Result<Option<String>, Error> {
    let place = Place { client, namespace };
    let told = place.told(cluster).await.map(|told| told.leader);
    told.map_err(|reason| Error::Request {
        doing: "looking who leads".into(),
        reason,
    })
}

/// The pod that leads: by what the cluster was told last, or by the spec where that cannot be seen.
pub async fn leader(client: &Client, cluster: &Cluster, namespace: &str) -> String {
    let place = Place { client, namespace };
    let told = place.told(cluster).await.ok();
    told.and_then(|told| told.leader)
        .unwrap_or_else(|| topology::layout(cluster).leader.by_spec)
}

impl Place<'_> {
    /// The API of one kind.
    fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), self.namespace)
    }

    /// Every pod of the cluster.
    async fn pods(&self, cluster: &Cluster) -> Result<Vec<Pod>, Error> {
        let selector = format!("{}={}", names::INSTANCE_LABEL, cluster.name());
        let listed = self
            .api::<Pod>()
            .list(&ListParams::default().labels(&selector))
            .await;
        let listed = listed.map_err(Error::request(format!(
            "listing the pods of namespace {}",
            self.namespace
        )))?;
        Ok(listed.items)
    }

    /// What the cluster was told last; nothing where it was told nothing.
    async fn told(&self, cluster: &Cluster) -> Seen<Told> {
        let record = topology::layout(cluster).leader;
        let found = self.api::<ConfigMap>().get_opt(&record.config_map).await;
        let found = found.map_err(denied("ConfigMaps"))?;
        let mut data = found.and_then(|map| map.data).unwrap_or_default();
        let mut word = |key: &str| data.remove(key).map(|word| word.trim().to_owned());
        let durability = word(names::DURABILITY_FACT).map(Value::String);
        Ok(Told {
            leader: word(record.key).map(|member| record.pod(&member)),
            durability: durability.and_then(|word| serde_json::from_value(word).ok()),
        })
    }
}

/// Why something could not be seen, in words.
fn denied(what: &str) -> impl FnOnce(kube::Error) -> String {
    move |error| format!("{what}: {}", reason(&error))
}

/// An object that has to be there, and whether it is.
fn expected(kind: &str, name: &str, presence: Presence) -> Expected {
    Expected {
        kind: kind.into(),
        name: name.into(),
        presence,
    }
}

/// A pod by its name.
fn named<'a>(pods: &'a [Pod], name: &str) -> Option<&'a Pod> {
    pods.iter().find(|pod| pod.name_any() == name)
}
