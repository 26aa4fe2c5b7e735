//! The certificate: what a member was given, and what clients expect of it.

use crate::certificate;
use crate::cluster::Cluster;
use crate::spec::TlsMode;
use crate::status::facts::{Certificate, Encryption, Renewal};

/// Reads the two lines of look.sh about the certificate and its authority.
pub(super) fn certificate(shown: &str, authority: &str) -> Option<Certificate> {
    let shown = shown.strip_prefix("tls.crt ")?.replace('|', "\n");
    let authority = authority.strip_prefix("ca.crt ")?.replace('|', "\n");
    let read = certificate::read(&shown)?;
    Some(Certificate {
        expires: read.expires,
        names: read.names,
        is_of_authority: certificate::is_signed_by(&shown, &authority),
    })
}

/// What clients of a cluster expect; none where nothing is encrypted.
pub(super) fn expected(cluster: &Cluster, namespace: &str) -> Option<Encryption> {
    let tls = &cluster.spec.tls;
    let renewal = match (tls.mode, &tls.existing_secret) {
        (TlsMode::CertManager, _) => Renewal::CertManager,
        (_, Some(_)) => Renewal::User,
        (_, None) => Renewal::Pgherd,
    };
    cluster.is_encrypted().then(|| Encryption {
        secret: cluster.tls_secret(),
        renewal,
        doors: doors(cluster, namespace),
    })
}

/// Each Service by its names, and each member by the one by which standbys come.
fn doors(cluster: &Cluster, namespace: &str) -> Vec<Vec<String>> {
    let mut services = vec![cluster.primary(), cluster.standby()];
    services.extend(cluster.pgpool().map(|_| cluster.pgpool_name()));
    let names = |service: String| {
        let inside = format!("{service}.{namespace}");
        vec![
            format!("{inside}.svc"),
            format!("{inside}.svc.cluster.local"),
            inside,
            service,
        ]
    };
    let mut members = vec![format!("{}-0", cluster.primary())];
    members.extend(cluster.standby_pods());
    let members = members.into_iter();
    let members = members.map(|pod| vec![format!("{pod}.{}", cluster.members_service())]);
    services.into_iter().map(names).chain(members).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_of_keygen_is_read_and_has_a_name_for_every_door() {
        let source = crate::spec::Source {
            name: "spec",
            text: "{name: shop, topology: streaming}",
            folder: None,
        };
        let cluster = crate::spec::read(&source).unwrap().remove(0);
        let names = certificate::server_names(&cluster, &certificate::Surroundings::default());
        let made = certificate::issue(&cluster, &names).unwrap();
        let line = |file: &str, text: &str| format!("{file} {}", text.replace('\n', "|"));
        let shown = line("tls.crt", &made.certificate);
        let seen = certificate(&shown, &line("ca.crt", &made.authority)).unwrap();
        assert!(seen.is_of_authority);
        let other = certificate::issue(&cluster, &names).unwrap();
        let foreign = certificate(&shown, &line("ca.crt", &other.authority)).unwrap();
        assert!(!foreign.is_of_authority);
        assert_eq!(certificate("tls.crt ", "ca.crt "), None);
        let expected = expected(&cluster, "db").unwrap();
        assert_eq!(expected.doors.len(), 5);
        assert!(expected.doors[0].contains(&"shop-primary.db.svc".to_owned()));
        for door in &expected.doors {
            let known = |name: &String| certificate::covers(&seen.names, name);
            assert!(door.iter().any(known), "{door:?}");
        }
    }
}
