//! One spec from an empty namespace to its last check.

use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use super::checks::{self, applied_again, snapshot};
use super::ground::Ground;
use super::install::{Installer, installer};
use super::report::{Outcome, Row, Verdict};
use super::scene::{Scene, member, member_pods, record};
use super::{Afterwards, Extent, Options, client, dump, faults, release};
use crate::apply::{self, Conflicts, Connection, Progress};
use crate::cluster::Cluster;
use crate::{credentials, topology};

/// Runs every spec in turn. A failed check does not end the run; an environment that is not fit does.
pub(super) async fn all(
    clusters: &[Cluster],
    options: &Options,
    progress: &Progress,
    ground: &mut Ground,
    rows: &Mutex<Vec<Row>>,
) -> Result<()> {
    let connection = ground.connect(options, progress).await?;
    ground
        .provide_images(&connection, clusters, progress)
        .await?;
    for cluster in clusters {
        let namespace = ground.namespace(&connection, cluster).await?;
        progress.say(
            &format!("cluster {}", cluster.name()),
            &format!("in namespace {namespace}"),
        );
        let cluster = placed(cluster, &namespace);
        let first = count(rows);
        let run = one(&cluster, &connection, &namespace, options, progress, rows);
        let ended = Box::pin(run).await;
        let failed = rows.lock().unwrap_or_else(PoisonError::into_inner)[first..]
            .iter()
            .any(|row| row.outcome == Outcome::Failed);
        if failed || ended.is_err() {
            dump::dump(
                &connection.client,
                &namespace,
                cluster.name(),
                options.report.as_deref(),
                progress,
            )
            .await;
        }
        ended?;
        if options.afterwards == Afterwards::CleanUp {
            ground.delete_namespaces(progress).await?;
        }
    }
    Ok(())
}

/// The cluster in the scenario's namespace, with passwords of its own.
fn placed(cluster: &Cluster, namespace: &str) -> Cluster {
    let mut cluster = cluster.clone();
    cluster.spec.namespace = Some(namespace.into());
    cluster.passwords = Some(credentials::generate());
    cluster
}

async fn one(
    cluster: &Cluster,
    connection: &Connection,
    namespace: &str,
    options: &Options,
    progress: &Progress,
    rows: &Mutex<Vec<Row>>,
) -> Result<()> {
    let manifests = topology::objects(cluster);
    let applying = apply::Options {
        namespace: namespace.into(),
        conflicts: Conflicts::Report,
        timeout: options.timeout,
    };
    let expected = format!("everything ready within {} s", options.timeout.as_secs());
    let installer = installer(connection, &options.means, applying, progress)?;
    let look = installed(&installer, cluster);
    if record(
        cluster.name(),
        options.means.verb().into(),
        expected,
        look,
        progress,
        rows,
    )
    .await
        != Outcome::Passed
    {
        return Ok(());
    }
    let (leader, followers) = member_pods(cluster);
    let mut standbys = Vec::new();
    for pod in followers {
        standbys.push(member(&connection.client, namespace, pod).await?);
    }
    let mut scene = Scene {
        cluster,
        kube: connection.client.clone(),
        namespace: namespace.into(),
        client: client::start(&connection.client, cluster, namespace).await?,
        primary: member(&connection.client, namespace, leader).await?,
        standbys,
        installer,
        phase: "",
        progress,
        rows,
    };
    checks::of_the_first_start(&scene).await;
    checks::run(&scene).await;
    let again = async {
        let before = snapshot(&connection.client, cluster, namespace, &manifests).await?;
        scene.apply(cluster).await?;
        let after = snapshot(&connection.client, cluster, namespace, &manifests).await?;
        Ok::<_, anyhow::Error>(applied_again(&before, &after))
    };
    scene
        .check(
            "apply again",
            "same generations, pods and Jobs, no restart",
            again,
        )
        .await;
    if options.extent == Extent::Faults {
        if scene.installer.chart().is_some() {
            release::lives(&scene).await;
            scene.refresh().await?;
        }
        faults::run(&mut scene).await;
    }
    Ok(())
}

async fn installed(installer: &Installer<'_>, cluster: &Cluster) -> Verdict {
    match installer.install(cluster).await {
        Err(error) => Verdict::failed(format!("{error:#}")),
        Ok(0) => Verdict::failed("the spec has no objects"),
        Ok(count) => Verdict::passed(format!("{count} objects, all workloads ready")),
    }
}

fn count(rows: &Mutex<Vec<Row>>) -> usize {
    rows.lock().unwrap_or_else(PoisonError::into_inner).len()
}
