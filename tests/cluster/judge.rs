//! What is found in facts that were made up: the cause, and not what follows from it.

use pgherd::spec::Durability;
use pgherd::status::{
    Answer, Copy, Disk, Facts, Finding, Id, Located, Pooler, Presence, Purpose, Renewal, Role,
    Severity, Slot, Stage, Taken, is_wrong, judge,
};

use crate::shop::{FIRST, PRIMARY, SECOND, away, disconnect, pod, server, unserve, well};

mod around;
mod servers;

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
