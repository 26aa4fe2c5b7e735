//! The exporter's script keeps running whatever goes wrong, and has the exporter read the password that the Secret has.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Lab, PATIENCE};

/// A lab with the script, whose folders are the lab's, and a Secret as the kubelet mounts it.
struct Sidecar {
    lab: Lab,
    child: Child,
}

/// A lab in which no exporter is there yet.
fn lab() -> Lab {
    let lab = Lab::new();
    let component = concat!(env!("CARGO_MANIFEST_DIR"), "/src/component/metrics/files");
    let script = fs::read_to_string(format!("{component}/exporter.sh")).expect("the script");
    let root = lab.folder.path().display().to_string();
    let script = script
        .replace("/etc/pgherd/metrics", &format!("{root}/metrics"))
        .replace("/etc/pgherd/credentials", &format!("{root}/secret"))
        .replace("/run/pgherd", &format!("{root}/run"));
    for folder in ["metrics", "secret", "run"] {
        fs::create_dir(lab.path(folder)).expect("a folder");
    }
    lab.write("metrics/exporter.sh", &script);
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(lab.path("metrics/exporter.sh"), executable).expect("a mode");
    lab.write("metrics/members", "3\n");
    fs::create_dir(lab.path("metrics/1")).expect("a folder");
    symlink("1", lab.path("metrics/..data")).expect("a link");
    lab
}

/// Puts a version of the Secret in place, at once, as the kubelet does.
fn bring(lab: &Lab, version: &str, password: Option<&str>) {
    let folder = lab.path("secret");
    fs::create_dir(folder.join(version)).expect("a folder");
    if let Some(password) = password {
        lab.write(&format!("secret/{version}/metrics"), password);
        if !folder.join("metrics").exists() {
            let _ = fs::remove_file(folder.join("metrics"));
            symlink("..data/metrics", folder.join("metrics")).expect("a link");
        }
    }
    symlink(version, folder.join("..new")).expect("a link");
    fs::rename(folder.join("..new"), folder.join("..data")).expect("a link");
}

fn started(lab: Lab) -> Sidecar {
    let path = std::env::var("PATH").unwrap_or_default();
    let log = fs::File::create(lab.path("log")).expect("a log");
    let child = Command::new(lab.path("metrics/exporter.sh"))
        .env_clear()
        .env("PATH", format!("{}:{path}", lab.path("stubs").display()))
        .env("LAB", lab.folder.path())
        .env("PGHERD_METRICS", "pgherd_metrics")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the script runs");
    Sidecar { lab, child }
}

impl Sidecar {
    #[track_caller]
    fn until(&self, what: &str, seen: impl Fn(&Lab) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !seen(&self.lab) {
            let log = self.lab.read("log");
            assert!(Instant::now() < deadline, "not yet: {what}\n{log}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as the kubelet does, and gives its exit code.
    fn ended(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").arg(&pid).status().expect("kill runs");
        assert!(told.success());
        self.child.wait().expect("it ends").code()
    }
}

/// An exporter that notes what it was given, and runs.
const RUNS: &str = r#"echo "$DATA_SOURCE_NAME $*" >>"$LAB/given"; cat "$PGPASSFILE" >>"$LAB/given"; exec /bin/sleep 60"#;

#[test]
fn the_exporter_gets_the_password_by_a_file_alone_and_follows_the_secret() {
    let lab = lab();
    lab.stub("postgres_exporter", RUNS);
    bring(&lab, "1", Some("a:b\\c\n"));
    let sidecar = started(lab);
    sidecar.until("the exporter", |lab| lab.read("given").lines().count() == 2);
    let given = sidecar.lab.read("given");
    assert!(given.starts_with("user=pgherd_metrics host=/var/run/postgresql "));
    assert!(given.contains(" options=-cpgherd.members=3 --web"));
    assert!(
        given.ends_with("\n*:*:*:pgherd_metrics:a\\:b\\\\c\n"),
        "{given}"
    );
    let mode = fs::metadata(sidecar.lab.path("run/pgpass")).expect("a file");
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    bring(&sidecar.lab, "2", Some("next"));
    sidecar.until("the next password", |lab| {
        lab.read("run/pgpass") == "*:*:*:pgherd_metrics:next\n"
    });
    // The exporter reads the file at each connect: it was not started again.
    assert_eq!(sidecar.lab.read("given").lines().count(), 2);
    assert_eq!(sidecar.ended(), Some(143));
}

#[test]
fn without_a_password_it_says_what_to_do_and_waits() {
    for password in [None, Some(""), Some("two\nlines")] {
        let lab = lab();
        lab.stub("prometheus-postgres-exporter", RUNS);
        bring(&lab, "1", password);
        let sidecar = started(lab);
        sidecar.until("a hint", |lab| {
            lab.read("log")
                .contains("`pgherd rotate passwords` adds it")
        });
        sidecar.lab.await_looks(3);
        assert!(!sidecar.lab.path("given").exists());
        bring(&sidecar.lab, "2", Some("late"));
        sidecar.until("the exporter", |lab| {
            lab.read("given").ends_with(":pgherd_metrics:late\n")
        });
        assert_eq!(sidecar.ended(), Some(143));
    }
}

#[test]
fn an_exporter_that_is_missing_or_ends_does_not_end_the_container() {
    let lab = lab();
    bring(&lab, "1", Some("word"));
    let sidecar = started(lab);
    sidecar.until("a hint", |lab| {
        lab.read("log").contains("Change metrics.image")
    });
    sidecar
        .lab
        .stub("postgres_exporter", r#"echo >>"$LAB/starts"; exit 7"#);
    sidecar.until("starts", |lab| lab.read("starts").len() >= 3);
    assert!(sidecar.lab.read("log").contains("has ended with code 7"));
    // Other files: it begins anew, with them.
    let script = sidecar.lab.read("metrics/exporter.sh");
    sidecar.lab.write(
        "metrics/next.sh",
        // Not before it has a trap for the signal that comes next.
        &script.replace(
            "trap end INT TERM\n",
            "trap end INT TERM\necho >>\"$LAB/anew\"\n",
        ),
    );
    let (next, old) = ("metrics/next.sh", "metrics/exporter.sh");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(sidecar.lab.path(next), executable).expect("a mode");
    fs::rename(sidecar.lab.path(next), sidecar.lab.path(old)).expect("a script");
    fs::create_dir(sidecar.lab.path("metrics/2")).expect("a folder");
    symlink("2", sidecar.lab.path("metrics/..new")).expect("a link");
    let (new, data) = ("metrics/..new", "metrics/..data");
    fs::rename(sidecar.lab.path(new), sidecar.lab.path(data)).expect("a link");
    sidecar.until("the other script", |lab| lab.path("anew").exists());
    assert_eq!(sidecar.ended(), Some(143));
}
