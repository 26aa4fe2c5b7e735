//! What cert-manager is asked for. Pure; cert-manager itself is never talked to.

use super::{Surroundings, server_names};
use crate::cluster::{Cluster, Services};
use crate::k8s::{self, certmanager};
use crate::names;
use crate::spec::TlsMode;

/// The object by which cert-manager makes the certificate and keeps it valid, where the spec says so. cert-manager
/// writes the same files as [`super::secrets`]; the authority's key stays with the issuer.
pub fn by_cert_manager(cluster: &Cluster, services: &Services) -> Option<certmanager::Certificate> {
    if cluster.spec.tls.mode != TlsMode::CertManager {
        return None;
    }
    let issuer = cluster.spec.tls.issuer_ref.clone();
    let around = Surroundings {
        namespace: cluster.spec.namespace.clone(),
        ..Surroundings::default()
    };
    Some(certmanager::Certificate {
        api_version: certmanager::API_VERSION,
        kind: certmanager::KIND,
        metadata: k8s::meta(cluster, cluster.certificate(), names::SERVER),
        spec: certmanager::CertificateSpec {
            secret_name: cluster.tls_secret(),
            issuer_ref: certmanager::IssuerRef {
                name: issuer.name,
                kind: issuer.kind,
                group: issuer.group,
            },
            usages: vec!["digital signature", "server auth"],
            private_key: certmanager::PrivateKey {
                algorithm: "ECDSA",
                size: 256,
                rotation_policy: "Always",
            },
            dns_names: server_names(cluster, services, &around),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{spec, topology, validate};

    #[test]
    fn cert_manager_is_asked_for_the_same_names_into_the_secret_that_pods_mount() {
        let source = spec::Source {
            name: "spec",
            text: "{name: shop, topology: streaming}",
            folder: None,
        };
        let mut cluster = validate::read(&source).unwrap().remove(0);
        let services = topology::layout(&cluster).services;
        assert_eq!(by_cert_manager(&cluster, &services), None);
        cluster.spec.tls.mode = TlsMode::CertManager;
        cluster.spec.namespace = Some("db".into());
        let asked = by_cert_manager(&cluster, &services).unwrap();
        let around = Surroundings {
            namespace: Some("db".into()),
            ..Surroundings::default()
        };
        assert_eq!(
            asked.spec.dns_names,
            server_names(&cluster, &services, &around)
        );
        // What cert-manager writes there has the names that volumes take, as for any Secret of kubernetes.io/tls.
        let mounted = k8s::volume::certificate("tls", cluster.tls_secret())
            .secret
            .unwrap();
        assert_eq!(Some(asked.spec.secret_name), mounted.secret_name);
        let files: Vec<String> = mounted
            .items
            .unwrap()
            .into_iter()
            .map(|item| item.key)
            .collect();
        assert_eq!(files, ["tls.crt", "tls.key", "ca.crt"]);
        cluster.spec.tls.existing_secret = Some("mine".into());
        assert_eq!(
            by_cert_manager(&cluster, &services)
                .unwrap()
                .spec
                .secret_name,
            "mine"
        );
        assert!(cluster.is_encrypted() && !cluster.brings_certificate());
    }
}
