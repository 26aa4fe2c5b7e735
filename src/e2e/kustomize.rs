//! A cluster under other names: the folder of `gen --out` as the base of a kustomization with a namespace, a prefix and
//! a suffix, applied by kubectl. Kustomize changes no string in a script: what scripts make of names has to fit all the same.

use anyhow::{Context, Result};

use super::checks;
use super::stage::{Applied, Stage};
use super::{found, secrets};
use crate::apply::{self, Conflicts};
use crate::cluster::{Cluster, MemberSet};
use crate::fault::check::{Outcome, Recorder as _, Verdict, set_up};
use crate::fault::client::{self, Refusal};
use crate::fault::install::{Installer, Means, installer};
use crate::fault::leading::{self, Place};
use crate::fault::scene::{Scene, expected_members, until};
use crate::secrets::certificate::Surroundings;
use crate::spec::Source;
use crate::topology;
use crate::validate;

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
    let mut cluster = validate::read(&source)?
        .pop()
        .context("a spec of a cluster")?;
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
    let (options, namespace) = (stage.options, stage.namespace);
    let around = if stage.is_rehearsal() {
        Surroundings::default()
    } else {
        secrets::surroundings(&stage.site, namespace).await?
    };
    let around = Surroundings {
        name_prefix: PREFIX.into(),
        name_suffix: SUFFIX.into(),
        ..around
    };
    let cluster = secrets::placed(base, &around);
    let secrets = secrets::made(&cluster, &around)?;
    let applying = apply::Options {
        namespace: namespace.into(),
        conflicts: Conflicts::Report,
        timeout: options.limits.installed,
    };
    let (site, progress) = (stage.site, stage.progress);
    let installer = installer(site, &Means::Apply, applying, &secrets, progress)?;
    if stands(&installer, base, &cluster, &around, stage).await != Outcome::Passed {
        return Ok(());
    }
    let (client, members) = if stage.is_rehearsal() {
        let client = client::at(&installer.runtime(), &options.limits);
        (client, expected_members(&cluster))
    } else {
        let runtime = installer.runtime();
        let client = client::start(&runtime, &cluster, &options.limits).await?;
        let place = Place {
            runtime: &runtime,
            cluster: &cluster,
            client: &client,
        };
        let members = leading::members(&place, &pods(base, &around), &options.limits).await?;
        (client, members)
    };
    let applied = Applied {
        cluster: &cluster,
        around,
        client,
        members,
        installer,
    };
    let scene = stage.scene(applied);
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
    let expected = format!("every object in the namespace, named {PREFIX}…{SUFFIX}");
    let check = set_up("kubectl kustomize, kubectl apply", expected);
    let look = build::applied(installer, base, cluster, around);
    let applied = stage.make("", check, look).await;
    if applied != Outcome::Passed {
        return applied;
    }
    let within = installer.options().timeout.as_secs();
    let expected = format!("everything ready within {within} s");
    let check = set_up("the cluster forms", expected);
    stage.make("", check, formed(installer, base, around)).await
}

async fn formed(
    installer: &Installer<'_>,
    base: &Cluster,
    around: &Surroundings,
) -> Result<Verdict> {
    let count = found::all_ready(installer).await?;
    let pods = pods(base, around);
    for pod in &pods {
        leading::member(&installer.runtime(), pod).await?;
    }
    let pods = pods.join(", ");
    Ok(Verdict::passed(format!("{count} workloads ready: {pods}")))
}

/// The members' pods, under their other names.
fn pods(base: &Cluster, around: &Surroundings) -> Vec<String> {
    let sets = topology::layout(base).sets.into_iter();
    let renamed = sets.map(|set| MemberSet {
        name: around.renamed(&set.name),
        ..set
    });
    renamed
        .flat_map(|set| set.pods().collect::<Vec<_>>())
        .collect()
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
        until(scene.limits.soon, answer).await
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
        let other = validate::read(&source).expect("a spec");
        let base = base(&other[0]).expect("a spec");
        assert_eq!(base.postgres_image(), "postgres:16");
        assert_eq!(topology::layout(&base).pods().len(), 2);
    }
}
