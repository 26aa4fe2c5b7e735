//! Random faults on real servers: what does not hold is seen to be broken, by each rule of the judgement.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgherd::runtime::processes::programs;
use pgherd::seeds::{Outcome, Verdict};
use tempfile::TempDir;

/// The specs and the traces that seeds are played with.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/seeds");

/// Plays a control on a cluster of this durability, which has to fail, and returns what came of it.
fn played(durability: &str, control: &str) -> Outcome {
    let file = PathBuf::from(format!("{FOLDER}/controls/{control}.json"));
    let (code, outcomes) = replayed(durability, &[file]);
    assert_eq!(code, Some(1), "{outcomes:?}");
    outcomes.into_iter().next().expect("an outcome")
}

/// Plays traces on a cluster of this durability; the exit code, and what came of each.
fn replayed(durability: &str, files: &[PathBuf]) -> (Option<i32>, Vec<Outcome>) {
    let folder = tempfile::tempdir().expect("a folder");
    let spec = spec(&folder, durability);
    let traces = folder.path().join("traces");
    let replays = files.iter().flat_map(|file| [Path::new("--replay"), file]);
    let output = Command::new(env!("CARGO_BIN_EXE_pgherd"))
        .args(["e2e", "--on", "processes", "--jobs", "2"])
        .args(replays)
        .arg("-f")
        .arg(&spec)
        .arg("--report")
        .arg(&traces)
        .output()
        .expect("pgherd runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let outcomes = files.iter().map(|file| {
        let name = file.file_stem().expect("a name").to_string_lossy();
        let trace = traces.join(format!("{durability}-replay-{name}/trace.json"));
        outcome(&trace).unwrap_or_else(|| panic!("{}: {said}", trace.display()))
    });
    (output.status.code(), outcomes.collect())
}

/// The spec of this durability, with a PostgreSQL that is on this machine.
fn spec(folder: &TempDir, durability: &str) -> PathBuf {
    let newest = programs().into_iter().next();
    let version = newest.expect("PostgreSQL is on this machine").version;
    let text = fs::read_to_string(format!("{FOLDER}/{durability}.yaml")).expect("a spec");
    let spec = folder.path().join("spec.yaml");
    let text = text.replace("version: 17", &format!("version: {version}"));
    fs::write(&spec, text).expect("a spec is written");
    spec
}

fn outcome(trace: &Path) -> Option<Outcome> {
    let text = fs::read_to_string(trace).ok()?;
    let trace: serde_json::Value = serde_json::from_str(&text).ok()?;
    serde_json::from_value(trace["outcome"].clone()).ok()
}

#[track_caller]
fn is_broken(outcome: &Outcome, words: &str) {
    assert_eq!(outcome.verdict, Verdict::Broken, "{outcome:?}");
    let mut why = outcome.why.iter();
    assert!(why.any(|why| why.contains(words)), "{outcome:?}");
}

#[test]
fn a_row_that_is_deleted_behind_our_back_is_lost() {
    let outcome = played("quorum", "row-deleted");
    is_broken(&outcome, "1 acknowledged rows are lost, from service-1/1");
}

#[test]
fn commits_that_wait_for_no_standby_behind_our_back_are_seen() {
    let outcome = played("sync", "no-standby-names");
    is_broken(
        &outcome,
        "acknowledged by a server that waits for no standby",
    );
}

#[test]
fn a_second_primary_is_seen_by_what_it_acknowledges() {
    let outcome = played("async", "second-primary");
    is_broken(&outcome, "two servers took writes");
}

#[test]
fn where_nothing_was_done_nothing_is_shown() {
    let outcome = played("async", "nothing-done");
    assert_eq!(outcome.verdict, Verdict::Unknown, "{outcome:?}");
}

#[test]
fn what_a_file_has_is_not_played_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (spec, file) = (spec(&folder, "async"), folder.path().join("results.jsonl"));
    let said = || {
        let output = Command::new(env!("CARGO_BIN_EXE_pgherd"))
            .args(["e2e", "--on", "processes", "--seeds", "9..9", "--resume"])
            .arg(&file)
            .arg("-f")
            .arg(&spec)
            .output()
            .expect("pgherd runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(said().contains("async seed 9: held"));
    let lines = || fs::read_to_string(&file).expect("results").lines().count();
    assert_eq!(lines(), 1);
    // It is in the table, and nothing was formed for it.
    assert!(!said().contains("seed 9: held"));
    assert_eq!(lines(), 1);
}

#[test]
fn what_random_faults_have_found_holds() {
    let folder = fs::read_dir(format!("{FOLDER}/found")).expect("a folder");
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let (code, outcomes) = replayed("sync", &files);
    assert_eq!(
        (code, outcomes.len()),
        (Some(0), files.len()),
        "{outcomes:?}"
    );
}
