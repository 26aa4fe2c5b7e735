//! Certificates of a cluster: an authority of its own, and what the servers and the pooler show to clients.
//!
//! Keys never reach a log, an error text or `Debug` output. `keygen`, `rotate` and `e2e` are the only callers that make new ones.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, Error, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};

use crate::cluster::{Cluster, Services};
use crate::k8s::{self, corev1};
use crate::names;

mod cert_manager;
mod read;

pub use cert_manager::by_cert_manager;
pub use read::{Shown, covers, is_signed_by, read, read_der};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Clients would have to be told of a new authority: it outlives many certificates.
const AUTHORITY_DAYS: u32 = 10 * 365;
const CERTIFICATE_DAYS: u32 = 365;
/// Clocks of nodes and clients that are late by less take a new certificate at once.
const CLOCK_SKEW: Duration = Duration::from_secs(60 * 60);

/// An authority, and a certificate that it has signed; all in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificates {
    /// The authority's certificate.
    pub authority: String,
    /// The authority's key.
    pub authority_key: String,
    /// What servers and poolers show.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Certificates(hidden)")
    }
}

/// What names of a cluster depend on beside its spec.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The namespace; without it, only names inside of one are known.
    pub namespace: Option<String>,
    /// What kustomize puts before every name.
    pub name_prefix: String,
    /// What kustomize puts behind every name.
    pub name_suffix: String,
    /// Names and addresses by which clients outside reach the cluster.
    pub hosts: Vec<String>,
}

impl Surroundings {
    /// An object's name as kustomize changes it.
    pub fn renamed(&self, name: &str) -> String {
        format!("{}{name}{}", self.name_prefix, self.name_suffix)
    }
}

/// Every name by which clients, standbys and the pooler reach the cluster.
pub fn server_names(cluster: &Cluster, services: &Services, around: &Surroundings) -> Vec<String> {
    let (namespace, hosts) = (&around.namespace, &around.hosts);
    let found = [
        services.write.clone(),
        services.read.clone(),
        cluster.pgpool_name(),
        cluster.external_service(),
    ];
    let found = found.map(|name| around.renamed(&name));
    let members = format!("*.{}", around.renamed(&services.members));
    let of_services: Vec<String> = found.into_iter().chain([members]).collect();
    let mut names = vec!["localhost".to_owned()];
    names.extend(of_services.clone());
    let members = around.renamed(&services.members);
    let pods = services.named_pods.iter();
    names.extend(pods.map(|pod| format!("{}{pod}.{members}", around.name_prefix)));
    // Behind those that are always there, so that the chart's list has one condition.
    if let Some(namespace) = namespace {
        names.extend(of_services.iter().flat_map(|name| {
            let inside = format!("{name}.{namespace}");
            [
                inside.clone(),
                format!("{inside}.svc"),
                format!("{inside}.svc.cluster.local"),
            ]
        }));
    }
    names.extend(hosts.clone());
    names
}

/// A new authority and a certificate for these names.
///
/// # Errors
/// When a name is none that a certificate can hold.
pub fn issue(cluster: &Cluster, names: &[String]) -> Result<Certificates, Error> {
    let authority_key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = called(&format!("{} authority", cluster.name()));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for(&mut params, AUTHORITY_DAYS);
    let authority = params.self_signed(&authority_key)?.pem();
    renew(cluster, &authority, &authority_key.serialize_pem(), names)
}

/// A new certificate for these names by an authority that is there.
///
/// # Errors
/// When the authority cannot be read, or a name is none that a certificate can hold.
pub fn renew(
    cluster: &Cluster,
    authority: &str,
    authority_key: &str,
    names: &[String],
) -> Result<Certificates, Error> {
    let issuer = Issuer::from_ca_cert_pem(authority, KeyPair::from_pem(authority_key)?)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = called(cluster.name());
    params.subject_alt_names = names
        .iter()
        .map(|name| alternative(name))
        .collect::<Result<_, _>>()?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    valid_for(&mut params, CERTIFICATE_DAYS);
    Ok(Certificates {
        certificate: params.signed_by(&key, &issuer)?.pem(),
        key: key.serialize_pem(),
        authority: authority.into(),
        authority_key: authority_key.into(),
    })
}

fn called(name: &str) -> DistinguishedName {
    let mut called = DistinguishedName::new();
    called.push(DnType::CommonName, name);
    called
}

fn alternative(name: &str) -> Result<SanType, Error> {
    Ok(match name.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(name.try_into()?),
    })
}

fn valid_for(params: &mut CertificateParams, days: u32) {
    let now = SystemTime::now();
    params.not_before = (now - CLOCK_SKEW).into();
    params.not_after = (now + DAY * days).into();
}

/// The Secrets with them, under the names by which the cluster refers to them: what pods mount, and the authority's key,
/// by which the certificate can be renewed.
pub fn secrets(cluster: &Cluster, certificates: &Certificates) -> [corev1::Secret; 2] {
    let Certificates {
        authority,
        authority_key,
        certificate,
        key,
    } = certificates.clone();
    let shown = BTreeMap::from([
        (names::CERTIFICATE_FILE.to_owned(), certificate),
        (names::CERTIFICATE_KEY_FILE.to_owned(), key),
        (names::AUTHORITY_FILE.to_owned(), authority.clone()),
    ]);
    let kept = BTreeMap::from([
        (names::AUTHORITY_FILE.to_owned(), authority),
        (names::AUTHORITY_KEY_FILE.to_owned(), authority_key),
    ]);
    [
        secret(cluster, cluster.tls_secret(), "kubernetes.io/tls", shown),
        secret(cluster, cluster.authority_secret(), "Opaque", kept),
    ]
}

fn secret(
    cluster: &Cluster,
    name: String,
    kind: &str,
    files: BTreeMap<String, String>,
) -> corev1::Secret {
    corev1::Secret {
        metadata: k8s::meta(cluster, name, names::SERVER),
        type_: Some(kind.into()),
        string_data: Some(files),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{spec, topology, validate};

    fn cluster() -> Cluster {
        let source = spec::Source {
            name: "spec",
            text: "{name: shop, topology: streaming}",
            folder: None,
        };
        validate::read(&source).unwrap().remove(0)
    }

    #[test]
    fn names_are_those_of_every_service_and_member() {
        let around = Surroundings {
            namespace: Some("db".into()),
            name_prefix: "test-".into(),
            hosts: vec!["10.0.0.7".into()],
            ..Surroundings::default()
        };
        let cluster = cluster();
        let services = topology::layout(&cluster).services;
        let names = server_names(&cluster, &services, &around);
        for name in [
            "test-shop-primary",
            "test-shop-standby.db",
            "test-shop-pgpool.db.svc",
            "*.test-shop-members.db.svc.cluster.local",
            "*.test-shop-members",
            "10.0.0.7",
            "localhost",
        ] {
            assert!(names.iter().any(|one| one == name), "{name} in {names:?}");
        }
        let inside = server_names(&cluster, &services, &Surroundings::default());
        assert!(
            !inside.iter().any(|name| name.contains("svc")),
            "{inside:?}"
        );
    }

    #[test]
    fn a_renewed_certificate_is_another_by_the_same_authority() {
        let names = ["shop-primary".to_owned(), "::1".to_owned()];
        let first = issue(&cluster(), &names).unwrap();
        let again = renew(&cluster(), &first.authority, &first.authority_key, &names).unwrap();
        assert_eq!(again.authority, first.authority);
        assert_ne!(again.certificate, first.certificate);
        assert_ne!(again.key, first.key);
        assert_eq!(format!("{again:?}"), "Certificates(hidden)");
    }

    #[test]
    fn a_name_with_letters_that_no_certificate_holds_is_refused() {
        assert!(issue(&cluster(), &["größe".into()]).is_err());
    }
}
