//! Golden tables of broken clusters, beside this file, and the same as pictures, which docs/status.md shows.
//! `INSTA_UPDATE=always cargo test --test status` writes both anew: read the diff, look at the pictures.

use std::fs;
use std::path::Path;

use anstyle_svg::Term;
use pgherd::status::{Answer, Facts, Role, Slot, Stage, coloured, judge, table};

use crate::shop::{FIRST, PRIMARY, SECOND, away, disconnect, pod, server, unserve, well};
use crate::widths::fits;

fn shown(name: &str, facts: &Facts) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/tables"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let text = table(facts, &judge(facts), Some(100));
    fits(facts);
    pictured(name, &text);
    settings.bind(|| insta::assert_binary_snapshot!(&format!("{name}.txt"), text.into_bytes()));
}

/// The table as a terminal shows it.
fn pictured(name: &str, text: &str) {
    console::set_colors_enabled(true);
    let picture = Term::new().render_svg(coloured(text).trim_end());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/status/{name}.svg"));
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&file, &picture).expect("a picture");
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == picture, "{} is not as it was", file.display());
}

#[test]
fn well_and_with_lag() {
    let mut facts = well();
    let sender = &mut server(&mut facts, PRIMARY).senders[1];
    (sender.lag_bytes, sender.lag_seconds) = (Some(3 << 20), Some(0.42));
    shown("well", &facts);
}

#[test]
fn the_primary_is_scaled_to_nothing() {
    let mut facts = well();
    away(&mut facts, PRIMARY, 0);
    for member in [FIRST, SECOND] {
        server(&mut facts, member).receiver = None;
    }
    shown("no-primary", &facts);
}

#[test]
fn two_members_take_writes() {
    let mut facts = well();
    disconnect(&mut facts, SECOND);
    let promoted = server(&mut facts, SECOND);
    promoted.in_recovery = false;
    promoted.timeline = 2;
    shown("two-primaries", &facts);
}

#[test]
fn a_standby_lost_its_slot_and_another_crashes() {
    let mut facts = well();
    disconnect(&mut facts, FIRST);
    server(&mut facts, PRIMARY).slots[0].wal_status = Some("lost".into());
    away(&mut facts, SECOND, 2);
    facts.members[SECOND].pod = Some(pod(Stage::Crashing {
        container: "postgres".into(),
        end: "ended with code 1; started again 4 times".into(),
        runs_again: true,
        last_words: Some(
            "the primary's system identifier is 7430001, this member's 7100002: another cluster. Nothing was changed; \
             delete this member's volume if its data is not needed"
                .into(),
        ),
    }));
    shown("lost-and-crashing", &facts);
}

#[test]
fn a_service_lost_its_selector_and_a_tool_left_its_slot() {
    let mut facts = well();
    let live = facts.services[2].live.as_mut().expect("it is there");
    live.selector.clear();
    server(&mut facts, PRIMARY).slots.push(Slot {
        name: "debezium".into(),
        kind: "logical".into(),
        wal_status: Some("extended".into()),
        kept_bytes: Some(3 << 30),
        inactive_since: Some("2026-02-01T00:00:00Z".into()),
        ..Slot::default()
    });
    shown("selector-and-slot", &facts);
}

#[test]
fn the_certificate_ends_soon_and_a_standby_has_another() {
    let mut facts = well();
    for member in &mut facts.members {
        let given = member.certificate.as_mut().expect("a certificate");
        given.expires = "2026-03-10T12:00:00Z".parse().expect("a time");
    }
    let strange = facts.members[SECOND].certificate.as_mut().expect("one");
    strange.is_of_authority = false;
    strange.names = vec!["shop-primary".into()];
    strange.expires = "2026-02-28T00:00:00Z".parse().expect("a time");
    shown("certificate", &facts);
}

#[test]
fn with_few_rights_and_a_pod_too_many() {
    let mut facts = well();
    facts.members[PRIMARY].answer =
        Answer::NotAsked("in pod shop-primary-0: failed to switch protocol: 403 Forbidden".into());
    facts.members[SECOND].role = Role::Unexpected;
    facts.members[FIRST].pod = Some(pod(Stage::Unscheduled(
        "0/3 nodes are available: 3 Insufficient memory".into(),
    )));
    facts.members[FIRST].answer = Answer::NotRunning;
    unserve(&mut facts, "shop-standby-0");
    facts
        .unseen
        .push("Secret/shop-credentials: secrets \"shop-credentials\" is forbidden".into());
    shown("few-rights", &facts);
}
