//! What promote.sh does: who is promoted, after which record, and what is said when it is not.

use crate::Lab;

/// A standby whose server replays up to the record in the file `record` (`LSN KIND`). After `replays` looks it has done as
/// it was told. What it is told goes to `asked`.
fn standby(record: &str, replays: usize) -> Lab {
    let lab = Lab::new();
    lab.data("data", "rows");
    std::fs::create_dir(lab.path("volume/data/pg_wal")).expect("a folder of the lab");
    lab.write("cluster/primary", "standby-1\n");
    lab.write("record", record);
    lab.write("replays", &replays.to_string());
    lab.stub(
        "pg_controldata",
        "echo \"Latest checkpoint's TimeLineID: 1\"",
    );
    lab.stub(
        "pg_waldump",
        r#"read -r lsn kind <"$LAB/record"
echo "rmgr: XLOG  len (rec/tot): 30/ 30, tx: 0, lsn: $lsn, prev 0/4FFFFC8, desc: $kind redo $lsn""#,
    );
    lab.stub(
        "psql",
        r#"
case ${*: -1} in
'select pg_is_in_recovery()') [ -e "$LAB/leads" ] && echo f || echo t ;;
*pg_promote*) echo "$(cat "$LAB/cluster/primary") told" >>"$LAB/asked"; echo t ;;
'select coalesce'*)
  left=$(cat "$LAB/replays")
  if [ "$left" = 0 ]; then touch "$LAB/leads"; else echo $((left - 1)) >"$LAB/replays"; fi
  [ -e "$LAB/leads" ] && echo '0/5000028|f' || echo '0/5000028|t' ;;
'select pg_last_wal_replay_lsn()') echo 0/50000A0 ;;
*"'timeline '"*) echo timeline 2 ;;
*) exit 3 ;;
esac"#,
    );
    lab
}

const STOPPED: &str = "0/5000028 CHECKPOINT_SHUTDOWN";
const DONE: &str = "asking for the promotion\ntimeline 2";

#[test]
fn the_checkpoint_of_the_shutdown_is_waited_for() {
    let after = |lab: &Lab, lsn: &str| lab.script(&["promote.sh", "after", lsn, "1"]);
    assert_eq!(after(&standby(STOPPED, 0), "0/5000028").succeeds(), DONE);
    for (record, lsn) in [
        ("0/5000028 CHECKPOINT_ONLINE", "0/5000028"),
        ("0/5000028 INSERT", "0/5000028"),
        (STOPPED, "0/5000029"),
    ] {
        let lab = standby(record, 0);
        after(&lab, lsn).dies("has not come within 1 s");
        assert_eq!(lab.read("asked"), "");
    }
}

#[test]
fn only_the_one_that_is_named_is_promoted() {
    let lab = standby(STOPPED, 0);
    lab.write("cluster/primary", "primary-0\n");
    lab.script(&["promote.sh", "now", "1"])
        .dies("names primary-0: standby-1 is not promoted");
    // Another is named while it waits for the shutdown, and when the last record has come.
    for record in ["0/5000028 INSERT", STOPPED] {
        let lab = standby(record, 0);
        lab.stub(
            "pg_controldata",
            "echo primary-0 >\"$LAB/cluster/primary\"; echo \"Latest checkpoint's TimeLineID: 1\"",
        );
        lab.script(&["promote.sh", "after", "0/5000028", "5"])
            .dies("names primary-0: standby-1 is not promoted");
        assert_eq!(lab.read("asked"), "");
    }
}

#[test]
fn what_was_received_is_replayed_first() {
    let lab = standby("", 5);
    assert_eq!(lab.script(&["promote.sh", "now", "20"]).succeeds(), DONE);
    assert_eq!(lab.read("asked"), "standby-1 told\n");
    // The order stands; the next look finds that it leads.
    let lab = standby("", 100_000);
    let ended = lab.script(&["promote.sh", "now", "1"]);
    ended.dies("still replays what it has received after 1 s; last seen at 0/5000028");
    assert!(ended.stdout.contains("asking for the promotion"));
    lab.write("leads", "");
    assert_eq!(
        lab.script(&["promote.sh", "now", "1"]).succeeds(),
        "timeline 2"
    );
}
