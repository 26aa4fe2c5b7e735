//! A cluster that is formed once, for all sequences that begin with it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::one::Kepts;
use super::results;
use crate::apply::{self, Conflicts, Progress};
use crate::cluster::Cluster;
use crate::fault::install::{Means, installer};
use crate::fault::site::Site;
use crate::runtime::processes::{self, Install, Programs, Warden};
use crate::secrets::certificate::{self, Surroundings};
use crate::secrets::{Secrets, passwords};
use crate::topology;

/// How long it may take to form.
const FORMED_WITHIN: Duration = Duration::from_secs(120);
/// The namespace that pods are told.
const NAMESPACE: &str = "seeds";

/// A cluster that was formed and stopped.
pub(super) struct Formed {
    /// The cluster as its spec has it, in the namespace that its pods were told.
    pub(super) cluster: Cluster,
    /// The digest of what `gen` emits for the spec.
    pub(super) build: String,
    /// What its Secrets hold.
    pub(super) secrets: Secrets,
    /// The programs that it runs with.
    pub(super) programs: Programs,
    /// The namespace that its pods were told.
    pub(super) namespace: &'static str,
    /// What others begin with.
    pub(super) folder: TempDir,
    /// Removes it where this program is killed.
    _warden: Warden,
}

/// Forms a cluster, and stops it.
///
/// # Errors
/// When it does not form: each member that does not, and its last words.
pub(super) async fn form(cluster: &Cluster, progress: &Progress, kepts: &Kepts) -> Result<Formed> {
    let started = Instant::now();
    let build = results::build(cluster);
    let mut cluster = cluster.clone();
    cluster.spec.namespace = Some(NAMESPACE.into());
    let secrets = secrets(&cluster)?;
    let version = cluster.spec.postgres.version;
    let programs = processes::provide(version, Install::Nothing, progress).await?;
    let folder = tempfile::Builder::new().prefix("pgherd-formed-").tempdir();
    let folder = folder.context("a temporary folder")?;
    let warden = processes::watch_over(folder.path())?;
    let kept = kepts.keep(None, &programs, NAMESPACE).await?;
    let (line, silent) = (progress.line(cluster.name()), Progress::silent());
    line.update("forming it, for all sequences to begin with");
    let options = apply::Options {
        namespace: NAMESPACE.into(),
        conflicts: Conflicts::Report,
        timeout: FORMED_WITHIN,
    };
    let (site, means) = (Site::Processes(kept.place()), Means::Apply);
    let forming = async {
        let installer = installer(site, &means, options, &secrets, &silent)?;
        installer.install(&cluster).await?;
        kept.place().keep_formed(folder.path()).await
    };
    tokio::select! {
        formed = forming => formed?,
        why = kept.broken() => return Err(why),
    }
    kepts.leave(&kept).await?;
    line.finish(&format!(
        "formed in {:.1} s",
        started.elapsed().as_secs_f64()
    ));
    Ok(Formed {
        cluster,
        build,
        secrets,
        programs,
        namespace: NAMESPACE,
        folder,
        _warden: warden,
    })
}

fn secrets(cluster: &Cluster) -> Result<Secrets> {
    let around = Surroundings {
        namespace: Some(NAMESPACE.into()),
        ..Surroundings::default()
    };
    let issued = cluster.brings_certificate().then(|| {
        let services = topology::layout(cluster).services;
        let names = certificate::server_names(cluster, &services, &around);
        certificate::issue(cluster, &names)
    });
    Ok(Secrets {
        passwords: passwords::generate(),
        certificates: issued.transpose().context("making a certificate")?,
    })
}
