//! Watches workloads until each is ready, one fails for good, or the deadline passes. Changes nothing.

use std::ops::ControlFlow;
use std::time::Instant;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use k8s_openapi::NamespaceResourceScope;
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

use super::api::Api;
use super::watch::follow;
use super::{Error, Line, Options, Progress, Readiness, explain, namespace_of, ready};
use crate::k8s::{Manifest, Object};

/// Waits for every workload among the objects, all within one deadline.
pub(super) async fn until_ready(
    client: &Client,
    manifests: &[Manifest],
    options: &Options,
    progress: &Progress,
) -> Result<(), Error> {
    let started = Instant::now();
    let mut unready: Vec<&Object> = manifests
        .iter()
        .map(|manifest| &manifest.object)
        .filter(|object| is_workload(object))
        .collect();
    let all = unready.len();
    let mut waits: FuturesUnordered<_> = unready
        .iter()
        .map(|object| until_one_ready(client, object, options, progress))
        .collect();
    let deadline = tokio::time::sleep(options.timeout);
    tokio::pin!(deadline);
    let problem = loop {
        tokio::select! {
            ended = waits.next() => match ended {
                None => return Ok(()),
                Some((object, Readiness::Failed(words))) => {
                    break format!("{}/{} {words}", object.kind(), object.name());
                }
                Some((object, _)) => unready.retain(|other| !std::ptr::eq(*other, object)),
            },
            () = &mut deadline => break format!("{} of {all} workloads not ready", unready.len()),
        }
    };
    // The lines are taken away before the reasons are gathered, or they would go on moving over them.
    drop(waits);
    let mut reports = Vec::new();
    for object in unready {
        reports.push(explain(client, object, namespace_of(object, &options.namespace)).await);
    }
    let summary = format!("{problem} after {} s", started.elapsed().as_secs());
    Err(Error::NotReady { summary, reports })
}

fn is_workload(object: &Object) -> bool {
    match object {
        Object::StatefulSet(_) | Object::Job(_) | Object::Deployment(_) => true,
        Object::ServiceAccount(_)
        | Object::Role(_)
        | Object::RoleBinding(_)
        | Object::Secret(_)
        | Object::Certificate(_)
        | Object::ConfigMap(_)
        | Object::Service(_)
        | Object::NetworkPolicy(_)
        | Object::PodDisruptionBudget(_)
        | Object::PodMonitor(_)
        | Object::PrometheusRule(_) => false,
    }
}

async fn until_one_ready<'a>(
    client: &Client,
    object: &'a Object,
    options: &Options,
    progress: &Progress,
) -> (&'a Object, Readiness) {
    let namespace = namespace_of(object, &options.namespace);
    let line = progress.line(&format!("{}/{}", object.kind(), object.name()));
    let end = match object {
        Object::StatefulSet(_) => {
            watch(client, object.name(), namespace, &line, ready::stateful_set).await
        }
        Object::Deployment(_) => {
            watch(client, object.name(), namespace, &line, ready::deployment).await
        }
        Object::Job(_) => watch(client, object.name(), namespace, &line, ready::job).await,
        Object::ServiceAccount(_)
        | Object::Role(_)
        | Object::RoleBinding(_)
        | Object::Secret(_)
        | Object::Certificate(_)
        | Object::ConfigMap(_)
        | Object::Service(_)
        | Object::NetworkPolicy(_)
        | Object::PodDisruptionBudget(_)
        | Object::PodMonitor(_)
        | Object::PrometheusRule(_) => Readiness::Ready("there".into()),
    };
    line.finish(end.words());
    (object, end)
}

/// Follows one object until it is ready or has failed. A watch that breaks is begun again.
async fn watch<K>(
    client: &Client,
    name: &str,
    namespace: &str,
    line: &Line<'_>,
    judge: fn(&K) -> Readiness,
) -> Readiness
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + DeserializeOwned,
{
    let api: Api<K> = Api::namespaced(client.clone(), namespace);
    follow(api, name, &mut |state| {
        match state {
            Ok(Some(object)) => match judge(&object) {
                Readiness::Waiting(words) => line.update(&words),
                end => return ControlFlow::Break(end),
            },
            Ok(None) => line.update("not there"),
            Err(error) => line.update(&format!("watching again after: {error}")),
        }
        ControlFlow::Continue(())
    })
    .await
}
