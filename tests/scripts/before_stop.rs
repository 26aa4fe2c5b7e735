//! What Patroni runs before it stops a server: a primary is asked to end and waited for, by its process and not by its file, and
//! never for long.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, test_kill_process};
use tempfile::TempDir;

/// For how long it waits at least where the server does not end.
const BOUND: Duration = Duration::from_millis(900);

/// A process that ends when it is asked to, after a while; its parent takes note of its end at once, as process 1 does.
struct Server {
    parent: Child,
    data: TempDir,
}

impl Server {
    fn new(ends_after: &str) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let file = data.path().join("postmaster.pid");
        let script = format!(
            "bash -c 'trap \"/bin/sleep {ends_after}; exit 0\" INT; echo $$ >\"$0\"; while true; do /bin/sleep 0.01; done' \
             \"$0\"; :"
        );
        let mut command = Command::new("bash");
        let parent = command.args(["-c", &script]).arg(&file).spawn();
        let parent = parent.expect("bash runs");
        let deadline = Instant::now() + Duration::from_secs(10);
        while fs::read_to_string(&file).unwrap_or_default().is_empty() {
            assert!(Instant::now() < deadline, "it does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { parent, data }
    }

    fn process(&self) -> Pid {
        let text = fs::read_to_string(self.data.path().join("postmaster.pid")).expect("its number");
        Pid::from_raw(text.trim().parse().expect("a number")).expect("a process")
    }

    fn is_there(&self) -> bool {
        test_kill_process(self.process()).is_ok()
    }

    fn before_stop(&self) -> Duration {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"));
        let script = script.join("src/topology/patroni/files/before-stop.sh");
        let begun = Instant::now();
        let ended = Command::new("bash")
            .arg(script)
            .env("PGDATA", self.data.path())
            .status();
        assert!(ended.expect("bash runs").success());
        begun.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(self.process(), Signal::KILL);
        let _ = self.parent.kill();
        let _ = self.parent.wait();
    }
}

#[test]
fn a_primary_is_gone_when_it_returns() {
    let server = Server::new("0.2");
    let took = server.before_stop();
    // After a second it is left to Patroni, as it may be on a machine that has a lot to do.
    assert!(!server.is_there() || took > BOUND, "{took:?}");
    assert!(took > Duration::from_millis(150), "{took:?}");
}

#[test]
fn one_that_takes_longer_is_left_to_patroni() {
    let server = Server::new("30");
    let took = server.before_stop();
    assert!(server.is_there());
    assert!(took > BOUND, "{took:?}");
}

#[test]
fn a_standby_is_not_asked() {
    let server = Server::new("0");
    fs::write(server.data.path().join("standby.signal"), "").expect("a file");
    server.before_stop();
    assert!(server.is_there());
}
