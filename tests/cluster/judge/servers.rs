//! What is found between the primary and its standbys, and in a server.

use super::*;

#[test]
fn who_leads() {
    let two = found(|facts| {
        disconnect(facts, FIRST);
        let promoted = server(facts, FIRST);
        promoted.in_recovery = false;
        promoted.timeline = 2;
    });
    assert_eq!(two, [Id::TwoPrimaries]);
    let none = found(|facts| server(facts, PRIMARY).in_recovery = true);
    assert_eq!(none, [Id::PrimaryInRecovery]);
    let next = |facts: &Facts| {
        let findings = judge(facts);
        let found = findings.iter().find(|one| one.id == Id::PrimaryInRecovery);
        found.expect("it is found").command.clone()
    };
    // No move was begun: the one that has to lead is a standby.
    let mut facts = well();
    server(&mut facts, PRIMARY).in_recovery = true;
    assert!(next(&facts).starts_with("pgherd promote"));
    // One was, and was cut off before it stopped the primary.
    let mut begun = well();
    begun.members[PRIMARY].role = Role::Follows;
    begun.members[FIRST].role = Role::Leads;
    assert!(next(&begun).starts_with("pgherd switchover"));
    // The same, and the primary is stopped.
    begun.members[PRIMARY].answer = Answer::NotRunning;
    assert!(next(&begun).starts_with("pgherd switchover"));
    begun.members[PRIMARY].has_data = Some(false);
    assert!(next(&begun).starts_with("pgherd promote"));
    let stranger = found(|facts| facts.members[SECOND].role = Role::Unexpected);
    // Its slot is no member's that is wanted, but it is in use.
    assert_eq!(stranger, [Id::MemberUnexpected]);
}

#[test]
fn standbys() {
    let first = |change: fn(&mut Facts)| found(change);
    assert_eq!(
        first(|facts| disconnect(facts, FIRST)),
        [Id::StandbyNotStreaming, Id::SlotInactive]
    );
    assert_eq!(
        first(|facts| server(facts, FIRST).system_identifier = "1".into()),
        [Id::SystemIdentifierDiffers]
    );
    assert_eq!(
        first(|facts| server(facts, FIRST).timeline = 2),
        [Id::StandbyTimelineDiffers]
    );
    assert_eq!(
        first(|facts| server(facts, FIRST).paused = true),
        [Id::StandbyPaused]
    );
    let copying = first(|facts| {
        away(facts, FIRST, 2);
        facts.members[FIRST].pod = Some(pod(Stage::NotReady));
        facts.members[FIRST].answer = Answer::Silent("no such socket".into());
        let leading = server(facts, PRIMARY);
        leading.slots[0].active = true;
        leading.copies.push(Copy {
            name: "shop-standby-0".into(),
            phase: "streaming database files".into(),
            bytes: Some(1 << 20),
            of_bytes: Some(8 << 20),
        });
    });
    assert_eq!(copying, [Id::StandbyCopying]);
}

#[test]
fn lag_is_told_above_a_bound_only() {
    let behind = |bytes: i64, seconds: f64| {
        found(move |facts| {
            let sender = &mut server(facts, PRIMARY).senders[0];
            (sender.lag_bytes, sender.lag_seconds) = (Some(bytes), Some(seconds));
        })
    };
    assert_eq!(behind(1 << 20, 29.0), []);
    assert_eq!(behind(1 << 20, 31.0), [Id::StandbyLagging]);
    assert_eq!(behind(300 << 20, 1.0), [Id::StandbyLagging]);
}

#[test]
fn slots() {
    let slot =
        |change: fn(&mut Vec<Slot>)| found(|facts| change(&mut server(facts, PRIMARY).slots));
    assert_eq!(slot(|slots| drop(slots.remove(0))), [Id::SlotMissing]);
    assert_eq!(
        slot(|slots| slots[0].wal_status = Some("lost".into())),
        [Id::SlotLost]
    );
    assert_eq!(
        slot(|slots| slots[0].safe_bytes = Some(40 << 20)),
        [Id::SlotNearlyLost]
    );
    assert_eq!(
        slot(|slots| slots[0].wal_status = Some("unreserved".into())),
        [Id::SlotNearlyLost]
    );
    let other = |active: bool| {
        found(move |facts| {
            let tool = Slot {
                name: "tool".into(),
                active,
                ..Slot::default()
            };
            server(facts, PRIMARY).slots.push(tool);
        })
    };
    assert_eq!(other(false), [Id::SlotUnused]);
    assert_eq!(other(true), []);
}

#[test]
fn what_the_primary_says_of_itself() {
    assert_eq!(
        found(|facts| server(facts, PRIMARY).waiting_commits = 2),
        [Id::CommitsWaiting]
    );
    let waiting = |told: Durability, names: &str| {
        found(|facts| {
            facts.durability = Some(told);
            server(facts, PRIMARY).sync_names = names.into();
        })
    };
    for (told, names) in [
        (Durability::Async, ""),
        (Durability::Sync, "FIRST 1 (\"shop-standby-0\")"),
        (Durability::Quorum, "ANY 1 (\"shop-standby-0\")"),
    ] {
        assert_eq!(waiting(told, names), [], "{told:?}");
    }
    for (told, names) in [
        (Durability::Async, "ANY 1 (\"shop-standby-0\")"),
        (Durability::Sync, ""),
        (Durability::Sync, "ANY 1 (\"shop-standby-0\")"),
        (Durability::Quorum, "*"),
        (Durability::Quorum, "ANY 1 (*)"),
    ] {
        assert_eq!(waiting(told, names), [Id::DurabilityDiffers], "{told:?}");
    }
    let taken = |told: Durability, setting: &str| {
        found(|facts| {
            facts.durability = Some(told);
            let names = if told == Durability::Async {
                ""
            } else {
                "FIRST 1 (\"shop-standby-0\")"
            };
            server(facts, PRIMARY).sync_names = names.into();
            server(facts, PRIMARY).taken = vec![Taken {
                setting: setting.into(),
                by: Some("role reports".into()),
            }];
        })
    };
    assert_eq!(taken(Durability::Async, "synchronous_commit = off"), []);
    for (told, setting) in [
        (Durability::Sync, "synchronous_commit = off"),
        (Durability::Async, "fsync = off"),
        (Durability::Async, "default_transaction_read_only = on"),
    ] {
        assert_eq!(taken(told, setting), [Id::SettingUnsafe], "{setting}");
    }
    assert_eq!(
        found(|facts| server(facts, PRIMARY).archiving_fails = true),
        [Id::ArchivingFailing]
    );
}

#[test]
fn volumes() {
    let full = |used: u64| {
        let mut facts = well();
        facts.members[FIRST].disk = Some(Disk {
            size: 100,
            used,
            free: 100 - used,
        });
        judged(&facts)
            .first()
            .map(|finding| (finding.id, finding.severity))
    };
    assert_eq!(full(80), None);
    assert_eq!(full(81), Some((Id::VolumeNearlyFull, Severity::Warning)));
    assert_eq!(full(96), Some((Id::VolumeNearlyFull, Severity::Critical)));
}
