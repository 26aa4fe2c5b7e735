//! The scripts as they are mounted, run in bash without a cluster: names, the volume, and what a start and a promotion decide, on
//! made-up answers, and in `real` on three real servers. What needs a cluster is proven by `pgherd e2e`; shellcheck is run by `.ci/run`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

mod before_stop;
mod bring;
mod exporter;
mod hand_over;
mod history;
mod names;
mod passwords;
mod patroni;
mod promote;
mod ready;
mod real;
mod servers;
mod start;
mod stop;
mod volume;
mod wal;

/// How long a test waits for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with the scripts side by side, as pods have them, a volume, and programs that stand in for those of the
/// image. Removed when it is dropped.
struct Lab {
    folder: TempDir,
}

/// How a script ended.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Lab {
    fn new() -> Self {
        let lab = Self {
            folder: TempDir::new().expect("a temporary folder"),
        };
        for folder in ["scripts", "stubs", "volume", "cluster", "credentials"] {
            fs::create_dir(lab.path(folder)).expect("a folder of the lab");
        }
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for files in [
            "component/files",
            "component/metrics/files",
            "component/postgres/files",
            "topology/streaming/files",
        ] {
            for entry in fs::read_dir(source.join(files)).expect("scripts") {
                let from = entry.expect("a script").path();
                let name = from.file_name().expect("a name");
                fs::copy(&from, lab.path("scripts").join(name)).expect("a copy");
            }
        }
        lab.write("cluster/primary", "primary-0\n");
        lab.write("cluster/members", "3\n");
        lab.write("cluster/durability", "async\n");
        lab.write("credentials/superuser", "super");
        lab.write("credentials/replication", "replica");
        // A look in the scripts' loops takes a twentieth of a second, and leaves a line in `looks`.
        lab.stub("sleep", "echo >>\"$LAB/looks\"; exec /bin/sleep 0.05");
        lab.stub("sync", ":");
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file of the lab");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Puts a program in front of the machine's own.
    fn stub(&self, program: &str, script: &str) {
        let path = self.path("stubs").join(program);
        fs::write(&path, format!("#!/bin/bash\n{script}\n")).expect("a stub");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    /// Makes a data directory in the volume, whole, with this payload.
    fn data(&self, name: &str, payload: &str) {
        fs::create_dir(self.path("volume").join(name)).expect("a data directory");
        for (file, text) in [
            ("PG_VERSION", "17\n"),
            ("payload", payload),
            ("pgherd.complete", "\n"),
        ] {
            self.write(&format!("volume/{name}/{file}"), text);
        }
    }

    /// Gives WAL a volume of its own, with the WAL of the data directories that are there.
    fn wal_volume(&self) {
        fs::create_dir(self.path("wal")).expect("a volume");
        for (name, number) in [("data", 1), ("data.new", 2)] {
            let data = self.path("volume").join(name);
            if data.exists() {
                let wal = self.path(&format!("wal/wal.{number}"));
                fs::create_dir(&wal).expect("a directory for WAL");
                fs::copy(data.join("payload"), wal.join("payload")).expect("WAL");
                symlink(&wal, data.join("pg_wal")).expect("a link");
            }
        }
    }

    /// Waits until the scripts' loops have looked `times` more.
    #[track_caller]
    fn await_looks(&self, times: usize) {
        let (before, deadline) = (self.read("looks").len(), Instant::now() + PATIENCE);
        while self.read("looks").len() < before + times {
            assert!(Instant::now() < deadline, "no script waits");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// bash, as the second pod of the standbys of `shop` has it.
    fn bash(&self) -> Command {
        // What runs in a shell's background, as these tests may, inherits that SIGINT is ignored, and no trap changes that.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT", "bash"]);
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", self.path("stubs").display()))
            .env("LAB", self.folder.path())
            .env("PGDATA", self.path("volume/data"))
            .env("PGPASSFILE", self.path("pgpass"))
            .env("PGUSER", "postgres")
            .env("PGHERD_CLUSTER", "shop")
            .env("PGHERD_SERVICE_ACCOUNT", "shop")
            .env("PGHERD_WORKLOAD", "shop-standby")
            .env("PGHERD_POD", "shop-standby-1")
            .env("PGHERD_NAMESPACE", "db")
            .env("PGHERD_SSLMODE", "verify-full")
            .env("PGHERD_PROMOTION_SECONDS", "2")
            .env("PGHERD_SUPERSEDED_SECONDS", "2")
            .env("PGHERD_BOOTSTRAP", "init")
            .env("PGHERD_CONTAINER_LOG", self.path("container.log"))
            .env("PGHERD_METRICS", "pgherd_metrics")
            .env("PGHERD_PRIMARY_SET", "primary")
            .env("PGHERD_STANDBY_SET", "standby")
            .env("PGHERD_REPLICATOR", "replicator")
            .env("PGHERD_STORAGE_SIZE", "10Gi")
            .stdin(Stdio::null());
        if self.path("wal").exists() {
            command.env("PGHERD_WAL_VOLUME", self.path("wal"));
        }
        command
    }

    /// bash that runs `body` with every function of start.sh, of which only the last part, from `remember_sources` on, is
    /// left out.
    fn functions(&self, body: &str) -> Command {
        let mut command = self.bash();
        command.arg("-c").arg(format!(
            ". <(sed \"/^remember_sources/,\\$d; s#\\$root/run/pgherd#$LAB#\" \"$0\")\ncluster_facts=$LAB/cluster credentials=$LAB/credentials run_files=$LAB\n{body}"
        ));
        command.arg(self.path("scripts/start.sh"));
        command
    }

    fn run(&self, body: &str) -> Ended {
        ended(&mut self.functions(body))
    }

    /// A whole script, as a container runs it; what is mounted for it is in the lab.
    fn script(&self, words: &[&str]) -> Ended {
        ended(&mut self.script_command(words))
    }

    fn script_command(&self, words: &[&str]) -> Command {
        let folder = self.path("scripts");
        for entry in fs::read_dir(&folder).expect("scripts") {
            let path = entry.expect("a script").path();
            let text = fs::read_to_string(&path).expect("text");
            let lab = self.folder.path().to_str().expect("text");
            let text = text
                .replace("/etc/pgherd/", &format!("{lab}/"))
                .replace("/run/pgherd", lab);
            fs::write(&path, text).expect("a script");
        }
        let mut command = self.bash();
        command.arg(folder.join(words[0])).args(&words[1..]);
        command
    }
}

fn ended(command: &mut Command) -> Ended {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("bash runs");
    Ended {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("text"),
        stderr: String::from_utf8(stderr).expect("text"),
    }
}

impl Ended {
    #[track_caller]
    fn succeeds(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout.trim_end()
    }

    #[track_caller]
    fn dies(&self, reason: &str) {
        assert_eq!(self.code, Some(1), "{}{}", self.stdout, self.stderr);
        assert!(
            self.stderr.contains(reason),
            "no \"{reason}\" in:\n{}",
            self.stderr
        );
    }
}
