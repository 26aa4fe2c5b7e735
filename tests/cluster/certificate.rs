//! What is found of certificates that were made up.

use pgherd::status::{Certificate, Encryption, Facts, Id, Renewal, Severity, judge};

use crate::shop::{FIRST, PRIMARY, well};

fn certificate(facts: &mut Facts, member: usize) -> &mut Certificate {
    facts.members[member].certificate.as_mut().expect("one")
}

fn encryption_of(facts: &mut Facts) -> &mut Encryption {
    facts.encryption.as_mut().expect("encrypted")
}

/// The only finding once every member's certificate was changed.
fn found(change: impl Fn(&mut Certificate)) -> Option<(Id, Severity)> {
    let mut facts = well();
    for member in 0..facts.members.len() {
        change(certificate(&mut facts, member));
    }
    let findings = judge(&facts);
    assert!(findings.len() <= 1, "{findings:?}");
    findings.first().map(|found| (found.id, found.severity))
}

#[test]
fn it_ends_within_fourteen_days_or_has_ended() {
    let ending = |time: &str| found(|given| given.expires = time.parse().expect("a time"));
    assert_eq!(ending("2026-03-15T12:00:00Z"), None);
    let soon = Some((Id::CertificateExpiring, Severity::Warning));
    assert_eq!(ending("2026-03-15T11:59:59Z"), soon);
    assert_eq!(ending("2026-03-01T12:00:00Z"), soon);
    let over = Some((Id::CertificateExpired, Severity::Critical));
    assert_eq!(ending("2026-03-01T11:59:59Z"), over);
}

#[test]
fn it_is_of_another_authority_or_lacks_a_name() {
    assert_eq!(
        found(|given| given.is_of_authority = false),
        Some((Id::CertificateNotOfAuthority, Severity::Critical))
    );
    let lacking = Some((Id::CertificateNamesMissing, Severity::Warning));
    assert_eq!(found(|given| drop(given.names.remove(0))), lacking);
    assert_eq!(found(|given| drop(given.names.remove(1))), lacking);
    // One of a Service's names is enough, and a star stands for one part.
    let other = ["shop-primary.store.svc", "*.shop-members"];
    assert_eq!(
        found(|given| given.names = other.map(str::to_owned).into()),
        None
    );
    let deep = ["shop-primary", "*.store"];
    assert_eq!(
        found(|given| given.names = deep.map(str::to_owned).into()),
        lacking
    );
}

#[test]
fn the_command_is_of_who_renews_it_and_nothing_is_expected_without_encryption() {
    let mut facts = well();
    certificate(&mut facts, FIRST).is_of_authority = false;
    let findings = judge(&facts);
    assert!(
        findings[0]
            .command
            .starts_with("pgherd rotate certificate -f")
    );
    assert!(
        findings[0].seen.ends_with("on shop-standby-0"),
        "{}",
        findings[0].seen
    );
    encryption_of(&mut facts).renewal = Renewal::User;
    assert!(judge(&facts)[0].command.ends_with("get secret shop-tls"));
    encryption_of(&mut facts).renewal = Renewal::CertManager;
    assert!(
        judge(&facts)[0]
            .command
            .ends_with("describe certificate shop-tls")
    );
    facts.encryption = None;
    certificate(&mut facts, PRIMARY).names.clear();
    assert!(judge(&facts).is_empty());
}
