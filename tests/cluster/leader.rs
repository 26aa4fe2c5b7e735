//! Who may take the lead, judged from clusters that never were. That it works is proven by `pgherd e2e --all`.

use pgherd::leader::{Begun, Left, Plan, loss, planned, unplanned};
use pgherd::spec::Durability;
use pgherd::status::{Answer, Facts, Role, Stage};

use crate::shop::{FIRST, PRIMARY, SECOND, away, disconnect, pod, server, well};

fn plan(from: &str, to: &str, follower: &str) -> Plan {
    Plan {
        from: from.into(),
        to: to.into(),
        followers: vec![follower.into()],
        away: Vec::new(),
        begun: Begun::No,
        told: from.into(),
    }
}

#[track_caller]
fn refused(plan: Result<Plan, Vec<String>>, words: &str) {
    let reasons = plan.expect_err(words).join("\n");
    assert!(reasons.contains(words), "{reasons}");
}

/// The cluster was told last that a member leads.
fn told(facts: &mut Facts, member: usize) {
    for (index, one) in facts.members.iter_mut().enumerate() {
        one.role = if index == member {
            Role::Leads
        } else {
            Role::Follows
        };
    }
}

#[test]
fn the_lead_goes_to_the_standby_that_is_asked_for_or_has_the_most() {
    let mut facts = well();
    let first = plan("shop-primary-0", "shop-standby-0", "shop-standby-1");
    assert_eq!(planned(&facts, None).unwrap(), first);
    let second = plan("shop-primary-0", "shop-standby-1", "shop-standby-0");
    assert_eq!(planned(&facts, Some("shop-standby-1")).unwrap(), second);
    server(&mut facts, PRIMARY).senders[0].lag_bytes = Some(4096);
    assert_eq!(planned(&facts, None).unwrap(), second);
    away(&mut facts, FIRST, 1);
    let alone = planned(&facts, None).unwrap();
    assert_eq!(
        (alone.followers.len(), alone.away.as_slice()),
        (0, ["shop-standby-0".to_owned()].as_slice())
    );
}

#[test]
fn a_switchover_that_would_lose_or_wait_is_refused() {
    refused(planned(&well(), Some("shop-primary-0")), "leads already");
    refused(
        planned(&well(), Some("shop-standby-7")),
        "whose members are shop-primary-0",
    );
    let to = Some("shop-standby-0");
    let mut facts = well();
    server(&mut facts, PRIMARY).senders[0].lag_bytes = Some(1 << 30);
    refused(planned(&facts, to), "bytes of WAL behind");
    let mut facts = well();
    disconnect(&mut facts, FIRST);
    refused(planned(&facts, to), "does not stream from shop-primary-0");
    disconnect(&mut facts, SECOND);
    refused(planned(&facts, None), "shop-standby-1 does not stream");
    let mut facts = well();
    server(&mut facts, FIRST).paused = true;
    refused(planned(&facts, to), "pg_wal_replay_resume");
    let mut facts = well();
    server(&mut facts, FIRST).timeline = 2;
    refused(planned(&facts, to), "timeline");
    let mut facts = well();
    server(&mut facts, SECOND).in_recovery = false;
    refused(planned(&facts, to), "two members take writes");
    let mut facts = well();
    away(&mut facts, PRIMARY, 1);
    refused(planned(&facts, to), "`pgherd promote`");
}

#[test]
fn a_spec_that_is_behind_is_told_and_a_move_that_was_cut_off_goes_on() {
    // Somebody else moved the lead.
    let mut facts = well();
    told(&mut facts, SECOND);
    server(&mut facts, PRIMARY).in_recovery = true;
    server(&mut facts, SECOND).in_recovery = false;
    refused(
        planned(&facts, Some("shop-standby-0")),
        "write `primary: shop-standby-1` into the spec",
    );
    // Or a move was cut off after its promotion: the rest is done, the old primary follows if it runs.
    let mut rest = plan("shop-primary-0", "shop-standby-1", "shop-standby-0");
    rest.begun = Begun::Promoted;
    rest.told = "shop-standby-1".into();
    rest.followers.push("shop-primary-0".into());
    for to in [None, Some("shop-standby-1")] {
        assert_eq!(planned(&facts, to).unwrap(), rest);
        assert_eq!(unplanned(&facts, to, &Left::default()).unwrap(), rest);
    }
    away(&mut facts, PRIMARY, 1);
    let lost = unplanned(&facts, None, &Left::default()).unwrap();
    assert_eq!(lost.away, ["shop-primary-0"]);
    // Named, and not yet promoted: the old primary still takes writes, or is stopped.
    let mut facts = well();
    told(&mut facts, SECOND);
    let mut begun = plan("shop-primary-0", "shop-standby-1", "shop-standby-0");
    begun.told = "shop-standby-1".into();
    assert_eq!(planned(&facts, None).unwrap(), begun);
    facts.members[PRIMARY].answer = Answer::Silent("no such file".into());
    let stopped = planned(&facts, None).unwrap();
    assert_eq!(
        stopped,
        Plan {
            begun: Begun::Stopped,
            ..begun
        }
    );
    // The other one may have been told to lead by now.
    refused(
        planned(&facts, Some("shop-standby-0")),
        "it goes on to shop-standby-1 alone",
    );
}

/// An order to lead stands until everything is replayed: of those that have the same, no other gets it.
#[test]
fn a_promotion_that_was_cut_off_goes_on_with_the_same_standby() {
    for named in [FIRST, SECOND] {
        let mut facts = well();
        away(&mut facts, PRIMARY, 1);
        told(&mut facts, named);
        let plan = unplanned(&facts, None, &Left::default()).unwrap();
        assert_eq!(plan.to, facts.members[named].name);
        assert_eq!(plan.told, plan.to);
    }
}

#[test]
fn a_standby_is_promoted_only_when_the_primary_cannot_live() {
    let none = Left::default();
    refused(
        unplanned(&well(), None, &none),
        "shop-primary-0 takes writes",
    );
    let mut facts = well();
    away(&mut facts, PRIMARY, 1);
    assert_eq!(unplanned(&facts, None, &none).unwrap().to, "shop-standby-1");
    for (stage, answer, lives) in [
        (Stage::NotReady, Answer::Silent("starting up".into()), true),
        (Stage::Ready, Answer::NotAsked("no route".into()), true),
        (Stage::Ending, Answer::NotRunning, true),
        (
            Stage::Crashing {
                container: "postgres".into(),
                end: "killed for want of memory".into(),
                runs_again: true,
                last_words: None,
            },
            Answer::Silent("the database system is starting up".into()),
            true,
        ),
        (
            Stage::Unscheduled("no node".into()),
            Answer::NotRunning,
            false,
        ),
        (Stage::Waiting("image".into()), Answer::NotRunning, false),
        (
            Stage::Crashing {
                container: "postgres".into(),
                end: "exit code 1".into(),
                runs_again: false,
                last_words: None,
            },
            Answer::NotRunning,
            false,
        ),
    ] {
        let words = format!("{stage:?} {answer:?}");
        facts.members[PRIMARY].pod = Some(pod(stage));
        facts.members[PRIMARY].answer = answer;
        let plan = unplanned(&facts, None, &none);
        assert_eq!(plan.is_err(), lives, "{words}: {plan:?}");
        let left = Left {
            stop_old_primary: true,
            ..Left::default()
        };
        assert!(unplanned(&facts, None, &left).is_ok(), "{words}");
    }
    facts.members[PRIMARY].pod = Some(pod(Stage::NotReady));
    facts.members[PRIMARY].answer = Answer::Silent("no such file".into());
    facts.members[PRIMARY].has_data = Some(false);
    assert!(
        unplanned(&facts, None, &none).is_ok(),
        "its volume is empty"
    );
    // The spec is behind: the one that led last may live.
    told(&mut facts, SECOND);
    facts.members[SECOND].answer = Answer::NotAsked("no route".into());
    refused(unplanned(&facts, None, &none), "shop-standby-1 led last");
}

#[test]
fn the_standby_that_has_the_most_is_promoted_and_no_other() {
    let none = Left::default();
    let mut facts = well();
    away(&mut facts, PRIMARY, 1);
    server(&mut facts, FIRST).received = Some(90_000_000);
    assert_eq!(unplanned(&facts, None, &none).unwrap().to, "shop-standby-0");
    refused(
        unplanned(&facts, Some("shop-standby-1"), &none),
        "6113920 more bytes of WAL than shop-standby-1",
    );
    // A later timeline counts for more than bytes.
    server(&mut facts, SECOND).timeline = 2;
    assert_eq!(unplanned(&facts, None, &none).unwrap().to, "shop-standby-1");
    refused(
        unplanned(&facts, Some("shop-primary-0"), &none),
        "no standby of this cluster",
    );
    // One that cannot be asked may have more.
    facts.members[FIRST].answer = Answer::Silent("no answer".into());
    refused(unplanned(&facts, None, &none), "--without shop-standby-0");
    let left = Left {
        out: vec!["shop-standby-0".into()],
        ..Left::default()
    };
    let plan = unplanned(&facts, None, &left).unwrap();
    assert_eq!((plan.to.as_str(), plan.away.len()), ("shop-standby-1", 1));
    for (durability, left, words) in [
        (Some(Durability::Async), &none, "not yet sent is lost"),
        (None, &none, "may be lost"),
        (
            Some(Durability::Quorum),
            &none,
            "Nothing that was acknowledged is lost",
        ),
        (
            Some(Durability::Sync),
            &left,
            "with the help of shop-standby-0 alone is lost",
        ),
    ] {
        facts.durability = durability;
        let told = loss(&facts, &plan, left).join("\n");
        assert!(told.contains(words), "{told}");
    }
}
