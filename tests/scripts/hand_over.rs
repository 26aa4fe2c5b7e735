//! What hand-over.sh does: a primary is stopped in order, and ended where it goes on waiting though another leads.

use crate::Lab;

/// A member whose server has this state in `postmaster.pid`, and this one in its control file. What pg_ctl is told goes to
/// `asked`.
fn member(leads: &str, server: &str, data: &str) -> Lab {
    let lab = Lab::new();
    lab.data("data", "rows");
    lab.write("cluster/primary", leads);
    lab.write(
        "volume/data/postmaster.pid",
        &format!("1\n/data\n0\n5432\n/run\n*\n0\n{server:8}\n"),
    );
    lab.stub(
        "pg_controldata",
        &format!("echo 'Database cluster state:               {data}'"),
    );
    lab.stub("pg_ctl", r#"echo "$*" >>"$LAB/asked""#);
    lab
}

#[test]
fn one_that_is_still_named_is_not_stopped() {
    let lab = member("standby-1", "ready", "in production");
    lab.script(&["hand-over.sh"])
        .dies("still names this member");
    lab.script(&["hand-over.sh", "end"])
        .dies("still names this member");
    assert_eq!(lab.read("asked"), "");
}

#[test]
fn another_is_named_before_it_is_stopped_in_order() {
    let lab = member("primary-0", "ready", "in production");
    lab.script(&["hand-over.sh"]).succeeds();
    assert!(lab.read("asked").contains("--mode fast"));
}

#[test]
fn only_a_server_with_nothing_more_to_write_is_ended() {
    let ended = |server: &str, data: &str| {
        let lab = member("primary-0", server, data);
        let ended = lab.script(&["hand-over.sh", "end"]);
        ended.succeeds();
        assert_eq!(lab.read("asked"), "", "what is to be archived still is");
        ended.stderr.contains("ending what sends to it")
    };
    assert!(ended("stopping", "shut down"));
    // It writes its last record, or is a standby by now.
    assert!(!ended("stopping", "shutting down"));
    assert!(!ended("stopping", "shut down in recovery"));
    assert!(!ended("standby", "in archive recovery"));
    assert!(!ended("ready", "shut down"));
}

#[test]
fn where_no_server_is_left_there_is_nothing_to_end() {
    let lab = member("primary-0", "stopping", "shut down");
    std::fs::remove_file(lab.path("volume/data/postmaster.pid")).expect("it was there");
    lab.script(&["hand-over.sh", "end"]).succeeds();
    assert_eq!(lab.read("asked"), "");
}
