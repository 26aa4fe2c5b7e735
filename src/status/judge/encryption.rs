//! The certificate: whether it is valid, for how long, of whom, and for which names.

use crate::secrets::certificate::covers;
use crate::status::facts::{Certificate, Encryption, Facts, Renewal};
use crate::status::finding::{Finding, Id, Severity};

/// Days before its end from which on it is told.
const SOON_DAYS: i64 = 14;

/// What is wrong with the certificate that members were given; each thing once, with the members that it is seen on.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let Some(encryption) = &facts.encryption else {
        return Vec::new();
    };
    let days = |given: &Certificate| given.days_left(facts.at);
    let ends = |given: &Certificate| format!("valid until {}", given.expires);
    let findings = [
        found(facts, encryption, Id::CertificateExpired, |given| {
            (days(given) < 0).then(|| ends(given))
        }),
        found(facts, encryption, Id::CertificateExpiring, |given| {
            (0..SOON_DAYS).contains(&days(given)).then(|| ends(given))
        }),
        found(facts, encryption, Id::CertificateNotOfAuthority, |given| {
            (!given.is_of_authority).then(|| "not signed by the authority in ca.crt".into())
        }),
        found(facts, encryption, Id::CertificateNamesMissing, |given| {
            let unknown = unknown_doors(encryption, given);
            (!unknown.is_empty()).then(|| format!("no name for {}", unknown.join(", ")))
        }),
    ];
    findings.into_iter().flatten().collect()
}

/// Where clients come in by no name of the certificate.
fn unknown_doors<'a>(encryption: &'a Encryption, given: &Certificate) -> Vec<&'a str> {
    let doors = encryption.doors.iter();
    let unknown = doors.filter(|door| !door.iter().any(|name| covers(&given.names, name)));
    unknown
        .filter_map(|door| door.first())
        .map(String::as_str)
        .collect()
}

fn found(
    facts: &Facts,
    encryption: &Encryption,
    id: Id,
    problem: impl Fn(&Certificate) -> Option<String>,
) -> Option<Finding> {
    let mut seen: Vec<(String, Vec<&str>)> = Vec::new();
    for member in &facts.members {
        let Some(words) = member.certificate.as_ref().and_then(&problem) else {
            continue;
        };
        match seen.iter_mut().find(|(known, _)| *known == words) {
            Some((_, members)) => members.push(&member.name),
            None => seen.push((words, vec![&member.name])),
        }
    }
    let seen: Vec<String> = seen
        .iter()
        .map(|(words, members)| format!("{words}, on {}", members.join(", ")))
        .collect();
    (!seen.is_empty()).then(|| Finding {
        id,
        severity: severity(id),
        subject: format!("Secret/{}", encryption.secret),
        wrong: wrong(id).into(),
        seen: seen.join("; "),
        advice: advice(encryption.renewal).into(),
        command: command(facts, encryption),
    })
}

fn severity(id: Id) -> Severity {
    match id {
        Id::CertificateExpired | Id::CertificateNotOfAuthority => Severity::Critical,
        _ => Severity::Warning,
    }
}

fn wrong(id: Id) -> &'static str {
    match id {
        Id::CertificateExpired => {
            "the certificate is no longer valid: standbys, and clients that check it, are refused"
        }
        Id::CertificateExpiring => "the certificate ends to be valid within 14 days",
        Id::CertificateNotOfAuthority => {
            "the certificate is of another authority than clients check it by: they refuse it"
        }
        _ => "the certificate lacks names: who comes by them, and checks, is refused",
    }
}

fn advice(renewal: Renewal) -> &'static str {
    match renewal {
        Renewal::Pgherd => "renew it: it gets every name of the spec, and no server restarts",
        Renewal::CertManager => {
            "cert-manager renews it by itself: what it says of the Certificate tells why it has not"
        }
        Renewal::User => {
            "put another into the Secret, with ca.crt of who signed it: servers take it without a restart"
        }
    }
}

fn command(facts: &Facts, encryption: &Encryption) -> String {
    match encryption.renewal {
        Renewal::Pgherd => facts.commands.pgherd("rotate certificate"),
        Renewal::CertManager => facts
            .commands
            .kubectl(&format!("describe certificate {}-tls", facts.cluster)),
        Renewal::User => {
            let secret = &encryption.secret;
            facts.commands.kubectl(&format!("get secret {secret}"))
        }
    }
}
