//! Three real servers for tests of scripts: the data, the WAL and the answers are PostgreSQL's own. They are called as the members
//! of `shop`, and listen on addresses of 127.0.0.0/8. Needs the programs of a PostgreSQL that pgherd takes, and fails where there is
//! none.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{chown, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use pgherd::runtime::processes::programs;

use crate::{Ended, Lab, PATIENCE, ended};

/// The members, as SET-ORDINAL.
pub(crate) const MEMBERS: [&str; 3] = ["primary-0", "standby-0", "standby-1"];

/// Servers that end when this is dropped.
pub(crate) struct Servers {
    /// The scripts and the facts.
    pub(crate) lab: Lab,
    programs: PathBuf,
    network: String,
    /// As whom servers and scripts run; none where that is whoever runs the test.
    user: Option<(u32, u32)>,
}

/// How many there were in this process: each has addresses of its own.
static COUNT: AtomicU32 = AtomicU32::new(0);

impl Servers {
    /// A primary with one row, `standby-0` and `standby-1`, which stream from it.
    pub(crate) fn new() -> Self {
        let newest = programs().into_iter().next();
        let programs = newest.expect("PostgreSQL is on this machine").folder;
        let process = std::process::id();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let servers = Self {
            lab: Lab::new(),
            programs,
            network: format!(
                "127.{}.{}",
                224 + process / 256 % 16,
                (process + 29 * count) % 256
            ),
            user: other_than_root(),
        };
        let mut hosts = String::new();
        for member in MEMBERS {
            let address = servers.address(member);
            let _ = writeln!(hosts, "{address} shop-{member}.shop-members");
        }
        servers.lab.write("hosts", &hosts);
        for folder in ["tmp", "pgherd.root/etc/pgherd", "pgherd.root/run"] {
            fs::create_dir_all(servers.lab.path(folder)).expect("a folder");
        }
        servers.give_away();
        servers.form();
        servers
    }

    fn form(&self) {
        let data = self.data("primary-0");
        let folder = data.display().to_string();
        let words = [
            "-D",
            &folder,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-N",
            "--locale=C",
        ];
        self.program("initdb", &words);
        let mut conf = fs::read_to_string(data.join("postgresql.conf")).expect("a configuration");
        conf.push_str(
            "shared_buffers = 16MB\nwal_keep_size = 64MB\nwal_retrieve_retry_interval = 200ms\n",
        );
        fs::write(data.join("postgresql.conf"), conf).expect("a configuration");
        fs::write(
            data.join("pg_hba.conf"),
            "local all all trust\nhost all all 127.0.0.0/8 trust\nhost replication all 127.0.0.0/8 trust\n",
        )
        .expect("a configuration");
        self.start("primary-0");
        self.sql("primary-0", "create table rows (number int)");
        self.insert("primary-0");
        for standby in ["standby-0", "standby-1"] {
            self.copy("primary-0", standby);
            self.start(standby);
            self.await_caught_up("primary-0", standby);
        }
    }

    /// Copies a member's data for another, which follows it.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        let folder = self.data(to).display().to_string();
        let conninfo = format!(
            "host={} port=5432 user=postgres application_name=shop-{to}",
            self.address(from)
        );
        let words = [
            "-D", &folder, "-d", &conninfo, "-R", "-X", "stream", "-c", "fast",
        ];
        self.program("pg_basebackup", &words);
    }

    /// Has a member that stands by follow another one.
    pub(crate) fn follow(&self, member: &str, primary: &str) {
        let conninfo = format!(
            "host={} port=5432 user=postgres application_name=shop-{member}",
            self.address(primary)
        );
        self.sql(
            member,
            &format!("alter system set primary_conninfo = '{conninfo}'"),
        );
        self.sql(member, "select pg_reload_conf()");
    }

    /// Has a standby receive nothing more.
    pub(crate) fn cut(&self, standby: &str) {
        self.sql(standby, "alter system set primary_conninfo = ''");
        self.sql(standby, "select pg_reload_conf()");
        self.until(standby, "select count(*) = 0 from pg_stat_wal_receiver");
    }

    pub(crate) fn start(&self, member: &str) {
        let data = self.data(member).display().to_string();
        let log = self
            .lab
            .path(&format!("{member}.log"))
            .display()
            .to_string();
        let options = format!(
            "-c listen_addresses={} -c unix_socket_directories={}",
            self.address(member),
            self.lab.path("tmp").join(member).display()
        );
        fs::create_dir_all(self.lab.path("tmp").join(member)).expect("a folder for a socket");
        self.give_away();
        self.program(
            "pg_ctl",
            &["-D", &data, "-w", "-l", &log, "-o", &options, "start"],
        );
    }

    /// Stops a member in order (`fast`), or as a crash does (`immediate`).
    pub(crate) fn stop(&self, member: &str, mode: &str) {
        let data = self.data(member).display().to_string();
        self.program("pg_ctl", &["-D", &data, "-w", "-m", mode, "stop"]);
    }

    /// Promotes a standby, and waits for the checkpoint after it: only from then on does its control file tell.
    pub(crate) fn promote(&self, member: &str) {
        let data = self.data(member).display().to_string();
        self.program("pg_ctl", &["-D", &data, "-w", "promote"]);
        self.sql(member, "checkpoint");
    }

    pub(crate) fn insert(&self, member: &str) {
        self.sql(member, "insert into rows values (1)");
    }

    /// Waits until a standby has replayed all that a primary has.
    pub(crate) fn await_caught_up(&self, primary: &str, standby: &str) {
        let end = self.sql(primary, "select pg_current_wal_flush_lsn()");
        self.until(
            standby,
            &format!("select pg_last_wal_replay_lsn() >= '{end}'"),
        );
    }

    /// Waits until a question is answered with yes.
    #[track_caller]
    pub(crate) fn until(&self, member: &str, question: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.sql(member, question) != "t" {
            assert!(Instant::now() < deadline, "{member}: {question}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// What a statement returns.
    #[track_caller]
    pub(crate) fn sql(&self, member: &str, statement: &str) -> String {
        let socket = self.lab.path("tmp").join(member).display().to_string();
        let words = [
            "-h", &socket, "-U", "postgres", "-d", "postgres", "-qAtX", "-c", statement,
        ];
        let mut command = self.command("psql");
        let ended = ended(command.args(words));
        ended.succeeds().to_owned()
    }

    /// Runs `body` with the functions of a member's start.sh, on its data.
    pub(crate) fn run(&self, member: &str, body: &str) -> Ended {
        self.give_away();
        let mut command = self.lab.functions(body);
        ended(self.as_member(&mut command, member))
    }

    /// Runs a whole script in a member.
    pub(crate) fn script(&self, member: &str, words: &[&str]) -> Ended {
        self.give_away();
        let mut command = self.lab.script_command(words);
        ended(self.as_member(&mut command, member))
    }

    /// The data directory of a member.
    pub(crate) fn data(&self, member: &str) -> PathBuf {
        self.lab.path("volume").join(member)
    }

    fn address(&self, member: &str) -> String {
        let number = MEMBERS.iter().position(|one| *one == member);
        format!("{}.{}", self.network, number.expect("a member") + 1)
    }

    fn as_member<'a>(&self, command: &'a mut Command, member: &str) -> &'a mut Command {
        let (set, _) = member.rsplit_once('-').expect("SET-ORDINAL");
        let path = std::env::var("PATH").unwrap_or_default();
        let stubs = self.lab.path("stubs");
        command
            .env(
                "PATH",
                format!("{}:{}:{path}", self.programs.display(), stubs.display()),
            )
            .env("PGDATA", self.data(member))
            .env("PGHOST", self.lab.path("tmp").join(member))
            .env("PGHERD_HOSTS", self.lab.path("hosts"))
            .env("PGHERD_POD", format!("shop-{member}"))
            .env("PGHERD_WORKLOAD", format!("shop-{set}"))
            .env("PGHERD_REPLICATOR", "postgres")
            .env("PGHERD_SSLMODE", "disable");
        self.as_user(command);
        command
    }

    fn program(&self, name: &str, words: &[&str]) {
        let mut command = self.command(name);
        // A server that stays keeps what its parent had open.
        let status = command
            .args(words)
            .stdout(Stdio::null())
            .status()
            .expect("a program of PostgreSQL");
        assert!(status.success(), "{name} {words:?}");
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(self.lab.path("tmp"));
        self.as_user(&mut command);
        command
    }

    fn as_user(&self, command: &mut Command) {
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
    }

    /// Everything in the lab is of the user whose servers run.
    fn give_away(&self) {
        if let Some((user, group)) = self.user {
            give(self.lab.folder.path(), user, group);
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for member in MEMBERS {
            if self.data(member).join("postmaster.pid").exists() {
                let data = self.data(member).display().to_string();
                let mut command = self.command("pg_ctl");
                let words = ["-D", &data, "-w", "-m", "immediate", "stop"];
                let _ = command.args(words).stdout(Stdio::null()).status();
            }
        }
    }
}

/// PostgreSQL does not run as root.
fn other_than_root() -> Option<(u32, u32)> {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    let is_root = output.stdout == b"0\n";
    is_root.then_some((65534, 65534))
}

fn give(path: &Path, user: u32, group: u32) {
    // What a server removes meanwhile is not there any more.
    let _ = lchown(path, Some(user), Some(group));
    let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
    if is_folder {
        let _ = chown(path, Some(user), Some(group));
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            give(&entry.path(), user, group);
        }
    }
}
