//! What the Python scripts of members with Patroni do, with an API that answers as the test has it.

use std::process::Command;

#[test]
fn members_do_as_the_record_says() {
    let root = env!("CARGO_MANIFEST_DIR");
    let tests = format!("{root}/tests/scripts/patroni/members.py");
    let scripts = format!("{root}/src/topology/patroni/files");
    let output = Command::new("python3")
        .args(["-B", &tests, &scripts])
        .output();
    let output = output.expect("python3 runs");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    // A run that finds no test has none that fails.
    let ran = words.lines().find(|line| line.starts_with("Ran "));
    let count = ran.and_then(|line| line.split(' ').nth(1)?.parse::<u32>().ok());
    assert!(count >= Some(24), "{words}");
}
