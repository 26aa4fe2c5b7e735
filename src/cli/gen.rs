//! `pgherd gen`: manifests of one or more specs. Reads files, never a cluster; the same spec gives the same bytes.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;

use super::{SpecArgs, clusters, secrets_of, stream};
use crate::cluster::Cluster;
use crate::k8s::Manifest;
use crate::spec::TlsMode;
use crate::{output, topology};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value = "yaml")]
    output: Output,
    /// Write one file per object and a kustomization.yaml into this folder instead of printing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Include the Secrets with these passwords and certificates, as `pgherd keygen -o file` writes them
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Yaml,
    Json,
}

fn where_secrets_are(cluster: &Cluster) -> String {
    let passwords = format!(
        "the passwords are in Secret {}",
        cluster.credentials_secret()
    );
    if cluster.brings_certificate() {
        format!(
            "{passwords}, the certificate in Secret {}",
            cluster.tls_secret()
        )
    } else {
        passwords
    }
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let clusters = clusters(&args.spec.files)?;
    let secrets = secrets_of(&clusters, args.credentials.as_deref())?;
    let without = clusters.iter().filter(|_| secrets.is_none());
    for cluster in without {
        eprintln!(
            "note: {}; make what is missing with `pgherd keygen -f {}{into} | kubectl create{into} -f -`",
            where_secrets_are(cluster),
            args.spec.files[0].display(),
            into = match cluster.spec.namespace {
                Some(_) => "",
                None => " -n NAMESPACE",
            }
        );
    }
    let bare = |cluster: &&Cluster| {
        cluster.spec.tls.mode == TlsMode::CertManager && cluster.spec.namespace.is_none()
    };
    for cluster in clusters.iter().filter(bare) {
        eprintln!(
            "note: the certificate of {} has names for clients of its own namespace alone; `namespace` in the spec adds those for others",
            cluster.name()
        );
    }
    for cluster in clusters.iter().filter(|cluster| !cluster.is_encrypted()) {
        eprintln!(
            "note: tls.mode of {} is off: whoever sees the network's traffic reads its data, and may pose as a server",
            cluster.name()
        );
    }
    // Made one cluster at a time, while what is made is written: a stream may have thousands.
    let manifests = clusters
        .iter()
        .flat_map(|cluster| topology::objects(cluster, secrets.as_ref()));
    match (&args.out, args.output) {
        (Some(folder), _) => {
            let manifests: Vec<Manifest> = manifests.collect();
            output::files::write(folder, &output::files::files(&manifests))?;
            Ok(ExitCode::SUCCESS)
        }
        (None, Output::Yaml) => stream(|out| output::yaml::write(out, manifests)),
        (None, Output::Json) => stream(|out| output::json::write(out, manifests)),
    }
}
