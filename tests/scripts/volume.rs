//! One data directory takes another's place without a moment at which no complete data is on the volume; one process
//! tree at a time works on it.

use std::collections::BTreeSet;
use std::fs::File;
use std::process::Stdio;

use crate::{Lab, ended};

/// Kills the shell, as a lost node would, before its command number $CRASH. With TORN, a removal that comes next is
/// half done before.
const CRASH: &str = r#"
step=0
crash() {
  step=$((step + 1))
  [ "$step" = "$CRASH" ] || return 0
  if [ "$TORN" = yes ]; then
    [[ $BASH_COMMAND != rm*PGDATA.old* ]] || /bin/rm -f "$PGDATA.old/pgherd.complete"
    [[ $BASH_COMMAND != rm*PGDATA.new* ]] || /bin/rm -f "$PGDATA.new/pgherd.complete"
  fi
  kill -9 $$ $BASHPID # also from a substitution
}
set -o functrace
trap crash DEBUG
"#;
/// Replaces the data by `$PGDATA.new`, as a copy does at its end.
const ACCEPT: &str = "accept_new_data cloned_by=test";

/// Runs `body` and kills it before its command number `crash`; true if there was such a command.
fn crashed(lab: &Lab, body: &str, crash: usize, torn: bool) -> bool {
    let mut bash = lab.functions(&format!("{CRASH}{body}"));
    bash.env("CRASH", crash.to_string())
        .env("TORN", if torn { "yes" } else { "no" });
    let ended = ended(&mut bash);
    assert!(
        matches!(ended.code, None | Some(0)),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    ended.code.is_none()
}

/// The payload of a data directory of the volume, if it is complete and its WAL is its own.
pub(crate) fn payload(lab: &Lab, name: &str) -> Option<String> {
    let file = |file: &str| lab.read(&format!("volume/{name}/{file}"));
    let complete = !file("PG_VERSION").is_empty() && !file("pgherd.complete").is_empty();
    let has_wal = !lab.path("wal").exists() || file("pg_wal/payload") == file("payload");
    Some(file("payload")).filter(|payload| complete && has_wal && !payload.is_empty())
}

/// What is on a member's volumes before the data is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Before {
    /// Whether there is data, `old`.
    old: bool,
    /// Whether WAL has a volume of its own.
    wal: bool,
}

/// A volume with a new directory without its marker.
fn volume(before: Before) -> Lab {
    let lab = Lab::new();
    if before.old {
        lab.data("data", "old");
    }
    lab.data("data.new", "new");
    std::fs::remove_file(lab.path("volume/data.new/pgherd.complete")).expect("a marker");
    if before.wal {
        lab.wal_volume();
    }
    lab
}

/// Whether the new directory was complete when the crash came.
fn accepted(lab: &Lab) -> bool {
    payload(lab, "data.ready").is_some() || payload(lab, "data").as_deref() == Some("new")
}

/// Whatever was lost, a later start finds what `before` had at least: complete data, and the new once it was complete.
fn check(lab: &Lab, Before { old, wal }: Before, accepted: bool, at: &str) {
    let found: Vec<_> = ["data", "data.ready", "data.old"]
        .iter()
        .filter_map(|name| payload(lab, name))
        .collect();
    assert!(!found.is_empty() || !old, "no complete data {at}");
    lab.run("settle_data").succeeds();
    let settled = payload(lab, "data");
    if accepted {
        assert_eq!(settled.as_deref(), Some("new"), "{at}");
    } else {
        let expected = old.then_some("old");
        assert!(
            settled.as_deref() == expected || settled.as_deref() == Some("new"),
            "{settled:?} {at}"
        );
    }
    for rest in ["data.new", "data.ready", "data.old"] {
        assert!(
            !lab.path("volume").join(rest).exists(),
            "{rest} is left {at}"
        );
    }
    if wal && settled.is_some() {
        let left = std::fs::read_dir(lab.path("wal")).expect("the volume");
        let names = left.map(|entry| entry.expect("an entry").file_name());
        let names: Vec<_> = names
            .filter(|name| name.to_string_lossy().starts_with("wal."))
            .collect();
        assert_eq!(names.len(), 1, "{names:?} {at}");
        assert!(lab.path("wal/pgherd.complete").exists(), "{at}");
    }
}

#[test]
fn complete_data_survives_a_crash_at_any_command() {
    let mut crashes = 0;
    let cases = [(true, false), (true, true), (false, false)];
    let cases = cases
        .into_iter()
        .flat_map(|(old, torn)| [false, true].map(|wal| (Before { old, wal }, torn)));
    for (before, torn) in cases {
        for first in 1.. {
            let lab = volume(before);
            if !crashed(&lab, ACCEPT, first, torn) {
                assert_eq!(payload(&lab, "data").as_deref(), Some("new"));
                break;
            }
            crashes += 1;
            let accepted = accepted(&lab);
            let at = format!("after a crash at {first}, torn: {torn}, {before:?}");
            check(&lab, before, accepted, &at);
        }
    }
    assert!(
        crashes > 60,
        "only {crashes} crashes: the trap does not fire"
    );
}

#[test]
fn complete_data_survives_a_second_crash_while_settling() {
    let mut crashes = 0;
    for wal in [false, true] {
        let before = Before { old: true, wal };
        crashes += second_crashes(before);
    }
    assert!(
        crashes > 60,
        "only {crashes} crashes: the trap does not fire"
    );
}

fn second_crashes(before: Before) -> usize {
    let (mut crashes, mut seen) = (0, BTreeSet::new());
    for first in 1.. {
        let state = |lab: &Lab| {
            let names = ["data", "data.new", "data.ready", "data.old"];
            names.map(|name| (lab.path("volume").join(name).exists(), payload(lab, name)))
        };
        let lab = volume(before);
        if !crashed(&lab, ACCEPT, first, true) {
            break;
        }
        // Most commands change nothing on the volume.
        if !seen.insert(state(&lab)) {
            continue;
        }
        let accepted = accepted(&lab);
        for second in 1.. {
            let lab = volume(before);
            crashed(&lab, ACCEPT, first, true);
            if !crashed(&lab, "settle_data", second, true) {
                break;
            }
            crashes += 1;
            let at = format!("after crashes at {first} and {second}");
            check(&lab, before, accepted, &at);
        }
    }
    crashes
}

#[test]
fn replaced_data_comes_back_where_nothing_replaced_it() {
    let lab = Lab::new();
    lab.data("data.old", "old");
    lab.run("settle_data").succeeds();
    assert_eq!(payload(&lab, "data").as_deref(), Some("old"));
}

#[test]
fn data_of_others_is_left_alone() {
    let lab = Lab::new();
    lab.data("data", "theirs");
    lab.data("data.old", "old");
    std::fs::remove_file(lab.path("volume/data/pgherd.complete")).expect("a marker");
    lab.run("settle_data").dies("was not made by pgherd");
    assert_eq!(lab.read("volume/data/payload"), "theirs");
    assert_eq!(payload(&lab, "data.old").as_deref(), Some("old"));
}

#[test]
fn an_incomplete_replacement_replaces_nothing() {
    let lab = Lab::new();
    lab.data("data", "old");
    lab.data("data.ready", "new");
    std::fs::remove_file(lab.path("volume/data.ready/pgherd.complete")).expect("a marker");
    lab.run("settle_data").dies("is not complete");
    assert_eq!(payload(&lab, "data").as_deref(), Some("old"));
}

#[test]
fn the_lock_is_waited_for_and_kept() {
    let lab = Lab::new();
    let ended = lab.run("lock_volume 0; flock -n \"$LAB/volume/.pgherd.lock\" true || echo taken");
    assert_eq!(ended.succeeds(), "taken");

    let file = File::create(lab.path("volume/.pgherd.lock")).expect("the lock's file");
    file.lock().expect("the lock");
    let ended = lab.run("lock_volume 2 || echo busy");
    assert_eq!(ended.succeeds(), "busy");
    assert!(!lab.read("looks").is_empty(), "it did not wait");

    std::fs::remove_dir_all(lab.path("volume")).expect("no volume");
    lab.run("lock_volume 0 || echo busy")
        .dies("cannot write to the volume");
}

#[test]
fn a_sync_job_does_nothing_where_the_copy_is_complete() {
    let lab = Lab::new();
    let file = File::create(lab.path("volume/.pgherd.lock")).expect("the lock's file");
    file.lock().expect("the lock");
    let mut job = lab.bash();
    job.env("PGHERD_WORKLOAD", "shop-sync-1-????????")
        .env("PGHERD_POD", "shop-sync-1-0a1b2c3d-x7k2p")
        .env("PGHERD_MEMBER", "standby-1")
        .arg(lab.path("scripts/sync.sh"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    // The standby made its copy while the Job waited for the volume; its server keeps the lock.
    let waiting = job.spawn().expect("the Job starts");
    lab.await_looks(3);
    lab.data("data", "copied");
    let output = waiting.wait_with_output().expect("the Job ends");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(log.contains("has its data already"), "{log}");
}
