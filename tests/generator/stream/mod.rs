//! Many specs in one stream: what is printed, what is refused and where, and who stops listening.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

mod documents;

use documents::{document, stream};

/// Enough for every kind of spec several times.
const COUNT: usize = 12;

/// The program, in the folder with the files that the specs name.
fn generate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgherd"));
    command.current_dir("e2e").args(["gen", "-f", "-"]);
    command.args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn fed(command: &mut Command, input: String) -> Child {
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // The program reads to the end, or not at all.
    thread::spawn(move || stdin.write_all(input.as_bytes()));
    child
}

fn generated(arguments: &[&str], input: String) -> Output {
    fed(&mut generate(arguments), input)
        .wait_with_output()
        .expect("it ends")
}

fn printed(arguments: &[&str], input: String) -> String {
    let output = generated(arguments, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_stream_gives_what_its_documents_give_one_by_one() {
    let each: String = (0..COUNT)
        .map(|index| printed(&[], document(index)))
        .collect();
    assert_eq!(printed(&[], stream(COUNT)), each);
}

#[test]
fn objects_that_are_written_one_by_one_are_one_list() {
    let text = printed(&["-o", "json"], stream(COUNT));
    let list: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let documents = printed(&[], stream(COUNT));
    let count = documents.lines().filter(|line| *line == "---").count();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(count));
    assert_eq!(text, format!("{list:#}\n"));
}

#[test]
fn every_mistake_is_told_where_it_is_and_nothing_is_printed() {
    let broken = |index| document(index).replace("topology: streaming", "topology: streeming");
    let before = stream(8);
    let input = format!("{before}{}{}{}", broken(8), document(9), broken(10));
    let lines: Vec<usize> = (1..)
        .zip(input.lines())
        .filter(|(_, line)| line.contains("streeming"))
        .map(|(number, _)| number)
        .collect();
    assert_eq!(lines.len(), 2);
    let output = generated(&[], input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), output.stdout.len()),
        (Some(2), 0),
        "{said}"
    );
    for line in lines {
        assert!(
            said.contains(&format!("<stdin>:{line}:11: topology: ")),
            "{said}"
        );
    }
    assert!(said.contains("2 problems in <stdin>"), "{said}");
}

/// As many values as the longest stream that is promised: only those that aliases repeat are bounded.
#[test]
fn a_long_stream_is_read_to_its_end() {
    let sql = "{text: select 1}, ".repeat(1000);
    let one = |index| {
        let name = format!("name: shop-{index}");
        [
            "---",
            &name,
            "topology: streaming",
            &format!("postgres: {{initSql: [{sql}]}}"),
            "",
        ]
        .join("\n")
    };
    let long: Vec<String> = (0..60).map(one).collect();
    let long = long.concat();
    assert!(long.matches("select 1").count() * 2 > 100_000);
    let output = generated(&["--out", "/dev/null/no-folder"], long);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("cannot make folder") && !said.contains("refused"),
        "{said}"
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut child = fed(&mut generate(&[]), stream(100));
    let mut first = [0; 4];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut first).expect("a beginning");
    drop(stdout);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(&first, b"---\n");
    assert!(output.status.success(), "{said}");
    assert!(
        said.lines().all(|line| line.starts_with("note: ")),
        "{said}"
    );
}
