//! `pgherd keygen`: makes the first passwords and certificates. It asks no cluster; `pgherd rotate` replaces them.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use super::{SpecArgs, agree_on_namespace, clusters, print};
use crate::cluster::Cluster;
use crate::k8s::{Manifest, Object};
use crate::secrets::certificate::{self, Certificates, Surroundings};
use crate::secrets::{Secrets, credentials, passwords};
use crate::{output, topology};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// Write a credentials file for `gen --credentials` instead of printing Secrets; it must not exist
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Namespace of the Secrets, and in the certificate's names [default: the spec's]
    #[arg(short, long)]
    namespace: Option<String>,
    /// What kustomize puts before every name
    #[arg(long, value_name = "PREFIX", default_value = "")]
    name_prefix: String,
    /// What kustomize puts behind every name
    #[arg(long, value_name = "SUFFIX", default_value = "")]
    name_suffix: String,
    /// Name or address by which clients outside reach the cluster, for the certificate; may be given several times
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut clusters = clusters(&args.spec.files)?;
    if let Some(namespace) = &args.namespace {
        put_into(&mut clusters, namespace)?;
    }
    if let Some(file) = &args.output {
        let [cluster] = clusters.as_slice() else {
            bail!(
                "--output {}: holds the credentials of one cluster, but {} are given",
                file.display(),
                clusters.len()
            );
        };
        let secrets = Secrets {
            passwords: passwords::generate(),
            certificates: issued(cluster, args)?,
        };
        return write(file, &secrets);
    }
    let mut secrets = Vec::new();
    for cluster in &clusters {
        eprintln!(
            "note: where {} has Secrets, `kubectl create` refuses these and nothing is replaced; `pgherd rotate` replaces what is in use",
            cluster.name()
        );
        let made = passwords::secret(cluster, &passwords::generate());
        secrets.push(kept_out("Passwords", made));
        if let Some(certificates) = issued(cluster, args)? {
            let [shown, authority] = certificate::secrets(cluster, &certificates);
            secrets.push(kept_out("The certificate", shown));
            secrets.push(kept_out(
                "The authority that signed it, by which it is renewed",
                authority,
            ));
        }
    }
    print(&output::yaml::render(&secrets))
}

/// Secrets without a namespace would go to whichever kubectl is set to. One cluster may be put into another than its spec
/// names, as kustomize does it; of several, one would get what is of another.
fn put_into(clusters: &mut [Cluster], namespace: &str) -> Result<()> {
    if clusters.len() > 1 {
        agree_on_namespace(clusters, Some(namespace))?;
    }
    for cluster in clusters {
        let own = cluster.spec.namespace.replace(namespace.to_owned());
        if let Some(own) = own.filter(|own| own != namespace) {
            eprintln!(
                "note: the spec of {} names namespace {own}; these Secrets are for {namespace}, as for kustomize",
                cluster.name()
            );
        }
    }
    Ok(())
}

fn kept_out(what: &str, secret: impl Into<Object>) -> Manifest {
    Manifest {
        comment: format!(
            "{what}. Keep this out of version control; `kubectl create` refuses to replace it, `pgherd rotate` does."
        ),
        object: secret.into(),
    }
}

/// New certificates, where the spec takes them from a Secret that nobody else makes.
fn issued(cluster: &Cluster, args: &Args) -> Result<Option<Certificates>> {
    if !cluster.brings_certificate() || cluster.spec.tls.existing_secret.is_some() {
        return Ok(None);
    }
    let namespace = cluster.spec.namespace.clone();
    if namespace.is_none() {
        eprintln!(
            "note: the certificate of {} has names for clients of its own namespace alone; --namespace adds those for others",
            cluster.name()
        );
    }
    let around = Surroundings {
        namespace,
        name_prefix: args.name_prefix.clone(),
        name_suffix: args.name_suffix.clone(),
        hosts: args.host.clone(),
    };
    let services = topology::layout(cluster).services;
    let names = certificate::server_names(cluster, &services, &around);
    let certificates = certificate::issue(cluster, &names);
    certificates
        .map(Some)
        .with_context(|| format!("no certificate can be made for {}", names.join(", ")))
}

/// Mode 0600 from the first byte, and never over a file that is there: it may hold the only copy of passwords in use.
fn write(file: &Path, secrets: &Secrets) -> Result<ExitCode> {
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .with_context(|| {
            format!(
                "{}: cannot be made (a file that exists is never overwritten)",
                file.display()
            )
        })?;
    out.write_all(credentials::text(secrets).as_bytes())
        .with_context(|| format!("{}: cannot be written", file.display()))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Source;
    use crate::validate;

    #[test]
    fn secrets_of_several_clusters_are_not_put_into_one_namespace() {
        let text = "{name: one, topology: streaming, namespace: a}\n---\n{name: two, topology: streaming}\n";
        let source = Source {
            name: "all.yaml",
            text,
            folder: None,
        };
        let mut clusters = validate::read(&source).expect("specs");
        let error = put_into(&mut clusters, "b").expect_err("refused");
        assert!(error.to_string().contains("names another, a"), "{error}");
        put_into(&mut clusters, "a").expect("the same");
        assert_eq!(clusters[1].spec.namespace.as_deref(), Some("a"));
        put_into(&mut clusters[..1], "b").expect("as kustomize does it");
        assert_eq!(clusters[0].spec.namespace.as_deref(), Some("b"));
    }
}
