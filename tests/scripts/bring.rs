//! What brings a package: a whole folder or none, by a pip that refuses what has not the hashes.

use std::fs;
use std::process::{Command, Output};

use super::Lab;

/// A python3 whose pip writes down its words and brings a program.
const PYTHON: &str = r#"
if [ "$3" = --version ]; then exit; fi
echo "$*" >>"$LAB/words"
while [ $# -gt 0 ]; do
  case $1 in
    --target) mkdir -p "$2/bin"; touch "$2/bin/program" ;;
    --requirement) cat "$2" >>"$LAB/words" ;;
  esac
  shift
done"#;

/// Runs the script as a user of this number, on a machine that has no Python but the lab's.
fn bring(lab: &Lab, apt: &str, user: u32) -> Output {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/runtime/processes/files/bring.sh"
    );
    lab.stub("id", &format!("echo {user}"));
    for program in ["dirname", "mkdir", "mktemp", "mv", "rm", "cat", "touch"] {
        lab.stub(
            program,
            &format!("PATH=/usr/bin:/bin exec {program} \"$@\""),
        );
    }
    let mut command = Command::new("/bin/bash");
    command
        .arg(script)
        .arg(lab.path("cache/tool-1.0"))
        .args([apt, "tool==1.0", "--hash=sha256:00"])
        .env_clear()
        .env("PATH", lab.path("stubs"))
        .env("LAB", lab.folder.path());
    command.output().expect("bash")
}

/// What is in the cache.
fn kept(lab: &Lab) -> Vec<String> {
    let entries = fs::read_dir(lab.path("cache")).expect("a cache");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("an entry").file_name();
        name.to_string_lossy().into_owned()
    };
    entries.map(name).collect()
}

#[test]
fn a_package_is_brought_once_by_its_hashes_alone() {
    let lab = Lab::new();
    lab.stub("python3", PYTHON);
    let brought = bring(&lab, "none", 1000);
    assert!(brought.status.success(), "{brought:?}");
    assert_eq!(kept(&lab), ["tool-1.0"]);
    assert!(lab.path("cache/tool-1.0/bin/program").exists());
    let words = lab.read("words");
    for word in [
        "--require-hashes",
        "--no-deps",
        "--only-binary :all:",
        "tool==1.0 --hash=sha256:00\n",
    ] {
        assert!(words.contains(word), "{words}");
    }
    assert!(bring(&lab, "none", 1000).status.success());
    assert_eq!(lab.read("words"), words);
}

#[test]
fn what_was_not_brought_leaves_nothing() {
    let lab = Lab::new();
    lab.stub(
        "python3",
        &format!("{PYTHON}\necho no such hash >&2; exit 1"),
    );
    let failed = bring(&lab, "none", 1000);
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert!(lab.read("words").contains("--require-hashes"));
    assert_eq!(kept(&lab), [""; 0]);
}

#[test]
fn python_is_installed_by_root_alone_and_where_that_was_asked_for() {
    let lab = Lab::new();
    lab.write("python3", &format!("#!/bin/bash\n{PYTHON}\n"));
    let install = "echo \"$*\" >>\"$LAB/installed\"
        PATH=/usr/bin:/bin install -m 755 \"$LAB/python3\" \"$LAB/stubs/python3\"";
    lab.stub("apt-get", install);
    for (apt, user) in [("none", 0), ("apt", 1000)] {
        let refused = bring(&lab, apt, user);
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("no python3 with pip or venv"), "{said}");
        assert_eq!(lab.read("installed"), "");
    }
    let brought = bring(&lab, "apt", 0);
    assert!(brought.status.success(), "{brought:?}");
    assert!(lab.read("installed").contains("python3-venv"));
    assert_eq!(kept(&lab), ["tool-1.0"]);
}
