//! What the readiness probe does besides answering.

use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use crate::{Ended, Lab};

/// The probe in a member that leads by the facts, and does.
fn probed(lab: &Lab) -> Ended {
    lab.write("cluster/primary", "standby-1\n");
    lab.write("container.log", "");
    for mounted in ["credentials", "cluster"] {
        symlink("now", lab.path(mounted).join("..data")).ok();
    }
    lab.write("sources", "now\nnow\n");
    lab.stub(
        "psql",
        r#"
case ${*: -1} in
*"then 'standby'"*) echo 'primary|not connected' ;;
*metrics.sql) echo asked >>"$LAB/role"; [ ! -e "$LAB/busy" ] ;;
*pg_drop_replication_slot*) printf '%s\n' "${*: -1}" >>"$LAB/dropped"; [ ! -e "$LAB/busy" ] ;;
*"select slot_name from"*) printf '%s\n' "${*: -1}" >"$LAB/asked"; [ ! -e "$LAB/mute" ] || exit 2; cat "$LAB/idle" 2>/dev/null || true ;;
*) exit 3 ;;
esac"#,
    );
    lab.script(&["ready.sh"])
}

/// Has a slot be unused for longer than a change of the facts may take.
fn age(lab: &Lab, slot: &str) {
    let file = lab.path("unused").join(slot);
    let seen = std::fs::File::options().write(true).open(file);
    let long_ago = SystemTime::now() - Duration::from_secs(600);
    let aged = seen.and_then(|file| file.set_modified(long_ago));
    aged.expect("the slot was seen");
}

#[test]
fn slots_of_members_that_are_gone_are_dropped_and_no_others() {
    let lab = Lab::new();
    lab.write("idle", "shop_standby_2\nshop_standby_3\n");
    probed(&lab).succeeds();
    // A member that is added may be ahead of what is known here.
    assert!(!lab.path("dropped").exists());
    age(&lab, "shop_standby_2");
    age(&lab, "shop_standby_3");
    lab.write("idle", "shop_standby_3\n");
    probed(&lab).succeeds();
    let dropped = lab.read("dropped");
    assert_eq!(
        dropped,
        "select pg_drop_replication_slot('shop_standby_3')\n"
    );
    lab.write("idle", "shop_standby_2\n");
    probed(&lab).succeeds();
    assert_eq!(lab.read("dropped"), dropped, "it was in use meanwhile");
    let asked = lab.read("asked");
    for words in [
        "slot_type = 'physical' and not active",
        "slot_name <> all ('{shop_primary_0,shop_standby_0,shop_standby_1}')",
        "slot_name ~ '^shop_standby_[0-9]+$'",
    ] {
        assert!(asked.contains(words), "{asked}");
    }
}

/// It is no reason for clients to lose the primary.
#[test]
fn a_slot_that_cannot_be_dropped_leaves_the_primary_ready() {
    let lab = Lab::new();
    lab.write("idle", "shop_standby_2\n");
    probed(&lab).succeeds();
    age(&lab, "shop_standby_2");
    lab.write("busy", "");
    probed(&lab).succeeds();
    let log = lab.read("container.log");
    assert!(log.contains("trying again"), "{}", log);
}

#[test]
fn slots_that_cannot_be_asked_for_are_told_and_leave_the_primary_ready() {
    let lab = Lab::new();
    lab.write("mute", "");
    probed(&lab).succeeds();
    let log = lab.read("container.log");
    let told = "could not be looked for";
    assert!(log.contains(told), "{}", log);
}

#[test]
fn the_role_of_the_exporters_is_made_once_but_tried_until_it_is() {
    let lab = Lab::new();
    lab.write("credentials/metrics", "secret");
    lab.write("busy", "");
    probed(&lab).succeeds();
    let log = lab.read("container.log");
    assert!(log.contains("was not made"), "{}", log);
    std::fs::remove_file(lab.path("busy")).expect("the file");
    for _ in 0..2 {
        probed(&lab).succeeds();
    }
    assert_eq!(lab.read("role"), "asked\nasked\n");
}
