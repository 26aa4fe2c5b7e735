//! A cluster of processes that stays, and the commands on it, on real servers: `pgherd e2e --on processes --keep`. Needs the
//! programs of a PostgreSQL that pgherd takes, and fails where there is none.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use pgherd::runtime::processes::programs;
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take here, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A cluster that stays, with the folder of its spec.
struct Kept {
    lab: TempDir,
    child: Child,
    said: Vec<String>,
}

/// Starts one, and waits until it has said how it is ended.
fn kept() -> Kept {
    let versions = programs();
    let newest = versions.first().map(|one| one.version);
    let newest = newest.expect("PostgreSQL is on this machine: its server and client programs");
    let lab = TempDir::new().expect("a folder");
    let spec = format!(
        "name: kept\ntopology: streaming\nmembers: 3\nbootstrap: init\npostgres:\n  version: {newest}\n  parameters: \
         {{shared_buffers: 16MB}}\nstorage: {{size: 1Gi}}\n"
    );
    fs::write(lab.path().join("kept.yaml"), spec).expect("a spec");
    let mut child = Command::new(env!("CARGO_BIN_EXE_pgherd"))
        .args([
            "e2e",
            "--on",
            "processes",
            "--keep",
            "--only",
            "apply again",
        ])
        .args(["-f", "kept.yaml"])
        .current_dir(lab.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("pgherd");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let (tell, lines) = channel();
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let _ = tell.send(line);
        }
    });
    let mut kept = Kept {
        lab,
        child,
        said: Vec::new(),
    };
    while !kept
        .said
        .iter()
        .any(|line| line.starts_with("Ctrl-C ends it"))
    {
        let line = lines.recv_timeout(PATIENCE);
        kept.said.push(line.expect("how it is ended"));
    }
    kept
}

impl Kept {
    /// The command that it has said for something.
    fn command(&self, what: &str) -> String {
        let mut rows = self
            .said
            .iter()
            .filter_map(|line| line.trim().strip_prefix(what));
        rows.next().expect(what).trim().to_owned()
    }

    /// The folder of the processes.
    fn folder(&self) -> PathBuf {
        let mut rows = self.said.iter();
        let found = rows.find_map(|line| line.strip_prefix("cluster kept stays, in "));
        PathBuf::from(found.expect("its folder"))
    }

    /// Runs a command as somebody would who has pasted it.
    fn typed(&self, command: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_pgherd"));
        let path = std::env::var("PATH").unwrap_or_default();
        let own = program.parent().expect("a folder").display();
        Command::new("bash")
            .args(["-c", command])
            .current_dir(self.lab.path())
            .env("PATH", format!("{own}:{path}"))
            .stdin(Stdio::null())
            .output()
            .expect("bash")
    }

    /// What a command prints that does its work.
    #[track_caller]
    fn said_by(&self, command: &str) -> String {
        let output = self.typed(command);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {error}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Waits until a command prints this.
    #[track_caller]
    fn until_said(&self, command: &str, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let output = self.typed(command);
            let said = String::from_utf8_lossy(&output.stdout);
            if said.trim() == words {
                return;
            }
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(Instant::now() < deadline, "{command}: {said}{error}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// What `status` tells programs.
    fn status(&self) -> Value {
        let output = self.typed(&format!("{} -o json", self.command("how it is")));
        let status: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        status["clusters"][0].clone()
    }

    /// Waits until nothing is wrong, with this member in the lead.
    fn until_healthy(&self, leader: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status();
            if status["healthy"] == true && status["leader"] == leader {
                return;
            }
            assert!(Instant::now() < deadline, "{status:#}");
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Ends it as Ctrl-C does, and returns its exit code.
    fn interrupt(&mut self) -> Option<i32> {
        let number = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &number]).status();
        assert!(sent.expect("kill").success());
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("its end") {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Kept {
    /// The warden ends the servers of one that was killed.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The processes that work below a folder.
fn processes(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir("/proc").expect("/proc");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let works_there = |process: &PathBuf| {
        let works_in = fs::read_link(process.join("cwd"));
        works_in.is_ok_and(|works_in| works_in.starts_with(folder))
    };
    paths.filter(works_there).collect()
}

/// The shared memory that the servers below a folder have: words of `/proc/PID/maps`, the number of a segment or the path of a file.
fn shared(folder: &Path) -> BTreeSet<String> {
    let maps = processes(folder).into_iter().filter_map(|process| {
        let maps = fs::read_to_string(process.join("maps")).ok()?;
        let lines = maps.lines().filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.get(4..)? {
                [number, path, ..] if path.starts_with("/SYSV") => Some((*number).to_owned()),
                [_, path, ..] if path.starts_with("/dev/shm/PostgreSQL.") => {
                    Some((*path).to_owned())
                }
                _ => None,
            }
        });
        Some(lines.collect::<Vec<_>>())
    });
    maps.flatten().collect()
}

/// Whether shared memory is still there.
fn is_there(shared: &str) -> bool {
    if shared.starts_with('/') {
        return Path::new(shared).exists();
    }
    let segments = fs::read_to_string("/proc/sysvipc/shm").expect("segments");
    let mut numbers = segments
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1));
    numbers.any(|number| number == shared)
}

#[test]
fn a_kept_cluster_is_worked_on_by_the_commands_it_has_said_and_leaves_nothing() {
    let mut kept = kept();
    let folder = kept.folder();
    let (write, read) = (kept.command("to write"), kept.command("to read"));
    kept.said_by(&format!(
        "{write} -c 'create table t as select 42 as number'"
    ));
    let see = "-Atc 'select number, pg_is_in_recovery() from t'";
    kept.until_said(&format!("{read} {see}"), "42|t");
    kept.until_healthy("kept-primary-0");
    let superuser = kept.said_by(&format!(
        "{} -- -Atc 'select current_user'",
        kept.command("as superuser")
    ));
    assert_eq!(superuser, "postgres");

    // Of two at once one is refused, whichever, and the lead is where the other has moved it.
    let switchover = kept.command("hand the lead");
    let both: Vec<Output> = thread::scope(|scope| {
        let to = ["kept-standby-0", "kept-standby-1"];
        let each = to.map(|to| {
            let command = format!("{switchover} --to {to}");
            let kept = &kept;
            scope.spawn(move || kept.typed(&command))
        });
        each.map(|one| one.join().expect("it has run")).into()
    });
    let told = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let done: Vec<bool> = both.iter().map(|output| output.status.success()).collect();
    assert!(
        done == [true, false] || done == [false, true],
        "{}",
        both.iter().map(told).collect::<String>()
    );
    let refused = both.iter().find(|output| !output.status.success());
    let refused = told(refused.expect("one is refused"));
    assert!(refused.contains("another command is at work"), "{refused}");
    let leader = if done[0] {
        "kept-standby-0"
    } else {
        "kept-standby-1"
    };
    let spec = fs::read_to_string(kept.lab.path().join("kept.yaml")).expect("the spec");
    assert!(spec.contains(&format!("\nprimary: {leader}\n")), "{spec}");

    let passfile = folder.join("clients/passfile");
    let before = fs::read_to_string(&passfile).expect("a password file");
    let rotated = kept.typed(&kept.command("new passwords"));
    assert!(rotated.status.success(), "{}", told(&rotated));
    kept.until_said(
        &format!("{write} -Atc 'select number, pg_is_in_recovery() from t'"),
        "42|f",
    );
    let now = fs::read_to_string(&passfile).expect("a password file");
    assert_ne!(before, now);
    for password in [before, now].map(|line| {
        line.trim()
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .to_owned()
    }) {
        assert!(password.len() > 8 && !kept.said.iter().any(|line| line.contains(&password)));
    }
    kept.until_healthy(leader);

    assert!(processes(&folder).len() > 3);
    let shared = shared(&folder);
    assert!(shared.len() >= 6 && shared.iter().all(|one| is_there(one)));
    assert_eq!(kept.interrupt(), Some(0));
    assert_eq!((processes(&folder).len(), folder.exists()), (0, false));
    let left: Vec<&String> = shared.iter().filter(|one| is_there(one)).collect();
    assert!(left.is_empty(), "{left:?}");
}
