//! What is found in facts that were made up: the cause, and not what follows from it.

use pgherd::spec::Durability;
use pgherd::status::{
    Answer, Copy, Disk, Facts, Finding, Id, Located, Pooler, Presence, Purpose, Renewal, Role,
    Severity, Slot, Stage, is_wrong, judge,
};

use crate::shop::{FIRST, PRIMARY, SECOND, away, disconnect, pod, server, unserve, well};

/// The ids of what is found once something was done to a cluster that is well.
fn found(breaking: impl Fn(&mut Facts)) -> Vec<Id> {
    let mut facts = well();
    breaking(&mut facts);
    judged(&facts).iter().map(|finding| finding.id).collect()
}

/// What is found, which is the same where the cluster runs as processes; and what is to be done there is of use there.
fn judged(facts: &Facts) -> Vec<Finding> {
    let findings = judge(facts);
    let mut as_processes = facts.clone();
    as_processes.commands.located = Located::Processes {
        folder: "/tmp/a place".into(),
        namespace: "store".into(),
    };
    let there = judge(&as_processes);
    assert_eq!(there.len(), findings.len());
    for (one, other) in there.iter().zip(&findings) {
        assert_eq!((one.id, &one.subject), (other.id, &other.subject));
        assert!(!one.command.is_empty(), "{one:?}");
        let text = format!("{} {}", one.advice, one.command);
        for word in [
            "kubectl",
            "pgherd apply",
            "applied",
            "apply it",
            "--context",
            "kubelet",
            "cert-manager",
            "node ",
            "events",
            "claim",
        ] {
            assert!(!text.contains(word), "{word}: {one:?}");
        }
        let is_there = one.command.contains("'/tmp/a place");
        assert!(
            is_there || one.command.contains("--on processes"),
            "{one:?}"
        );
    }
    findings
}

fn crashing() -> Stage {
    Stage::Crashing {
        container: "postgres".into(),
        end: "ended with code 1".into(),
        runs_again: true,
        last_words: Some("refusing to make a new cluster".into()),
    }
}

#[test]
fn nothing_is_wrong_with_a_cluster_that_is_well() {
    assert_eq!(found(|_| {}), []);
}

#[test]
fn objects() {
    let missing =
        |facts: &mut Facts, index: usize| facts.objects[index].presence = Presence::Missing;
    assert_eq!(found(|facts| missing(facts, 0)), [Id::SecretMissing]);
    assert_eq!(found(|facts| missing(facts, 2)), [Id::ObjectMissing]);
    let mut facts = well();
    missing(&mut facts, 3);
    for (renewal, advice) in [
        (
            Renewal::Pgherd,
            "pgherd keygen -f shop.yaml -n store | kubectl --context kind-lab -n store create -f -",
        ),
        (Renewal::User, "put back the one that you made"),
        (Renewal::CertManager, "cert-manager makes it"),
    ] {
        facts.encryption.as_mut().expect("TLS").renewal = renewal;
        let findings = judged(&facts);
        assert_eq!(findings[0].id, Id::SecretMissing);
        assert_eq!(findings[0].subject, "Secret/shop-tls");
        assert!(findings[0].wrong.contains("certificate"), "{findings:?}");
        assert!(findings[0].advice.contains(advice), "{findings:?}");
    }
    let nothing = found(|facts| {
        (0..3).for_each(|index| missing(facts, index));
        facts
            .members
            .iter_mut()
            .for_each(|member| member.pod = None);
        facts.services.clear();
    });
    assert_eq!(nothing, [Id::NothingApplied]);
    let failed = found(|facts| {
        facts
            .failed_jobs
            .push(("shop-sync-0".into(), "failed".into()));
    });
    assert_eq!(failed, [Id::JobFailed]);
    let told = found(|facts| facts.leader_by_spec = "shop-standby-0".into());
    assert_eq!(told, [Id::LeaderDiffers]);
}

#[test]
fn a_primary_that_is_away_is_told_once() {
    assert_eq!(found(|facts| away(facts, PRIMARY, 0)), [Id::PodMissing]);
    let mut facts = well();
    away(&mut facts, PRIMARY, 0);
    let findings = judged(&facts);
    assert_eq!(findings[0].severity, Severity::Critical);
    assert!(
        findings[0]
            .command
            .ends_with("scale statefulset shop-primary --replicas=1")
    );
}

#[test]
fn stages_of_pods() {
    let stage = |stage: Stage| {
        found(move |facts| {
            facts.members[PRIMARY].pod = Some(pod(stage.clone()));
            facts.members[PRIMARY].answer = Answer::NotRunning;
            unserve(facts, "shop-primary-0");
        })
    };
    assert_eq!(
        stage(Stage::Unscheduled("no room".into())),
        [Id::PodPending]
    );
    assert_eq!(stage(Stage::Waiting("no image".into())), [Id::PodPending]);
    assert_eq!(stage(crashing()), [Id::PodCrashLooping]);
    assert_eq!(stage(Stage::Ending), [Id::PodEnding]);
    assert_eq!(stage(Stage::Ended("evicted".into())), [Id::PodEnding]);
    let unready = found(|facts| {
        facts.members[FIRST].pod = Some(pod(Stage::NotReady));
        unserve(facts, "shop-standby-0");
    });
    assert_eq!(unready, [Id::PodNotReady]);
}

#[test]
fn a_primary_that_lost_its_volume_names_the_promotion() {
    let words = "pgherd: refusing to make a new cluster: shop-standby-0 has data. Promote a standby (pgherd promote), \
                 or restore the volume; nothing was changed";
    let mut facts = well();
    facts.members[PRIMARY].pod = Some(pod(Stage::Crashing {
        container: "postgres".into(),
        end: "ended with code 1".into(),
        runs_again: true,
        last_words: Some(words.into()),
    }));
    facts.members[PRIMARY].answer = Answer::NotRunning;
    let command = &judge(&facts)[0].command;
    assert!(
        command.starts_with("pgherd promote -f shop.yaml"),
        "{command}"
    );
}

#[test]
fn servers_that_do_not_answer() {
    let silent = |member: usize| {
        found(move |facts| {
            facts.members[member].answer = Answer::Silent("no such socket".into());
        })
    };
    assert_eq!(silent(PRIMARY), [Id::PrimaryNotAnswering]);
    assert_eq!(silent(FIRST), [Id::StandbyNotAnswering]);
    let forbidden = found(|facts| {
        for member in &mut facts.members {
            member.answer = Answer::NotAsked("403".into());
        }
    });
    assert_eq!(forbidden, [Id::ServerNotAsked; 3]);
}

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

#[test]
fn services() {
    let service = |change: fn(&mut pgherd::status::LiveService)| {
        found(|facts| {
            let service = &mut facts.services[1];
            assert_eq!(service.purpose, Purpose::Writing);
            change(service.live.as_mut().expect("it is there"));
        })
    };
    assert_eq!(
        service(|live| live.selector.clear()),
        [Id::ServiceSelectorDiffers]
    );
    assert_eq!(service(|live| live.pods.clear()), [Id::ServiceWithoutPod]);
    assert_eq!(
        service(|live| live.pods.push("shop-standby-0".into())),
        [Id::ServiceWrongPod]
    );
    assert_eq!(
        service(|live| live.awaits_address = true),
        [Id::ServiceWithoutAddress]
    );
}

#[test]
fn poolers() {
    let pooler = |ready: usize| {
        let mut facts = well();
        let stages = [Stage::Ready, Stage::Ready].into_iter().take(ready);
        let stages = stages.chain(std::iter::repeat(Stage::Waiting("no image".into())));
        facts.pooler = Some(Pooler {
            name: "shop-pgpool".into(),
            wanted: 2,
            pods: stages
                .take(2)
                .enumerate()
                .map(|(index, stage)| (format!("shop-pgpool-{index}"), pod(stage)))
                .collect(),
        });
        judged(&facts)
            .first()
            .map(|finding| (finding.id, finding.severity))
    };
    assert_eq!(pooler(2), None);
    assert_eq!(pooler(1), Some((Id::PoolerNotReady, Severity::Warning)));
    assert_eq!(pooler(0), Some((Id::PoolerNotReady, Severity::Critical)));
}

#[test]
fn what_could_not_be_seen_is_told_and_is_not_wrong() {
    let mut facts = well();
    facts
        .unseen
        .push("Secret/shop-credentials: forbidden".into());
    let findings = judged(&facts);
    assert_eq!(findings[0].id, Id::NotSeen);
    assert!(!is_wrong(&findings));
}

#[test]
fn exporters_without_a_password() {
    let without = |facts: &mut Facts| facts.members[FIRST].has_metrics_password = Some(false);
    assert_eq!(found(without), [Id::MetricsWithoutPassword]);
    let mut facts = well();
    without(&mut facts);
    let finding = &judged(&facts)[0];
    assert!(finding.seen.ends_with("of shop-standby-0"), "{finding:?}");
    assert!(
        finding.command.starts_with("pgherd rotate passwords -f"),
        "{finding:?}"
    );
    facts.metrics_secret = None;
    assert!(judged(&facts).is_empty());
    let unseen = |facts: &mut Facts| facts.members[FIRST].has_metrics_password = None;
    assert_eq!(found(unseen), []);
}
