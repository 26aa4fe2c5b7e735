//! A cluster under other names: the folder of `gen --out` as the base of a kustomization with a namespace, a prefix and
//! a suffix, applied by kubectl. Kustomize changes no string in a script: what scripts make of names has to fit all the same.

use anyhow::{Context, Result, anyhow};

use super::checks;
use super::client::{self, Refusal};
use super::install::{Installer, Means, installer};
use super::report::{Outcome, Verdict};
use super::scenario::Stage;
use super::scene::{Member, SOON, Scene, member, record, until};
use super::secrets;
use crate::apply::{self, Conflicts};
use crate::certificate::Surroundings;
use crate::cluster::{Cluster, MemberSet};
use crate::spec::{self, Source};
use crate::topology;

mod build;

const SPEC: &str = include_str!("files/kustomized.yaml");
const PREFIX: &str = "eu-";
const SUFFIX: &str = "-blue";
/// The table that is written to.
const TABLE: &str = "pgherd_kustomized";
/// What a server in recovery answers that has the row, to a client with an encrypted connection.
const READ: &str = "foo|t|t";

/// The cluster that is renamed, of the image and for the nodes of another.
pub(super) fn base(like: &Cluster) -> Result<Cluster> {
    let source = Source {
        name: "kustomized.yaml",
        text: SPEC,
        folder: None,
    };
    let mut cluster = spec::read(&source)?.pop().context("a spec of a cluster")?;
    let (spec, like) = (&mut cluster.spec, &like.spec);
    spec.postgres.version = like.postgres.version;
    spec.postgres.image.clone_from(&like.postgres.image);
    spec.storage.class_name.clone_from(&like.storage.class_name);
    spec.scheduling = like.scheduling.clone();
    spec.security = like.security.clone();
    spec.image_pull_secrets.clone_from(&like.image_pull_secrets);
    Ok(cluster)
}

/// Makes the Secrets, builds, applies, and looks at what names have a part in.
pub(super) async fn run(base: &Cluster, stage: Stage<'_>) -> Result<()> {
    let Stage {
        connection,
        namespace,
        options,
        progress,
        rows,
    } = stage;
    let kube = &connection.client;
    let around = Surroundings {
        name_prefix: PREFIX.into(),
        name_suffix: SUFFIX.into(),
        ..secrets::surroundings(kube, namespace).await?
    };
    let cluster = secrets::placed(base, &around)?;
    let applying = apply::Options {
        namespace: namespace.into(),
        conflicts: Conflicts::Report,
        timeout: options.timeout,
    };
    let installer = installer(connection, &Means::Apply, applying, progress)?;
    if stands(&installer, base, &cluster, &around, stage).await != Outcome::Passed {
        return Ok(());
    }
    let (primary, standby) = members(&installer, base, &around).await?;
    let scene = Scene {
        cluster: &cluster,
        kube: kube.clone(),
        namespace: namespace.into(),
        client: client::start(kube, &cluster, namespace).await?,
        primary,
        standbys: vec![standby],
        around,
        installer,
        phase: "",
        progress,
        rows,
    };
    checks::of_names(&scene).await;
    services(&scene).await;
    Ok(())
}

/// Whether its objects are there, and all of them ready.
async fn stands(
    installer: &Installer<'_>,
    base: &Cluster,
    cluster: &Cluster,
    around: &Surroundings,
    stage: Stage<'_>,
) -> Outcome {
    let (progress, rows) = (stage.progress, stage.rows);
    let name = "kubectl kustomize, kubectl apply".into();
    let expected = format!("every object in the namespace, named {PREFIX}…{SUFFIX}");
    let look = Box::pin(build::applied(installer, base, cluster, around));
    let applied = record(base.name(), name, expected, look, progress, rows).await;
    if applied != Outcome::Passed {
        return applied;
    }
    let name = "the cluster forms".into();
    let within = installer.options().timeout.as_secs();
    let expected = format!("everything ready within {within} s");
    let look = Box::pin(formed(installer, base, around));
    record(base.name(), name, expected, look, progress, rows).await
}

async fn formed(installer: &Installer<'_>, base: &Cluster, around: &Surroundings) -> Verdict {
    let formed = async {
        let count = installer.wait_for_all().await?;
        let (primary, standby) = members(installer, base, around).await?;
        let (primary, standby) = (primary.pod, standby.pod);
        Ok::<_, anyhow::Error>(format!("{count} workloads ready: {primary}, {standby}"))
    };
    match formed.await {
        Ok(seen) => Verdict::passed(seen),
        Err(error) => Verdict::failed(format!("{error:#}")),
    }
}

/// The server that leads and the one that follows, under their other names.
async fn members(
    installer: &Installer<'_>,
    base: &Cluster,
    around: &Surroundings,
) -> Result<(Member, Member)> {
    let (kube, namespace) = installer.place();
    let sets = topology::layout(base).sets;
    let mut members = Vec::new();
    for set in sets {
        let set = MemberSet {
            name: around.renamed(&set.name),
            ..set
        };
        for pod in set.pods() {
            members.push(member(kube, namespace, pod).await?);
        }
    }
    let [primary, standby] = <[Member; 2]>::try_from(members)
        .map_err(|members| anyhow!("{} members instead of 2", members.len()))?;
    Ok((primary, standby))
}

/// A row on its way through both Services, by the names that clients use now.
async fn services(scene: &Scene<'_>) {
    let write = scene.around.renamed(&scene.write_service());
    let read = scene.around.renamed(&scene.read_service());
    let look = async {
        let create = format!("create table {TABLE} as select 'foo' as word");
        scene
            .client
            .psql(&scene.owner_at(&write), &[&create])
            .await?;
        let question = format!(
            "select word, pg_is_in_recovery(), ssl from {TABLE}, pg_stat_ssl where pid = pg_backend_pid()"
        );
        let target = scene.owner_at(&read);
        let answer = || async {
            let seen = scene.client.psql(&target, &[&question]).await?;
            Ok::<_, Refusal>(judge_read(&seen))
        };
        until(SOON, answer).await
    };
    let expected = format!(
        "a row written through {write} is read through {read}, from a server in recovery; both by verify-full"
    );
    scene
        .check("write and read through the Services", expected, look)
        .await;
}

fn judge_read(seen: &str) -> Verdict {
    if seen == READ {
        Verdict::passed("the row")
    } else {
        Verdict::failed(format!("{seen:?} and not {READ:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_primary_or_of_a_plain_connection_is_seen() {
        let outcome = |seen: &str| judge_read(seen).outcome;
        assert_eq!(outcome("foo|t|t"), Outcome::Passed);
        assert_eq!(outcome("foo|f|t"), Outcome::Failed);
        assert_eq!(outcome("foo|t|f"), Outcome::Failed);
        assert_eq!(outcome(""), Outcome::Failed);
    }

    #[test]
    fn the_base_is_a_spec_that_is_accepted() {
        let text = "name: other\ntopology: streaming\nmembers: 3\npostgres: {version: 16}\n";
        let source = Source {
            name: "other",
            text,
            folder: None,
        };
        let other = spec::read(&source).expect("a spec");
        let base = base(&other[0]).expect("a spec");
        assert_eq!(base.postgres_image(), "postgres:16");
        assert_eq!(topology::layout(&base).pods().len(), 2);
    }
}
