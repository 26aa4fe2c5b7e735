//! One cluster from an empty namespace to its last check, and all of them as many side by side as asked for.

use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Result, bail};

use super::checks::{self, applied_again, snapshot};
use super::gate::gate;
use super::ground::Ground;
use super::only::{self, Part, Planned};
use super::schedule::side_by_side;
use super::stage::{Applied, Stage};
use super::{
    Afterwards, Extent, On, Options, drill, dump, faults, found, kustomize, locked, release,
    secrets, upgrade,
};
use crate::apply::{self, Conflicts, Progress};
use crate::cluster::Cluster;
use crate::fault::check::{Outcome, Recorder as _, Row, Verdict, set_up};
use crate::fault::client;
use crate::fault::install::{Installer, Means, installer};
use crate::fault::leading::{self, Place};
use crate::fault::scene::{Scene, expected_members};
use crate::fault::site::Site;
use crate::secrets::certificate::Surroundings;
use crate::topology;

/// A cluster and what is made of its checks.
#[derive(Debug)]
pub(super) struct Scenario {
    cluster: Cluster,
    origin: Origin,
    means: Means,
    part: Part,
}

impl Scenario {
    /// The cluster.
    pub(super) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// How its objects get there.
    pub(super) fn means(&self) -> &Means {
        &self.means
    }
}

/// How a cluster comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// From its spec, by the means of the run.
    Spec,
    /// By kustomize, which changes its names.
    Kustomize,
}

/// A cluster by these means, of which everything is made.
pub(super) fn of(cluster: &Cluster, means: &Means) -> Scenario {
    Scenario {
        cluster: cluster.clone(),
        origin: Origin::Spec,
        means: means.clone(),
        part: Part::Whole,
    }
}

/// Every cluster with the part of its checks that is made, without those of which nothing is; then kustomize's where faults
/// are asked for: that is the same whatever the specs are.
pub(super) async fn chosen(clusters: &[Cluster], options: &Options) -> Result<Vec<Scenario>> {
    let is_kustomized = options.extent == Extent::Faults
        && options.means == Means::Apply
        && options.on == On::Kubernetes;
    let mut streaming = clusters
        .iter()
        .filter(|one| !topology::layout(one).is_elected());
    let like = streaming.next().filter(|_| is_kustomized);
    let kustomized = like.map(kustomize::base).transpose()?;
    let each = (clusters
        .iter()
        .cloned()
        .map(|cluster| (cluster, Origin::Spec)))
    .chain(kustomized.map(|base| (base, Origin::Kustomize)));
    let mut scenarios = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for (cluster, origin) in each {
        let part = match &options.only {
            None => Part::Whole,
            Some(text) => {
                let planned = rehearse(&cluster, origin, options).await?;
                let part = only::chosen(&planned, text);
                names.extend(planned.iter().map(Planned::title));
                if part.is_empty() {
                    continue;
                }
                Part::Chosen(part)
            }
        };
        scenarios.push(Scenario {
            cluster,
            origin,
            means: options.means.clone(),
            part,
        });
    }
    if let (Some(text), true) = (&options.only, scenarios.is_empty()) {
        bail!("{}", no_match(text, options.extent, names));
    }
    Ok(scenarios)
}

fn no_match(text: &str, extent: Extent, mut names: Vec<String>) -> String {
    names.sort();
    names.dedup();
    let hint = match extent {
        Extent::Checks => "\nhint: with --all there are the faults, too",
        Extent::Faults | Extent::Events => "",
    };
    format!(
        "no check has {text:?} in its name; there are:\n  {}{hint}",
        names.join("\n  ")
    )
}

/// What would be made of a cluster's checks, in their order.
async fn rehearse(cluster: &Cluster, origin: Origin, options: &Options) -> Result<Vec<Planned>> {
    let connection = apply::nowhere()?;
    let part = Part::Rehearsal(Mutex::default());
    // Nobody is told anything: nothing is done.
    let (progress, rows) = (Progress::on_stderr(), Mutex::default());
    let gate = gate(Path::new(""), "nobody passes it");
    let stage = Stage {
        name: cluster.name(),
        site: Site::Kubernetes(&connection),
        namespace: cluster.name(),
        options,
        means: &options.means,
        progress: &progress,
        part: &part,
        gate: &gate,
        rows: &rows,
    };
    match origin {
        Origin::Spec => Box::pin(one(cluster, stage)).await?,
        Origin::Kustomize => Box::pin(kustomize::run(cluster, stage)).await?,
    }
    let Part::Rehearsal(planned) = part else {
        return Ok(Vec::new());
    };
    Ok(planned.into_inner().unwrap_or_default())
}

/// Runs every cluster. A failed check does not end the run; an environment that is not fit does.
pub(super) async fn all(
    scenarios: &[Scenario],
    options: &Options,
    progress: &Progress,
    ground: &mut Ground,
    rows: &[Mutex<Vec<Row>>],
) -> Result<()> {
    let base = ground.base(scenarios, options, progress).await?;
    let gate = gate(&std::env::temp_dir(), base.name());
    let ground = &*ground;
    let taken: Vec<Vec<String>> = scenarios.iter().map(|one| taken(&one.cluster)).collect();
    side_by_side(options.jobs, &taken, |number| {
        let (scenario, rows) = (&scenarios[number], &rows[number]);
        let (base, gate) = (&base, &gate);
        // On the heap, like every future that is kept among others.
        Box::pin(async move {
            let named = (options.jobs.get() > 1).then(|| progress.about(scenario.cluster.name()));
            let progress = named.as_ref().unwrap_or(progress);
            let home = ground.home(base, &scenario.cluster).await?;
            let stage = Stage {
                name: scenario.cluster.name(),
                site: home.site(),
                namespace: &home.name,
                options,
                means: &scenario.means,
                progress,
                part: &scenario.part,
                gate,
                rows,
            };
            tokio::select! {
                done = run(scenario, stage) => done?,
                why = home.broken() => return Err(why),
            }
            if options.afterwards != Afterwards::Keep {
                ground.leave(home, progress).await?;
            }
            Ok(())
        })
    })
    .await
}

/// What a cluster takes of which there is one for all namespaces.
fn taken(cluster: &Cluster) -> Vec<String> {
    let port = cluster.spec.expose.node_port;
    port.map(|port| format!("node port {port}"))
        .into_iter()
        .collect()
}

async fn run(scenario: &Scenario, stage: Stage<'_>) -> Result<()> {
    let (name, progress) = (stage.name, stage.progress);
    progress.say(
        &format!("cluster {name}"),
        &match stage.site {
            Site::Kubernetes(_) => format!("in namespace {}", stage.namespace),
            Site::Processes(place) => format!("as processes, in {}", place.path().display()),
        },
    );
    let ended = match scenario.origin {
        Origin::Spec => Box::pin(one(&scenario.cluster, stage)).await,
        Origin::Kustomize => Box::pin(kustomize::run(&scenario.cluster, stage)).await,
    };
    let is_failed = |row: &Row| row.outcome == Outcome::Failed;
    let failed = locked(stage.rows).iter().any(is_failed);
    if failed || ended.is_err() {
        let folder = stage.options.report.as_deref();
        match stage.site {
            Site::Kubernetes(connection) => {
                dump::dump(&connection.client, stage.namespace, name, folder, progress).await;
            }
            Site::Processes(place) => dump::of_processes(place, name, folder, progress),
        }
    }
    ended
}

async fn one(cluster: &Cluster, stage: Stage<'_>) -> Result<()> {
    let (options, namespace) = (stage.options, stage.namespace);
    let around = if stage.is_rehearsal() {
        Surroundings::default()
    } else {
        secrets::surroundings(&stage.site, namespace).await?
    };
    let cluster = &secrets::placed(cluster, &around);
    let secrets = secrets::made(cluster, &around)?;
    let applying = apply::Options {
        namespace: namespace.into(),
        conflicts: Conflicts::Report,
        timeout: options.limits.installed,
    };
    let (site, progress) = (stage.site, stage.progress);
    let installer = installer(site, stage.means, applying, &secrets, progress)?;
    let within = options.limits.installed.as_secs();
    let expected = format!("everything ready within {within} s");
    let look = installed(&installer, cluster);
    let check = set_up(stage.means.verb(), expected);
    let began = Instant::now();
    if stage.make("", check, look).await != Outcome::Passed {
        return Ok(());
    }
    if !stage.is_rehearsal() {
        options
            .drill
            .formed(cluster, stage.means, began.elapsed())?;
    }
    let (client, members) = if stage.is_rehearsal() {
        let client = client::at(&installer.runtime(), &options.limits);
        (client, expected_members(cluster))
    } else {
        let runtime = installer.runtime();
        let client = client::start(&runtime, cluster, &options.limits).await?;
        let pods = match installer.previous() {
            // Another chart may have given them other names.
            Some(_) => found::pods(site.kube()?, namespace).await?,
            None => topology::layout(cluster).pods(),
        };
        let place = Place {
            runtime: &runtime,
            cluster,
            client: &client,
        };
        let members = leading::members(&place, &pods, &options.limits).await?;
        (client, members)
    };
    let applied = Applied {
        cluster,
        around,
        client,
        members,
        installer,
    };
    let mut scene = stage.scene(applied);
    if options.extent == Extent::Events {
        drill::run(&mut scene, &options.drill).await;
        return Ok(());
    }
    if scene.installer.previous().is_none() {
        checks::of_the_first_start(&scene).await;
    } else if upgrade::run(&mut scene).await? != Outcome::Passed {
        // The first start was the other chart's, and without its members there is nothing to look at.
        return Ok(());
    }
    look_around(&mut scene, options.extent, stage.part).await
}

/// What is looked at once the cluster is there.
async fn look_around(scene: &mut Scene<'_>, extent: Extent, part: &Part) -> Result<()> {
    checks::run(scene).await;
    let (cluster, manifests) = (scene.cluster, scene.installer.objects(scene.cluster));
    let again = async {
        let before = snapshot(scene, &manifests).await?;
        scene.apply(cluster).await?;
        let after = snapshot(scene, &manifests).await?;
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
        faults::run(scene, part).await;
        if topology::layout(scene.cluster).is_elected() {
            drill::each(scene).await;
        }
    }
    Ok(())
}

async fn installed(installer: &Installer<'_>, cluster: &Cluster) -> Result<Verdict> {
    let count = match installer.previous() {
        Some(chart) => upgrade::install(installer, cluster, chart).await?,
        None => installer.install(cluster).await?,
    };
    Ok(match count {
        0 => Verdict::failed("the spec has no objects"),
        count => Verdict::passed(format!("{count} objects, all workloads ready")),
    })
}

#[cfg(test)]
mod tests;
