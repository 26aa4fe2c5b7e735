//! Looks at a cluster where it runs and in its members. Changes nothing and decides nothing.
//!
//! What may not be seen, as with few rights, is noted and left out; only without the list of pods there is no answer.

use futures::future::join_all;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::commands::Commands;
use super::facts::{Election, Facts, Pooler};
use crate::apply::Error;
use crate::cluster::{Cluster, LeaderRecord, RecordPart};
use crate::names;
use crate::runtime::{Listed, Runtime};
use crate::spec::Durability;
use crate::topology;

mod encryption;
mod members;
mod server;
mod services;

/// What the members of a cluster were told last, by its facts.
struct Told {
    /// The pod of the primary.
    leader: Option<String>,
    /// What commits wait for.
    durability: Option<Durability>,
    /// What members that elect have in their record.
    election: Option<Election>,
}

/// Looks at everything once. The servers have a few seconds each, all at the same time.
///
/// # Errors
/// When there is no such namespace, or its pods cannot be listed.
pub async fn look(
    runtime: &Runtime,
    cluster: &Cluster,
    commands: Commands,
) -> Result<Facts, Error> {
    runtime.require_there().await?;
    let pods = runtime.listed(cluster.name()).await?;
    let manifests = topology::objects(cluster, None);
    let told = told(runtime, cluster).await;
    let (leader, durability, election) = match &told {
        Ok(told) => (told.leader.clone(), told.durability, told.election.clone()),
        Err(_) => (None, None, None),
    };
    let layout = topology::layout(cluster);
    let leader = leader.unwrap_or_else(|| layout.leader.by_spec.clone());
    // Where members elect who leads, the spec has nothing against it.
    let by_spec = if layout.is_elected() {
        leader.clone()
    } else {
        layout.leader.by_spec
    };
    let secrets = secrets(cluster);
    let (objects, members, services, pooler, failed_jobs) = tokio::join!(
        runtime.presence(&secrets, &manifests),
        members::members(runtime, cluster, &leader, &pods),
        services::services(runtime, cluster, &manifests),
        pooler(runtime, cluster, &pods),
        runtime.failed_jobs(&manifests),
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
        encryption: encryption::expected(cluster, commands.located.namespace()),
        metrics_secret: cluster.metrics().map(|_| cluster.credentials_secret()),
        durability,
        election,
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
pub async fn told_leader(runtime: &Runtime, cluster: &Cluster) -> Result<Option<String>, Error> {
    let told = told(runtime, cluster).await.map(|told| told.leader);
    told.map_err(|reason| Error::Request {
        doing: "looking who leads".into(),
        reason,
    })
}

/// The pod that leads: by what the cluster was told last, or by the spec where that cannot be seen.
pub async fn leader(runtime: &Runtime, cluster: &Cluster) -> String {
    let told = told(runtime, cluster).await.ok();
    told.and_then(|told| told.leader)
        .unwrap_or_else(|| topology::layout(cluster).leader.by_spec)
}

/// What the cluster was told last, or why that could not be seen; nothing where it was told nothing.
async fn told(runtime: &Runtime, cluster: &Cluster) -> Result<Told, String> {
    let record = topology::layout(cluster).leader;
    if record.part == RecordPart::Annotations {
        return told_by_members(runtime, cluster, &record).await;
    }
    let mut facts = runtime.facts(&record.config_map).await?;
    let mut word = |key: &str| facts.remove(key).map(|word| word.trim().to_owned());
    let durability = word(names::DURABILITY_FACT).map(Value::String);
    Ok(Told {
        leader: word(record.key).map(|member| record.pod(&member)),
        durability: durability.and_then(|word| serde_json::from_value(word).ok()),
        election: None,
    })
}

/// The same where members elect who leads: by what they have written down themselves.
async fn told_by_members(
    runtime: &Runtime,
    cluster: &Cluster,
    record: &LeaderRecord,
) -> Result<Told, String> {
    let recorded = async |record: &LeaderRecord| {
        let recorded = runtime.recorded(record).await;
        recorded
            .map(|found| found.word)
            .map_err(|error| format!("{error:#}"))
    };
    let leader = Some(recorded(record).await?).filter(|word| !word.is_empty());
    let Some(settings) = topology::recorded_settings(cluster) else {
        return Ok(Told {
            leader,
            durability: None,
            election: None,
        });
    };
    let text = recorded(&settings.record).await?;
    Ok(Told {
        leader,
        durability: settings.durability(&text),
        // Without a record there is nothing yet.
        election: (!text.is_empty()).then(|| Election {
            is_paused: settings.is_paused(&text),
            unlike: settings.unlike(&text),
        }),
    })
}

/// The Secrets that members mount.
fn secrets(cluster: &Cluster) -> Vec<String> {
    let mut names = vec![cluster.credentials_secret()];
    if cluster.is_encrypted() {
        names.push(cluster.tls_secret());
    }
    names
}

/// The pooler's pods, where the spec has a pooler and it runs.
async fn pooler(runtime: &Runtime, cluster: &Cluster, pods: &[Listed]) -> Option<Pooler> {
    let pooler = cluster.pgpool().filter(|_| runtime.has_poolers())?;
    let own = pods
        .iter()
        .filter(|pod| pod.component.as_deref() == Some(names::PGPOOL));
    let pods = own.map(async |pod| (pod.name.clone(), runtime.explained(pod).await));
    Some(Pooler {
        name: cluster.pgpool_name(),
        wanted: pooler.replicas.into(),
        pods: join_all(pods).await,
    })
}
