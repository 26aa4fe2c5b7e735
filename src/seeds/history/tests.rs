//! Histories that are judged: what each rule finds, and what it does not take for a fault.

use super::*;

fn key(number: u64) -> Key {
    ("w".into(), number)
}

/// A row that was acknowledged on a timeline within the second that ends then.
fn acked(number: u64, timeline: u32, ended: f64) -> Try {
    let server = "127.0.0.1".into();
    Try {
        key: key(number),
        began: ended - 1.0,
        ended,
        outcome: Outcome::Acknowledged {
            server,
            timeline,
            waits: true,
        },
    }
}

fn ended(number: u64, outcome: Outcome) -> Try {
    Try {
        outcome,
        ..acked(number, 1, 1.0)
    }
}

fn judged(history: &History, rows: &[u64]) -> Judgement {
    let rows = rows.iter().copied().map(key).collect();
    let differs = Vec::new();
    judge(history, &Found { rows, differs })
}

fn of(tries: Vec<Try>) -> History {
    History {
        tries,
        ..History::default()
    }
}

#[track_caller]
fn breaks(judgement: &Judgement, words: &str) {
    let [broken] = judgement.broken.as_slice() else {
        panic!("{judgement:?}")
    };
    assert!(broken.contains(words), "{broken}");
}

#[test]
fn a_row_that_was_acknowledged_and_is_gone_is_lost() {
    let history = of(vec![acked(1, 1, 1.0), acked(2, 1, 2.0)]);
    assert_eq!(judged(&history, &[1, 2]).broken, [""; 0]);
    breaks(
        &judged(&history, &[1]),
        "1 acknowledged rows are lost, from w/2",
    );
}

#[test]
fn what_nobody_promised_may_be_lost_by_a_promotion_alone() {
    let mut history = of(vec![acked(1, 1, 2.0)]);
    history.weak = vec![(0.0, 1.5)];
    breaks(&judged(&history, &[]), "are lost");
    history.promoted = vec![3.0];
    let judgement = judged(&history, &[]);
    assert_eq!((judgement.broken.len(), judgement.lost_unpromised), (0, 1));
    history.promoted = vec![0.5];
    breaks(&judged(&history, &[]), "are lost");
    history.weak = vec![(5.0, 6.0)];
    history.promoted = vec![3.0];
    breaks(&judged(&history, &[]), "are lost");
}

#[test]
fn an_unknown_end_is_either_way_and_a_refusal_is_not() {
    let unknown = of(vec![ended(1, Outcome::Unknown("reset".into()))]);
    assert_eq!(judged(&unknown, &[1]).recovered, 1);
    assert_eq!(judged(&unknown, &[]).broken, [""; 0]);
    let refused = of(vec![ended(1, Outcome::Refused("25006".into()))]);
    assert_eq!(judged(&refused, &[]).broken, [""; 0]);
    breaks(&judged(&refused, &[1]), "refused");
    breaks(&judged(&of(Vec::new()), &[9]), "nobody wrote");
}

#[test]
fn an_older_timeline_that_acknowledges_after_a_newer_is_a_second_primary() {
    let good = of(vec![acked(1, 1, 1.0), acked(2, 2, 3.0)]);
    assert_eq!(judged(&good, &[1, 2]).broken, [""; 0]);
    // It was sent before the newer one acknowledged anything.
    let close = of(vec![acked(1, 2, 3.0), acked(2, 1, 3.5)]);
    assert_eq!(judged(&close, &[1, 2]).broken, [""; 0]);
    let both = of(vec![acked(1, 2, 3.0), acked(2, 1, 4.5)]);
    breaks(&judged(&both, &[1, 2]), "two servers took writes");
}

#[test]
fn a_server_that_forgets_within_its_life_is_seen() {
    let read = |server: &str, rows: u64| Read {
        server: server.into(),
        rows,
        ended: 1.0,
    };
    let mut history = of(Vec::new());
    history.reads = vec![
        read("a since 1", 5),
        read("a since 2", 3),
        read("a since 1", 5),
    ];
    assert_eq!(judged(&history, &[]).broken, [""; 0]);
    history.reads.push(read("a since 2", 2));
    breaks(&judged(&history, &[]), "in one life");
}

#[test]
fn who_waits_for_no_standby_is_seen_where_the_spec_says_that_it_does() {
    let mut alone = acked(1, 1, 2.0);
    if let Outcome::Acknowledged { waits, .. } = &mut alone.outcome {
        *waits = false;
    }
    let mut history = of(vec![alone]);
    breaks(&judged(&history, &[1]), "waits for no standby");
    history.weak = vec![(0.0, f64::MAX)];
    assert_eq!(judged(&history, &[1]).broken, [""; 0]);
}
