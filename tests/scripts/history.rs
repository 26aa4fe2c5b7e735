//! What a start decides when the lead has moved: whether a primary's data may follow, whether a primary may go on, and
//! what the configuration of each says. Answers are made up that real servers give only by chance; `real` has the others.

use std::fs;

use crate::Lab;

/// A lab in which this member's data was a primary's on timeline 1, stopped in order with its last record at 0/5000028.
/// The other members' answers are in files: `timeline-MEMBER`, and `left`, where the primary left timeline 1.
fn demoted(left: &str) -> Lab {
    let lab = Lab::new();
    lab.data("data", "rows");
    fs::create_dir(lab.path("volume/data/pg_wal")).expect("a folder of the lab");
    lab.write("state", "shut down");
    lab.stub(
        "pg_controldata",
        r#"echo "Database system identifier:           42
Database cluster state:               $(cat "$LAB/state")
Latest checkpoint location:           0/5000028
Latest checkpoint's REDO location:    0/5000000
Latest checkpoint's TimeLineID:       1""#,
    );
    lab.stub(
        "pg_waldump",
        "echo 'rmgr: XLOG  len (rec/tot): 30/ 30, tx: 0, lsn: 0/5000000, prev 0/4FFFFC8, desc: NEXTOID 24576'
echo 'rmgr: Heap  len (rec/tot): 59/ 59, tx: 7, lsn: 0/6000A00, prev 0/5000000, desc: INSERT off 1'
echo 'pg_waldump: error: error in WAL record at 0/6000A00: invalid record length' >&2; exit 1",
    );
    lab.stub("pg_isready", ":");
    lab.stub(
        "psql",
        r#"
words=$* host=${words#*host=shop-} host=${host%%.*}
case ${*: -1} in
IDENTIFY_SYSTEM) timeline=$(cat "$LAB/timeline-$host") || exit 2; echo "42|$timeline|0/0|" ;;
'TIMELINE_HISTORY 2') printf '00000002.history|1\t%s\tno recovery target specified\n\n' "$(cat "$LAB/left")" ;;
*) exit 3 ;;
esac"#,
    );
    lab.write("left", left);
    lab.write("cluster/primary", "standby-0\n");
    lab.write("timeline-standby-0", "2\n");
    lab
}

const FOLLOW: &str =
    "become_standby; code=$?; [ -e \"$PGDATA/standby.signal\" ] && echo follows; exit $code";

#[test]
fn a_primary_with_records_of_its_own_is_left_alone() {
    for (state, left) in [
        ("shut down", "0/5000028\n"),
        ("shut down", "0/4000000\n"),
        // It wrote on after the checkpoint, and the new primary got half of it.
        ("in production", "0/50000A0\n"),
    ] {
        let lab = demoted(left);
        lab.write("state", state);
        lab.run(FOLLOW)
            .dies("bytes of WAL or more that shop-standby-0 never had");
        assert!(!lab.path("volume/data/standby.signal").exists());
        assert_eq!(lab.read("volume/data/payload"), "rows");
    }
    let crashed = demoted("0/6000A38\n");
    crashed.write("state", "in production");
    assert_eq!(crashed.run(FOLLOW).succeeds(), "follows");
    demoted("").run(FOLLOW).dies("never was on timeline 1");
}

#[test]
fn a_primary_waits_until_another_is_promoted() {
    let lab = demoted("0/50000A0\n");
    lab.write("timeline-standby-0", "1\n");
    let waiting = "become_standby";
    lab.run(waiting).dies("has not been promoted");
    // The spec names it again: it may go on.
    lab.write("cluster/primary", "standby-1\n");
    let again = lab.run("become_standby || echo leads");
    assert_eq!(again.succeeds(), "leads");
}

/// The primary's new timeline begins with a checkpoint; before it, nothing tells where WAL on that timeline ends.
#[test]
fn a_primary_that_crashed_right_after_its_promotion_is_left_alone() {
    let lab = demoted("0/50000A0\n");
    lab.write("state", "in production");
    lab.write("volume/data/pg_wal/00000002.history", "");
    lab.write("timeline-standby-0", "3\n");
    lab.run(FOLLOW).dies("crashed before a checkpoint");
    assert!(!lab.path("volume/data/standby.signal").exists());
}

/// Servers make segments ahead of their use, and keep those of before.
#[test]
fn wal_is_read_from_the_segments_that_have_some() {
    let lab = demoted("0/50000A0\n");
    for (segment, bytes) in [
        ("000000010000000000000004", &b"WAL"[..]),
        ("000000010000000000000005", b"WAL"),
        ("000000010000000000000006", b"WAL"),
        ("000000010000000000000007", b"\0AL"),
        ("000000010000000000000008", b""),
        ("00000002.history", b"1"),
    ] {
        fs::write(lab.path("volume/data/pg_wal").join(segment), bytes).unwrap();
    }
    let read =
        lab.run("folder=$(written_wal 1 $(lsn_number 0/5A00028)); ls $folder; rm -r $folder");
    assert_eq!(
        read.succeeds(),
        "000000010000000000000005\n000000010000000000000006"
    );
}

/// A lab in which this standby's data goes to 0/6000028 on the timeline `ours`.
fn behind(ours: &str, left: &str) -> Lab {
    let lab = demoted(left);
    lab.write("ours", ours);
    lab.stub("pg_waldump", "cat \"$LAB/received\" || exit 1");
    lab.stub(
        "pg_controldata",
        r#"echo "Latest checkpoint location:           0/6000028
Latest checkpoint's TimeLineID:       1
Minimum recovery ending location:     $([ "$(cat "$LAB/ours")" = 0 ] && echo 0/0 || echo 0/6000028)
Min recovery ending loc's timeline:   $(cat "$LAB/ours")""#,
    );
    lab
}

#[test]
fn a_standby_with_records_of_its_own_is_not_copied_over() {
    const COPY: &str = "refuse_diverged; echo copies";
    for ours in ["0", "1"] {
        for left in ["0/6000028\n", "0/7000000\n"] {
            assert_eq!(behind(ours, left).run(COPY).succeeds(), "copies");
        }
        for left in ["0/6000000\n", ""] {
            behind(ours, left).run(COPY).dies("it is left alone");
        }
    }
    // Received, flushed and perhaps waited for by a commit, and not replayed yet.
    for (record, diverged) in [
        ("0/6000FA0", false),
        ("0/7000000", true),
        ("0/7000A00", true),
    ] {
        let lab = behind("1", "0/7000000\n");
        lab.write(
            "received",
            &format!("rmgr: Heap  len (rec/tot): 59/ 59, tx: 7, lsn: {record}, prev 0/6000000, desc: INSERT"),
        );
        let ended = lab.run(COPY);
        if diverged {
            ended.dies(&format!("the data here goes to {record} on timeline 1"));
        } else {
            assert_eq!(ended.succeeds(), "copies");
        }
    }
    assert_eq!(behind("2", "").run(COPY).succeeds(), "copies");
    behind("3", "").run(COPY).dies("left at no place");
    behind("", "0/7000000\n")
        .run(COPY)
        .dies("does not tell how far the data here goes");
    for answer in ["", "two\n"] {
        let lab = behind("1", "0/7000000\n");
        lab.write("timeline-standby-0", answer);
        lab.run(COPY).dies("does not tell its timeline");
    }
}

const LEAD: &str = "check_version() { :; }; start_primary; echo leads";

#[test]
fn a_primary_does_not_go_on_beside_one_that_was_promoted() {
    let lab = demoted("0/50000A0\n");
    lab.write("timeline-primary-0", "1\n");
    lab.run(LEAD)
        .dies("shop-standby-0 is on timeline 2, the data here on 1");
    lab.write("timeline-standby-0", "1\n");
    assert_eq!(lab.run(LEAD).succeeds(), "leads");
    // Promoted, and ended before its control file said so.
    lab.write("timeline-standby-0", "2\n");
    lab.write("volume/data/pg_wal/00000002.history", "");
    assert_eq!(lab.run(LEAD).succeeds(), "leads");
    // Who does not answer has no say.
    let lab = demoted("0/50000A0\n");
    for member in ["timeline-primary-0", "timeline-standby-0"] {
        fs::remove_file(lab.path(member)).ok();
    }
    assert_eq!(lab.run(LEAD).succeeds(), "leads");
}

#[test]
fn slots_of_members_are_not_kept_by_one_that_follows() {
    let lab = Lab::new();
    lab.data("data", "rows");
    for slot in ["shop_primary_0", "shop_standby_0", "reports"] {
        fs::create_dir_all(lab.path(&format!("volume/data/pg_replslot/{slot}"))).unwrap();
    }
    let left = lab.run("remove_member_slots; ls \"$PGDATA/pg_replslot\"");
    assert_eq!(left.succeeds(), "reports");
}

#[test]
fn commits_wait_for_the_other_members_by_name() {
    let lab = Lab::new();
    for (durability, names) in [
        ("async", ""),
        ("sync", "FIRST 1 (\"shop-primary-0\",\"shop-standby-0\")"),
        ("quorum", "ANY 1 (\"shop-primary-0\",\"shop-standby-0\")"),
    ] {
        lab.write("cluster/durability", durability);
        assert_eq!(lab.run("synchronous_standbys").succeeds(), names);
    }
}

/// A lab in which this member's data is a primary's on timeline 1, and pg_isready ends for each member with the code in
/// the file `ready-MEMBER`, each line of it once and the last one from then on.
fn away(first: &str, second: &str) -> Lab {
    let lab = demoted("");
    lab.write("cluster/primary", "standby-1\n");
    lab.write("ready-primary-0", first);
    lab.write("ready-standby-0", second);
    lab.stub(
        "pg_isready",
        r#"
words=$* host=${words#*shop-} host=${host%%.*} file=$LAB/ready-$host
code=$(head -n 1 "$file")
[ "$(wc -l <"$file")" -le 1 ] || sed -i 1d "$file"
echo "$host" >>"$LAB/asked"
exit "$code""#,
    );
    lab
}

#[test]
fn a_primary_does_not_go_on_where_another_was_promoted() {
    const LEAD: &str = "refuse_superseded; echo leads";
    let lab = away("0\n", "0\n");
    lab.write("timeline-primary-0", "1\n");
    lab.run(LEAD)
        .dies("shop-standby-0 is on timeline 2, the data here on 1");
    lab.write("timeline-standby-0", "1\n");
    assert_eq!(lab.run(LEAD).succeeds(), "leads");
    // Its own network comes a moment after the pod.
    let lab = away("2\n", "2\n2\n0\n");
    lab.run(LEAD).dies("another member was promoted");
    // It answers, but tells its timeline a moment later only.
    let lab = away("2\n", "1\n1\n0\n");
    lab.run(LEAD).dies("another member was promoted");
}

#[test]
fn a_primary_waits_for_no_member_where_one_answers_and_shortly_where_none_does() {
    const LEAD: &str = "refuse_superseded; echo leads";
    let lab = away("0\n", "2\n");
    lab.write("timeline-primary-0", "1\n");
    assert_eq!(lab.run(LEAD).succeeds(), "leads");
    assert_eq!(lab.read("asked"), "primary-0\nstandby-0\n");
    let lab = away("2\n", "2\n");
    assert_eq!(lab.run(LEAD).succeeds(), "leads");
    assert!(lab.read("asked").lines().count() > 2);
    let lab = away("2\n", "0\n");
    fs::remove_file(lab.path("timeline-standby-0")).expect("the file");
    let unsure = lab.run(LEAD);
    assert_eq!(unsure.succeeds(), "leads");
    assert!(
        unsure.stderr.contains("promoted: standby-0. Going on"),
        "{}",
        unsure.stderr
    );
}

/// Settings of before, by the control file, and those of now, by the configuration.
#[test]
fn a_standby_starts_with_no_less_than_its_wal_needs() {
    const RAISE: &str = "server_options=(); raise_tracked_settings; echo \"${server_options[*]}\"";
    let lab = Lab::new();
    lab.stub(
        "pg_controldata",
        r#"echo "max_connections setting:              $(cat "$LAB/had")
max_worker_processes setting:         8
max_wal_senders setting:              32
max_prepared_xacts setting:           5
max_locks_per_xact setting:           64
track_commit_timestamp setting:       off""#,
    );
    lab.stub(
        "postgres",
        r"
case $2 in
max_connections) echo 100 ;; max_worker_processes) echo 16 ;; max_wal_senders) echo 32 ;;
max_prepared_transactions) echo 0 ;; max_locks_per_transaction) echo 64 ;;
*) exit 3 ;;
esac",
    );
    lab.write("had", "200\n");
    assert_eq!(
        lab.run(RAISE).succeeds(),
        "-c max_connections=200 -c max_prepared_transactions=5"
    );
    lab.write("had", "100\n");
    assert_eq!(lab.run(RAISE).succeeds(), "-c max_prepared_transactions=5");
    lab.write("had", "\n");
    lab.run(RAISE).dies("cannot tell what max_connections is");
}
