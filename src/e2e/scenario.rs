//! One spec from an empty namespace to its last check.

use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use super::checks::{self, applied_again, snapshot};
use super::ground::Ground;
use super::install::{Installer, Means, installer};
use super::report::{Outcome, Row, Verdict};
use super::scene::{Scene, members, record};
use super::{
    Afterwards, Extent, Options, client, dump, faults, kustomize, release, secrets, upgrade,
};
use crate::apply::{self, Conflicts, Connection, Progress};
use crate::cluster::Cluster;
use crate::topology;

/// Where one cluster is looked at.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    /// The API.
    pub(super) connection: &'a Connection,
    /// The namespace it is in.
    pub(super) namespace: &'a str,
    /// How to run.
    pub(super) options: &'a Options,
    /// Where to say how far things are.
    pub(super) progress: &'a Progress,
    /// What was checked.
    pub(super) rows: &'a Mutex<Vec<Row>>,
}

/// How a cluster comes to be.
#[derive(Clone, Copy)]
enum Origin {
    /// From its spec, by the means of the run.
    Spec,
    /// By kustomize, which changes its names.
    Kustomize,
}

/// Runs every spec in turn, then kustomize's where faults are asked for: that is the same whatever the specs are. A failed
/// check does not end the run; an environment that is not fit does.
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
    let is_kustomized = options.extent == Extent::Faults && options.means == Means::Apply;
    let like = clusters.first().filter(|_| is_kustomized);
    let kustomized = like.map(kustomize::base).transpose()?;
    let each = (clusters.iter().map(|cluster| (cluster, Origin::Spec)))
        .chain(kustomized.iter().map(|base| (base, Origin::Kustomize)));
    for (cluster, origin) in each {
        let namespace = ground.namespace(&connection, cluster).await?;
        progress.say(
            &format!("cluster {}", cluster.name()),
            &format!("in namespace {namespace}"),
        );
        let first = count(rows);
        let stage = Stage {
            connection: &connection,
            namespace: &namespace,
            options,
            progress,
            rows,
        };
        let ended = match origin {
            Origin::Spec => Box::pin(one(cluster, stage)).await,
            Origin::Kustomize => Box::pin(kustomize::run(cluster, stage)).await,
        };
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

async fn one(cluster: &Cluster, stage: Stage<'_>) -> Result<()> {
    let Stage {
        connection,
        namespace,
        options,
        progress,
        rows,
    } = stage;
    let around = secrets::surroundings(&connection.client, namespace).await?;
    let cluster = &secrets::placed(cluster, &around)?;
    let applying = apply::Options {
        namespace: namespace.into(),
        conflicts: Conflicts::Report,
        timeout: options.timeout,
    };
    let installer = installer(connection, &options.means, applying, progress)?;
    let name = options.means.verb().into();
    let expected = format!("everything ready within {} s", options.timeout.as_secs());
    let look = Box::pin(installed(&installer, cluster));
    if record(cluster.name(), name, expected, look, progress, rows).await != Outcome::Passed {
        return Ok(());
    }
    let kube = &connection.client;
    let client = client::start(kube, cluster, namespace).await?;
    let (primary, standbys) = match installer.previous() {
        // Another chart may have given them other names.
        Some(_) => upgrade::members(kube, cluster, namespace, &client).await?,
        None => members(kube, cluster, namespace).await?,
    };
    let mut scene = Scene {
        cluster,
        kube: kube.clone(),
        namespace: namespace.into(),
        around,
        client,
        primary,
        standbys,
        installer,
        phase: "",
        progress,
        rows,
    };
    if scene.installer.previous().is_none() {
        checks::of_the_first_start(&scene).await;
    } else if upgrade::run(&mut scene).await? != Outcome::Passed {
        // The first start was the other chart's, and without its members there is nothing to look at.
        return Ok(());
    }
    look_around(&mut scene, options.extent).await
}

/// What is looked at once the cluster is there.
async fn look_around(scene: &mut Scene<'_>, extent: Extent) -> Result<()> {
    checks::run(scene).await;
    let (cluster, manifests) = (scene.cluster, topology::objects(scene.cluster));
    let again = async {
        let before = snapshot(&scene.kube, cluster, &scene.namespace, &manifests).await?;
        scene.apply(cluster).await?;
        let after = snapshot(&scene.kube, cluster, &scene.namespace, &manifests).await?;
        Ok::<_, anyhow::Error>(applied_again(&before, &after))
    };
    scene
        .check(
            "apply again",
            "same generations, pods and Jobs, no restart",
            again,
        )
        .await;
    if extent == Extent::Faults {
        if scene.installer.chart().is_some() {
            release::lives(scene).await;
            scene.refresh().await?;
        }
        faults::run(scene).await;
    }
    Ok(())
}

async fn installed(installer: &Installer<'_>, cluster: &Cluster) -> Verdict {
    let installing = async {
        match installer.previous() {
            Some(chart) => upgrade::install(installer, cluster, chart).await,
            None => installer.install(cluster).await,
        }
    };
    match installing.await {
        Err(error) => Verdict::failed(format!("{error:#}")),
        Ok(0) => Verdict::failed("the spec has no objects"),
        Ok(count) => Verdict::passed(format!("{count} objects, all workloads ready")),
    }
}

fn count(rows: &Mutex<Vec<Row>>) -> usize {
    rows.lock().unwrap_or_else(PoisonError::into_inner).len()
}
