//! What is done before a server's stop signal: only one that lets no session in yet is stopped at once.

use crate::Lab;

/// What pg_ctl is asked where the server's state is this one in `postmaster.pid`, and pg_isready ends with this code.
fn asked(server: &str, code: u8) -> String {
    let lab = Lab::new();
    lab.data("data", "rows");
    lab.write(
        "volume/data/postmaster.pid",
        &format!("1\n/data\n0\n5432\n/run\n*\n0\n{server:8}\n"),
    );
    lab.stub("pg_isready", &format!("exit {code}"));
    lab.stub("pg_ctl", r#"echo "$*" >>"$LAB/asked""#);
    lab.script(&["stop.sh"]).succeeds();
    lab.read("asked")
}

#[test]
fn one_that_recovers_is_stopped_at_once() {
    assert!(asked("starting", 1).contains("--mode immediate"));
    assert!(asked("ready", 1).contains("--mode immediate"));
}

#[test]
fn one_that_lets_sessions_in_or_does_not_answer_is_left_to_the_signal() {
    for (server, code) in [("ready", 0), ("standby", 0), ("ready", 2), ("starting", 2)] {
        assert_eq!(asked(server, code), "", "{server} {code}");
    }
}

#[test]
fn one_that_is_stopping_is_left_alone() {
    assert_eq!(asked("stopping", 1), "");
}

#[test]
fn where_no_server_runs_there_is_nothing_to_stop() {
    let lab = Lab::new();
    lab.stub("pg_isready", "exit 2");
    lab.stub("pg_ctl", r#"echo "$*" >>"$LAB/asked""#);
    lab.script(&["stop.sh"]).succeeds();
    assert_eq!(lab.read("asked"), "");
}
