//! The certificate: what a member was given, and what clients expect of it.

use crate::cluster::Cluster;
use crate::secrets::certificate;
use crate::spec::TlsMode;
use crate::status::facts::{Certificate, Encryption, Renewal};
use crate::topology;

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
    let layout = topology::layout(cluster);
    let mut services = vec![layout.services.write.clone(), layout.services.read.clone()];
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
    let members = layout.pods().into_iter().map(|pod| vec![layout.host(&pod)]);
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
        let cluster = crate::validate::read(&source).unwrap().remove(0);
        let around = certificate::Surroundings::default();
        let services = topology::layout(&cluster).services;
        let names = certificate::server_names(&cluster, &services, &around);
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

    /// Standbys come to the member that leads, whichever it is: its name is among those that the certificate needs.
    #[test]
    fn each_member_is_a_door_once_whoever_leads() {
        for leader in ["shop-primary-0", "shop-standby-0"] {
            let source = crate::spec::Source {
                name: "spec",
                text: &format!("{{name: shop, topology: streaming, primary: {leader}}}"),
                folder: None,
            };
            let cluster = crate::validate::read(&source).unwrap().remove(0);
            let doors = expected(&cluster, "db").unwrap().doors;
            let members = ["primary-0", "standby-0", "standby-1"];
            let members = members.map(|member| vec![format!("shop-{member}.shop-members")]);
            assert_eq!(doors[2..], members, "{leader}");
        }
    }
}
