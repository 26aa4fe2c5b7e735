//! What a start and a promotion decide, on real servers: whose WAL continues whose is read from WAL that PostgreSQL wrote.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::servers::Servers;

const FOLLOW: &str =
    "become_standby; code=$?; [ -e \"$PGDATA/standby.signal\" ] && echo follows; exit $code";
const LEAD: &str = "refuse_superseded; echo leads";
const COPY: &str = "refuse_diverged; echo copies";

/// Names a member as the primary.
fn name(servers: &Servers, member: &str) {
    servers.lab.write("cluster/primary", &format!("{member}\n"));
}

#[test]
fn a_primary_that_was_stopped_in_order_follows_and_one_that_wrote_on_does_not() {
    let servers = Servers::new();
    servers.stop("primary-0", "fast");
    servers.promote("standby-0");
    name(&servers, "standby-0");
    // It does not lead beside the other, whatever it was told before.
    let leads = servers.run("primary-0", LEAD);
    leads.dies("shop-standby-0 is on timeline 2, the data here on 1");
    assert_eq!(servers.run("primary-0", FOLLOW).succeeds(), "follows");
    // The same data, but led on for a row: it has what nobody else has.
    fs::remove_file(servers.data("primary-0").join("standby.signal")).expect("it was made");
    servers.start("primary-0");
    servers.insert("primary-0");
    for mode in ["fast", "immediate"] {
        servers.stop("primary-0", mode);
        let ended = servers.run("primary-0", FOLLOW);
        ended.dies("bytes of WAL or more that shop-standby-0 never had (timeline 1");
        assert!(!servers.data("primary-0").join("standby.signal").exists());
        servers.start("primary-0");
        servers.insert("primary-0");
    }
}

#[test]
fn a_primary_that_crashed_follows_where_the_other_had_its_last_record() {
    let servers = Servers::new();
    servers.insert("primary-0");
    servers.await_caught_up("primary-0", "standby-0");
    servers.await_caught_up("primary-0", "standby-1");
    servers.stop("primary-0", "immediate");
    servers.promote("standby-0");
    name(&servers, "standby-0");
    assert_eq!(servers.run("primary-0", FOLLOW).succeeds(), "follows");
    // What it makes of that: it streams, and has the row.
    servers.start("primary-0");
    servers.follow("primary-0", "standby-0");
    servers.insert("standby-0");
    servers.await_caught_up("standby-0", "primary-0");
    assert_eq!(servers.sql("primary-0", "select count(*) from rows"), "3");
}

#[test]
fn a_primary_that_crashed_with_a_row_of_its_own_is_left_alone() {
    let servers = Servers::new();
    servers.cut("standby-0");
    servers.insert("primary-0");
    servers.stop("primary-0", "immediate");
    servers.promote("standby-0");
    name(&servers, "standby-0");
    let ended = servers.run("primary-0", FOLLOW);
    ended.dies("bytes of WAL or more that shop-standby-0 never had (timeline 1");
}

#[test]
fn a_standby_with_a_row_that_its_primary_never_had_is_not_copied_over() {
    let servers = Servers::new();
    servers.cut("standby-0");
    servers.insert("primary-0");
    servers.await_caught_up("primary-0", "standby-1");
    servers.stop("primary-0", "immediate");
    servers.promote("standby-0");
    name(&servers, "standby-0");
    servers.stop("standby-1", "fast");
    let ended = servers.run("standby-1", COPY);
    ended.dies("it is left alone");
}

#[test]
fn a_standby_that_has_less_than_its_primary_is_copied_over() {
    let servers = Servers::new();
    servers.cut("standby-1");
    servers.insert("primary-0");
    servers.await_caught_up("primary-0", "standby-0");
    servers.stop("primary-0", "immediate");
    servers.promote("standby-0");
    name(&servers, "standby-0");
    servers.stop("standby-1", "immediate");
    assert_eq!(servers.run("standby-1", COPY).succeeds(), "copies");
}

#[test]
fn a_standby_is_promoted_when_it_has_the_checkpoint_of_the_shutdown() {
    let servers = Servers::new();
    let before = servers.sql("primary-0", "select pg_current_wal_insert_lsn()");
    name(&servers, "standby-0");
    // The primary goes on: nothing is promoted, and nothing was asked for.
    let ended = servers.script("standby-0", &["promote.sh", "after", &before, "1"]);
    ended.dies("the checkpoint of the old primary's shutdown has not come within 1 s");
    assert!(!ended.stdout.contains("asking"));
    assert_eq!(servers.sql("standby-0", "select pg_is_in_recovery()"), "t");
    // One that is not named is not promoted.
    name(&servers, "standby-1");
    let ended = servers.script("standby-0", &["promote.sh", "after", &before, "1"]);
    ended.dies("names standby-1: standby-0 is not promoted");
    name(&servers, "standby-0");
    // It waits, and the shutdown comes meanwhile.
    let ended = thread::scope(|scope| {
        let waiting =
            scope.spawn(|| servers.script("standby-0", &["promote.sh", "after", &before, "60"]));
        thread::sleep(Duration::from_millis(300));
        servers.insert("primary-0");
        servers.stop("primary-0", "fast");
        waiting.join().expect("a promotion")
    });
    assert_eq!(ended.succeeds(), "asking for the promotion\ntimeline 2");
    assert_eq!(servers.sql("standby-0", "select count(*) from rows"), "2");
    // Those that are away find their WAL: it is kept from here on.
    let slots = "select string_agg(slot_name || ' ' || (restart_lsn is not null), ', ' order by slot_name) \
                 from pg_replication_slots";
    let kept = "shop_primary_0 true, shop_standby_1 true";
    assert_eq!(servers.sql("standby-0", slots), kept);
    // The same again changes nothing.
    let again = servers.script("standby-0", &["promote.sh", "after", &before, "1"]);
    assert_eq!(again.succeeds(), "timeline 2");
}

#[test]
fn what_was_received_is_replayed_before_a_member_leads() {
    let servers = Servers::new();
    name(&servers, "standby-0");
    servers.sql("standby-0", "select pg_wal_replay_pause()");
    servers.insert("primary-0");
    let end = servers.sql("primary-0", "select pg_current_wal_insert_lsn()");
    let received = format!("select pg_last_wal_receive_lsn() >= '{end}'");
    servers.until("standby-0", &received);
    servers.stop("primary-0", "immediate");
    let ended = servers.script("standby-0", &["promote.sh", "now", "60"]);
    assert_eq!(ended.succeeds(), "asking for the promotion\ntimeline 2");
    assert_eq!(servers.sql("standby-0", "select count(*) from rows"), "2");
}

#[test]
fn an_old_primary_that_waits_for_a_silent_standby_is_ended_when_another_leads() {
    let servers = Servers::new();
    let silent = hand_over_beside_a_silent_standby(&servers, &[1]);
    // It has written its last record; the sender is still there, and with it the server.
    let sender = format!("/proc/{silent}");
    assert!(Path::new(&sender).exists());
    servers
        .script("primary-0", &["hand-over.sh", "end"])
        .succeeds();
    has_ended_in_order(&servers);
}

/// Whose last record would wait as well: a sender that has something to send, and cannot, does not hear of the stop.
#[test]
fn an_old_primary_whose_sender_is_stuck_writes_its_last_record() {
    let servers = Servers::new();
    // More than what lies between the two takes, up to the last byte: each commit has the sender try once more.
    let mut rows = vec![200_000];
    rows.extend([1; 40]);
    hand_over_beside_a_silent_standby(&servers, &rows);
    servers
        .script("primary-0", &["hand-over.sh", "end"])
        .succeeds();
    has_ended_in_order(&servers);
}

/// Inserts rows that `standby-1` does not take, and moves the lead to `standby-0`; returns the process that sends to the
/// silent one.
fn hand_over_beside_a_silent_standby(servers: &Servers, rows: &[u32]) -> String {
    name(servers, "standby-0");
    let archive = "alter system set archive_command = 'sleep 1; echo %f >>archived'";
    servers.sql("primary-0", "alter system set archive_mode = on");
    servers.sql("primary-0", archive);
    // However long it takes here: nobody else gives the silent standby up.
    servers.sql("primary-0", "alter system set wal_sender_timeout = '10min'");
    servers.stop("primary-0", "fast");
    servers.start("primary-0");
    for standby in ["standby-0", "standby-1"] {
        servers.until(standby, "select count(*) = 1 from pg_stat_wal_receiver");
    }
    let silent = servers.sql(
        "primary-0",
        "select pid from pg_stat_replication where application_name = 'shop-standby-1'",
    );
    let receiver = servers.sql("standby-1", "select pid from pg_stat_wal_receiver");
    signal("-STOP", &receiver);
    for count in rows {
        let insert = format!("insert into rows select generate_series(1, {count})");
        servers.sql("primary-0", &insert);
    }
    let before = servers.sql("primary-0", "select pg_current_wal_insert_lsn()");
    let stop = servers.script("primary-0", &["hand-over.sh"]);
    assert_eq!(stop.succeeds(), "");
    let promoted = servers.script("standby-0", &["promote.sh", "after", &before, "20"]);
    assert_eq!(promoted.succeeds(), "asking for the promotion\ntimeline 2");
    silent
}

/// The old primary has ended, with everything archived, as one does that was stopped in order.
fn has_ended_in_order(servers: &Servers) {
    let deadline = std::time::Instant::now() + crate::PATIENCE;
    while servers.data("primary-0").join("postmaster.pid").exists() {
        let is_late = std::time::Instant::now() > deadline;
        assert!(!is_late, "the old primary goes on");
        thread::sleep(Duration::from_millis(20));
    }
    let receiver = servers.sql("standby-1", "select pid from pg_stat_wal_receiver");
    signal("-CONT", &receiver);
    let status = servers.data("primary-0").join("pg_wal/archive_status");
    let status = fs::read_dir(status).expect("a folder");
    let (done, left): (Vec<_>, Vec<_>) = status
        .map(|one| one.expect("a file").path())
        .partition(|one| one.extension().is_some_and(|ending| ending == "done"));
    assert!(!done.is_empty() && left.is_empty(), "{done:?} {left:?}");
    assert_eq!(servers.run("primary-0", FOLLOW).succeeds(), "follows");
}

fn signal(signal: &str, process: &str) {
    let words = [signal, process];
    let status = std::process::Command::new("kill").args(words).status();
    assert!(status.expect("kill runs").success());
}

/// What status asks every server, with settings that somebody made by hand.
#[test]
fn status_sees_settings_that_take_back_what_is_promised() {
    let servers = Servers::new();
    let taken = || {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/status/files/server.sql");
        let question = fs::read_to_string(path).unwrap();
        let question = question.trim_end().trim_end_matches(';');
        servers.sql(
            "primary-0",
            &format!(
                "select string_agg(one ->> 'setting' || ' by ' || (one ->> 'by'), ', ' order by one ->> 'setting')
                   from json_array_elements((({question})) -> 'taken') as one"
            ),
        )
    };
    assert_eq!(taken(), "");
    for statement in [
        "alter system set fsync = off",
        "alter system set full_page_writes = on",
        "alter system set default_transaction_read_only = yes",
        "alter role all set synchronous_commit = local",
        "create role \"the reports\"",
        "alter role \"the reports\" in database postgres set synchronous_commit = false",
        "alter role \"the reports\" set default_transaction_read_only = on",
        "alter database postgres set synchronous_commit = remote_apply",
        "select pg_reload_conf()",
    ] {
        servers.sql("primary-0", statement);
    }
    servers.until("primary-0", "select current_setting('fsync') = 'off'");
    let file = format!(
        "{}/postgresql.auto.conf",
        servers.data("primary-0").display()
    );
    assert_eq!(
        taken(),
        format!(
            "default_transaction_read_only = yes by {file}, fsync = off by {file}, \
             synchronous_commit = false by role \"the reports\" in database postgres, synchronous_commit = local by every role"
        )
    );
}
