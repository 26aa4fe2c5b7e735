//! A new certificate by the authority that signed the one of now: clients need not be told, and no server restarts.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use thiserror::Error as ThisError;

use super::{Kept, Rotation, pooler, shown, stored};
use crate::apply::Unfit;
use crate::cluster::Cluster;
use crate::names::{AUTHORITY_FILE, AUTHORITY_KEY_FILE, CERTIFICATE_FILE, CERTIFICATE_KEY_FILE};
use crate::runtime::Runtime;
use crate::secrets::certificate::{self, Surroundings};
use crate::spec::TlsMode;
use crate::topology;

/// Why there is no certificate to renew.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum Refusal {
    /// Nothing is encrypted.
    #[error("the spec has tls: {{mode: off}}: there is no certificate")]
    Off,
    /// cert-manager renews it.
    #[error(
        "cert-manager makes this certificate and renews it by itself\n\
         hint: `cmctl renew {0}` has it do so now; servers show the new one within two minutes"
    )]
    CertManager(String),
    /// The user has made it.
    #[error(
        "the certificate in Secret/{0} is your own: pgherd does not know who signs it\n\
         hint: replace its files, and every server shows the new one within two minutes"
    )]
    YourOwn(String),
    /// It was made with a cluster of processes whose spec says that it is the user's own.
    #[error(
        "the spec says that the certificate in Secret/{0} is your own: pgherd does not renew it\n\
         hint: a cluster of processes gets one when it is formed, for a year; form it anew"
    )]
    OfProcesses(String),
}

/// Why the certificate of a spec is not pgherd's to renew; none where it is.
pub fn refusal(cluster: &Cluster) -> Option<Refusal> {
    let tls = &cluster.spec.tls;
    match tls.mode {
        TlsMode::Off => Some(Refusal::Off),
        TlsMode::CertManager => Some(Refusal::CertManager(cluster.certificate())),
        TlsMode::Secret => tls.existing_secret.clone().map(Refusal::YourOwn),
    }
}

/// Renews the certificate, with every name that it has, those of the spec, and these. When it returns, every server and
/// the pooler show the new one.
///
/// # Errors
/// When something is not there, is refused or takes too long. Running it again renews once more.
pub async fn certificate(on: &Rotation<'_>, hosts: &[String], kept: Option<&Kept>) -> Result<()> {
    match (refusal(on.cluster), on.runtime) {
        (Some(Refusal::YourOwn(secret)), Runtime::Processes(_)) => {
            return Err(Refusal::OfProcesses(secret).into());
        }
        (Some(refusal), _) => return Err(refusal.into()),
        (None, _) => (),
    }
    let signer = stored::read(on, &on.cluster.authority_secret()).await?;
    let authority = signer.text(AUTHORITY_FILE)?;
    let mut secret = stored::read(on, &on.cluster.tls_secret()).await?;
    ensure!(
        secret.text(AUTHORITY_FILE)?.trim() == authority.trim(),
        "Secret/{} and Secret/{} have different authorities: clients would not take what this one signs",
        on.cluster.tls_secret(),
        on.cluster.authority_secret()
    );
    let names = names(on, secret.text(CERTIFICATE_FILE)?, hosts);
    let key = signer.text(AUTHORITY_KEY_FILE)?;
    let new = certificate::renew(on.cluster, authority, key, &names);
    let new =
        new.with_context(|| format!("no certificate can be made for {}", names.join(", ")))?;
    let serial = certificate::read(&new.certificate)
        .context("the new certificate")?
        .serial;
    let successor = match kept {
        Some(kept) => {
            kept.require_authority(authority)?;
            Some(kept.with_certificates(&new)?)
        }
        None => None,
    };
    let files = [
        (CERTIFICATE_FILE, &new.certificate),
        (CERTIFICATE_KEY_FILE, &new.key),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), Some(text.clone())));
    secret.write(&BTreeMap::from(files)).await?;
    if let Some(successor) = successor {
        successor.replace().map_err(Unfit)?;
    }
    let connector = shown::connector(authority)?;
    on.until_all(
        "servers show the new certificate",
        &on.members(),
        async |pod| {
            let seen = shown::by(on, &connector, pod).await?;
            ensure!(
                seen.serial == serial,
                "shows the one with serial {}",
                seen.serial
            );
            Ok(())
        },
    )
    .await?;
    pooler::replace(on).await?;
    on.progress.say("serial", &serial);
    Ok(())
}

/// The names of before, such as those of clients outside, and those that the spec has come to since.
fn names(on: &Rotation<'_>, before: &str, hosts: &[String]) -> Vec<String> {
    let mut names = certificate::read(before).map_or_else(Vec::new, |shown| shown.names);
    let around = Surroundings {
        namespace: Some(on.namespace.into()),
        hosts: hosts.to_vec(),
        ..Surroundings::default()
    };
    for name in
        certificate::server_names(on.cluster, &topology::layout(on.cluster).services, &around)
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(tls: &str) -> Option<Refusal> {
        let text = format!("{{name: shop, topology: streaming, tls: {tls}}}");
        let source = crate::spec::Source {
            name: "spec",
            text: &text,
            folder: None,
        };
        refusal(&crate::validate::read(&source).unwrap()[0])
    }

    #[test]
    fn only_what_pgherd_has_made_is_renewed() {
        assert_eq!(refused("{}"), None);
        assert_eq!(refused("{mode: off}"), Some(Refusal::Off));
        assert_eq!(
            refused("{existingSecret: mine}"),
            Some(Refusal::YourOwn("mine".into()))
        );
        let by_cert_manager = refused("{mode: certManager, issuerRef: {name: a}}").unwrap();
        assert!(by_cert_manager.to_string().contains("cmctl renew shop-tls"));
    }
}
