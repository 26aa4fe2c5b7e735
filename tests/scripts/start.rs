//! What a start decides: whether a new cluster may be made, whether a copy is needed, and who makes it.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::{Lab, ended};

#[test]
fn the_password_file_is_escaped_and_private() {
    for (password, row) in [
        ("plain", "plain"),
        ("with newline\n", "with newline"),
        (r"a:b\c", r"a\:b\\c"),
        (r"\:&'$x`\\", r"\\\:&'$x`\\\\"),
        ("pässwörd", "pässwörd"),
    ] {
        let lab = Lab::new();
        lab.write("credentials/replication", password);
        lab.write("pgpass.new", "left by a start that was cut off");
        lab.run("write_passfile").succeeds();
        let expected = format!("*:*:*:postgres:super\n*:*:*:replicator:{row}\n");
        assert_eq!(lab.read("pgpass"), expected);
        let mode = fs::metadata(lab.path("pgpass"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn passwords_that_programs_would_read_differently_are_refused() {
    for (password, reason) in [
        (Some(""), "'replication' is empty"),
        (Some("\n"), "'replication' is empty"),
        (Some("two\nlines"), "has a line break"),
        (Some("windows\r\n"), "has a line break or control character"),
        (None, "no file 'replication'"),
    ] {
        let lab = Lab::new();
        match password {
            Some(password) => lab.write("credentials/replication", password),
            None => fs::remove_file(lab.path("credentials/replication")).unwrap(),
        }
        lab.run("write_passfile").dies(reason);
        assert!(!lab.path("pgpass").exists());
    }
}

/// pg_isready answers for the other standby with this code, for the first member not at all; every name is known.
fn asked(code: i32) -> Lab {
    let lab = Lab::new();
    lab.stub("getent", ":");
    lab.stub(
        "pg_isready",
        &format!("[[ $* == *-standby-0.* ]] || exit 2\nexit {code}"),
    );
    lab
}

const REFUSE: &str = "PGHERD_VACANCY_SECONDS=2; refuse_beside_data; echo new cluster";

#[test]
fn an_empty_volume_beside_data_makes_no_cluster() {
    assert_eq!(asked(2).run(REFUSE).succeeds(), "new cluster");
    for code in [0, 1] {
        asked(code).run(REFUSE).dies("shop-standby-0 has data");
    }
    for code in [3, 127] {
        asked(code).run(REFUSE).dies("cannot be asked");
    }
}

#[test]
fn silence_is_no_answer_where_the_cluster_is_known_to_have_data() {
    let refuse =
        "PGHERD_VACANCY_SECONDS=1; refuse_beside_data; refuse_without_data; echo new cluster";
    let lab = asked(2);
    lab.write("cluster/system-identifier", "");
    assert_eq!(lab.run(refuse).succeeds(), "new cluster");
    lab.write("cluster/system-identifier", "7430001\n");
    lab.run(refuse)
        .dies("with the system identifier 7430001, and no member");
}

#[test]
fn silence_means_nothing_where_nobody_could_answer() {
    let lab = asked(2);
    fs::remove_file(lab.path("cluster/members")).unwrap();
    lab.run(REFUSE).dies("cannot tell how many members");

    let lab = asked(2);
    lab.stub("getent", "exit 2");
    lab.run("await_own_name 1").dies("own name is unknown");
    let unknown = lab.run(&format!("await_own_name() {{ exit 7; }}; {REFUSE}"));
    assert_eq!(unknown.code, Some(7), "nobody waits for the own name");
}

/// The primary as psql sees it: its slot for this member is in the file `slot`; what is asked goes to `asked`.
fn primary(slot: &str) -> Lab {
    let lab = Lab::new();
    lab.write("slot", slot);
    lab.stub(
        "pg_controldata",
        r#"echo "Database system identifier: 42
Minimum recovery ending location:     0/5000028
Min recovery ending loc's timeline:   1""#,
    );
    lab.stub(
        "psql",
        r#"
sql=${*: -1}
case $sql in
IDENTIFY_SYSTEM) echo '42|1|0/0|' ;;
*wal_status*) [ "$(cat "$LAB/slot")" != refused ] && cat "$LAB/slot" ;;
*pg_drop*)
  [ -e "$PGDATA/pgherd.stale" ] || echo "dropped before it was noted" >>"$LAB/asked"
  echo drop >>"$LAB/asked"
  : >"$LAB/slot" ;;
*pg_create*', true'*) echo create >>"$LAB/asked"; [ ! -e "$LAB/full" ] && echo reserved >"$LAB/slot" ;;
*) exit 3 ;;
esac"#,
    );
    lab.stub(
        "pg_receivewal",
        r#"echo "$*" >"$LAB/received"; ls "${2:?}" >>"$LAB/received"; cat "$LAB/gone" >&2; exit 1"#,
    );
    lab.write("gone", "pg_receivewal: error: could not connect");
    lab.data("data", "old");
    lab.write("volume/data/standby.signal", "");
    lab
}

/// The start of a standby up to its server, with a copy that is cut off.
const START: &str = "check_version() { :; }; primary=primary-0; clone() { ensure_slot; echo cut off; exit 9; }; start_standby";

#[test]
fn a_lost_slot_is_copied_for_until_a_copy_is_complete() {
    let lab = primary("lost\n");
    let cut_off = lab.run(START);
    assert_eq!(cut_off.stdout, "cut off\n", "{}", cut_off.stderr);
    assert_eq!(lab.read("asked"), "drop\ncreate\n");
    assert_eq!(lab.read("slot"), "reserved\n");
    // The slot is whole again, but the old data still cannot follow.
    assert_eq!(lab.run(START).stdout, "cut off\n");
    lab.data("data.new", "new");
    lab.run("accept_new_data cloned_by=test; touch \"$PGDATA/standby.signal\"")
        .succeeds();
    assert_eq!(lab.run(START).succeeds(), "");
}

#[test]
fn the_slot_is_made_once() {
    for (slot, asked) in [("", "create\n"), ("reserved\n", ""), ("extended\n", "")] {
        let lab = primary(slot);
        assert_eq!(lab.run(START).succeeds(), "");
        assert_eq!(lab.read("asked"), asked);
    }
}

/// As on a primary that was promoted while this standby was away: it has kept no slot for it.
#[test]
fn what_comes_after_the_data_is_asked_for_where_no_slot_kept_it() {
    let lab = primary("");
    lab.write(
        "gone",
        "pg_receivewal: error: unexpected termination of replication stream: ERROR:  requested WAL segment \
         000000010000000000000005 has already been removed",
    );
    assert_eq!(lab.run(START).stdout, "cut off\n");
    assert_eq!(lab.read("asked"), "create\n");
    let received = lab.read("received");
    assert!(
        received.ends_with("\n000000010000000000000004\n")
            && received.contains("--endpos 0/5000001"),
        "{received}"
    );
    // The slot is there by now, but the old data still cannot follow.
    assert_eq!(lab.run(START).stdout, "cut off\n");
    assert_eq!(
        lab.run("wal_is_gone 2/28 3 && echo gone").succeeds(),
        "gone"
    );
    let received = lab.read("received");
    assert!(
        received.ends_with("\n0000000300000001000000FF\n") && received.contains("--endpos 2/1"),
        "{received}"
    );
}

/// A slot may have been made after the WAL was removed, by hand or by a change of the lead.
#[test]
fn a_slot_does_not_say_that_the_wal_is_there() {
    const REMOVED: &str = "requested WAL segment 000000010000000000000005 has already been removed";
    let lab = primary("reserved\n");
    assert_eq!(lab.run(START).succeeds(), "");
    lab.write("gone", REMOVED);
    lab.stub("pg_waldump", "cat \"$LAB/waldump\"");
    fs::create_dir(lab.path("volume/data/pg_wal")).expect("a folder of the lab");
    // What was received, and not yet replayed, is here: only what comes after it is needed.
    lab.write(
        "waldump",
        "rmgr: Heap  len (rec/tot): 59/ 59, tx: 7, lsn: 0/7000A00, prev 0/5000000, desc: INSERT off 1\n",
    );
    lab.stub(
        "pg_receivewal",
        r#"[[ "$*" != *'--endpos 0/5000001'* ]] || cat "$LAB/gone" >&2; exit 1"#,
    );
    assert_eq!(lab.run(START).succeeds(), "");
    lab.write("waldump", "");
    assert_eq!(lab.run(START).stdout, "cut off\n");
}

#[test]
fn a_primary_that_refuses_ends_the_start() {
    primary("refused")
        .run(START)
        .dies("not about this member's replication slot");
    let ended = primary("refused").run("ensure_slot || echo failed");
    assert_eq!(ended.succeeds(), "failed");
    let lab = primary("");
    lab.write("full", "");
    lab.run(START)
        .dies("refused to make this member's replication slot");
    let lab = primary("");
    lab.stub("pg_controldata", "echo 'Database system identifier: 43'");
    lab.run(START).dies("another cluster");
    assert_eq!(lab.read("volume/data/payload"), "old");
}

/// The last look before the server: what the start worked out is about facts that may be old by then.
#[test]
fn nobody_starts_as_a_primary_who_is_not_named_any_more() {
    for (renamed, code) in [("standby-1", 0), ("standby-0", 1)] {
        let lab = Lab::new();
        lab.data("data", "rows");
        lab.write("cluster/primary", "standby-1\n");
        lab.write("renamed", renamed);
        lab.stub(
            "postgres",
            r#"if [ "$*" = --version ]; then
  cp "$LAB/renamed" "$LAB/cluster/primary"
  echo 'postgres (PostgreSQL) 17.6'
else
  echo serves
fi"#,
        );
        lab.stub("pg_isready", "exit 2");
        lab.stub(
            "pg_controldata",
            "echo \"Latest checkpoint's TimeLineID: 1\"",
        );
        let ended = lab.script(&["start.sh"]);
        assert_eq!(ended.code, Some(code), "{renamed}: {}", ended.stderr);
        if code == 0 {
            assert_eq!(ended.stdout, "serves\n");
        } else {
            assert_eq!(ended.stdout, "");
            ended.dies("shop-standby-0 was named as the primary meanwhile");
        }
    }
}

const AWAIT: &str = "await_sync_job; has_data && echo copied; \
                     flock -n \"$LAB/volume/.pgherd.lock\" true || echo taken";

#[test]
fn a_standby_helps_itself_where_no_job_comes() {
    let lab = Lab::new();
    let mut bash = lab.functions(&AWAIT.replace("&& echo copied", "|| echo empty"));
    let ended = ended(bash.env("PGHERD_JOB_WAIT", "1"));
    assert_eq!(ended.succeeds(), "empty\ntaken");
    assert!(ended.stderr.contains("no sync Job is at work"));
}

#[test]
fn a_standby_waits_for_the_job_that_works_and_keeps_its_copy() {
    let lab = Lab::new();
    let job = File::create(lab.path("volume/.pgherd.lock")).unwrap();
    job.lock().unwrap();
    let mut bash = lab.functions(AWAIT);
    // No time at all for a Job to come: only the lock tells that one is there.
    bash.env("PGHERD_JOB_WAIT", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let waiting = bash.spawn().unwrap();
    lab.await_looks(3);
    lab.data("data", "copied");
    lab.await_looks(6);
    job.unlock().unwrap();
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "copied\ntaken\n");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("no sync Job"));
}

#[test]
fn a_stop_signal_ends_a_long_command() {
    let lab = Lab::new();
    let started = Instant::now();
    let ended = lab.run("(sleep 1; kill -TERM $$) & run /bin/sleep 600; echo not reached");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(143), ""));
    assert!(started.elapsed() < Duration::from_secs(30));
    let codes = lab.run("run false && echo wrong; run true || echo wrong; run false || echo right");
    assert_eq!(codes.succeeds(), "right");
}
