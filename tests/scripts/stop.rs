//! What is done before a server's stop signal: only one that lets no session in yet is stopped at once, and the signal reaches
//! whoever is there, a start or its server.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Lab, PATIENCE, ended};

/// A process that reacts to a stop signal only after a while, as the container's first. Ends with its owner.
struct First(Child);

impl First {
    fn new(lab: &Lab, after: &str) -> Self {
        let script = format!(
            "/bin/sleep {after}; trap 'exit 143' TERM; while true; do /bin/sleep 0.1; done"
        );
        let mut command = Command::new("bash");
        let child = command.args(["-c", &script]).spawn().expect("bash runs");
        lab.write("process", &format!("{}\n", child.id()));
        Self(child)
    }
}

impl Drop for First {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What pg_ctl is asked where the server's state is this one in `postmaster.pid`, and pg_isready ends with this code.
fn asked(server: &str, code: u8) -> String {
    let lab = Lab::new();
    lab.data("data", "rows");
    lab.write(
        "volume/data/postmaster.pid",
        &format!("1\n/data\n0\n5432\n/run\n*\n0\n{server:8}\n"),
    );
    let _first = First::new(&lab, "0");
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
    let _first = First::new(&lab, "0");
    lab.stub("pg_isready", "exit 2");
    lab.stub("pg_ctl", r#"echo "$*" >>"$LAB/asked""#);
    lab.script(&["stop.sh"]).succeeds();
    assert_eq!(lab.read("asked"), "");
}

#[test]
fn the_signal_is_not_sent_before_somebody_reacts_to_it() {
    let lab = Lab::new();
    lab.stub("pg_isready", "exit 2");
    let _first = First::new(&lab, "0.7");
    let begun = Instant::now();
    lab.script(&["stop.sh"]).succeeds();
    assert!(begun.elapsed() > Duration::from_millis(600));
    assert!(lab.path("told").exists());
}

#[test]
fn nobody_is_waited_for_without_end() {
    let lab = Lab::new();
    lab.stub("pg_isready", "exit 2");
    let _first = First::new(&lab, "60");
    let begun = Instant::now();
    lab.script(&["stop.sh"]).succeeds();
    assert!(begun.elapsed() < PATIENCE);
}

#[test]
fn a_start_that_was_told_becomes_no_server() {
    let lab = Lab::new();
    lab.stub("postgres", "echo server");
    assert_eq!(lab.run("serve").succeeds(), "server");
    let told = lab.run("touch $LAB/told; serve");
    assert_eq!((told.code, told.stdout.as_str()), (Some(143), ""));
    // What was told to the start before is not for this one.
    assert_eq!(lab.run("serve").succeeds(), "server");
}

/// Each start is stopped a little later than the one before, from before its traps until after its server is there. Without
/// word from stop.sh, several of them go on as if nothing had been asked.
#[test]
fn a_stop_at_any_moment_of_a_start_ends_it() {
    let lab = Lab::new();
    lab.stub("pg_isready", "exit 2");
    lab.stub(
        "postgres",
        "/bin/sleep 0.01; trap 'exit 0' INT TERM; while true; do /bin/sleep 0.1; done",
    );
    // Once: while a start reads the scripts, they have to stay as they are.
    lab.script_command(&["stop.sh"]);
    let stop = lab.path("scripts/stop.sh");
    for round in 0..60 {
        let mut start = lab
            .functions("serve")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_micros(500 * round));
        ended(lab.bash().arg(&stop)).succeeds();
        let _ = kill_process(Pid::from_child(&start), Signal::INT);
        let deadline = Instant::now() + PATIENCE;
        while start.try_wait().unwrap().is_none() {
            if Instant::now() > deadline {
                let _ = start.kill();
                panic!("round {round}: it goes on, though it was told to stop");
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}
