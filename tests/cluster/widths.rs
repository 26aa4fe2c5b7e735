//! Tables in terminals of any width: no word is broken, no line is too long, and what is to be pasted still runs.

use std::process::Command;

use console::measure_text_width;
use pgherd::status::{Answer, Facts, Located, Pooler, judge, table};

use crate::shop::{FIRST, PRIMARY, SECOND, disconnect, named, server, well};

/// Where the words of a finding begin.
const INDENT: usize = 8;

/// A table is the same words at every width, each whole, in lines that fit.
pub(crate) fn fits(facts: &Facts) {
    let findings = judge(facts);
    let whole = table(facts, &findings, Some(u16::MAX));
    for width in 60..=200 {
        let shown = table(facts, &findings, Some(width));
        assert_eq!(words(&whole), words(&shown), "{width} columns:\n{shown}");
        for line in shown.lines() {
            let fits = measure_text_width(line) <= width.into();
            assert!(fits || is_one_word(line), "{width} columns: {line}");
        }
    }
}

/// The words of a table, in an order that does not depend on where its lines break.
fn words(text: &str) -> Vec<&str> {
    let words = text.split_ascii_whitespace().filter(|word| *word != "\\");
    let mut words: Vec<&str> = words.collect();
    words.sort_unstable();
    words
}

/// Whether there is nothing to break at: one word, behind its label or before a backslash.
fn is_one_word(line: &str) -> bool {
    let line = line.strip_suffix(" \\").unwrap_or(line);
    let behind_label = line.get(INDENT..).unwrap_or_default();
    [line, behind_label]
        .iter()
        .any(|part| part.split_ascii_whitespace().count() == 1)
}

/// Names at their longest, and something wrong with them.
fn longest() -> Facts {
    let cluster = "a-cluster-name-of-just-forty-characters0";
    let mut facts = named(cluster, "principals", "followersx");
    facts.commands.located = Located::Kubernetes {
        context: "kind-lab".into(),
        namespace: "a-namespace-whose-name-is-as-long-as-a-dns-label-is-let-to-be00".into(),
    };
    disconnect(&mut facts, SECOND);
    let leading = server(&mut facts, PRIMARY);
    leading.slots[1].wal_status = Some("unreserved".into());
    leading.senders[0].lag_seconds = Some(0.42);
    facts.pooler = Some(Pooler {
        name: format!("{cluster}-pgpool"),
        wanted: 2,
        pods: Vec::new(),
    });
    facts
}

#[test]
fn names_at_their_longest_are_never_broken() {
    fits(&longest());
}

#[test]
fn words_that_are_wide_or_longer_than_a_line_stay_whole() {
    let mut facts = well();
    let cause = format!("数据目录 {} 已满", "x".repeat(90));
    facts.members[FIRST].answer = Answer::Silent(cause);
    fits(&facts);
}

#[test]
fn where_there_is_no_terminal_a_command_is_one_line() {
    let facts = longest();
    let findings = judge(&facts);
    let text = table(&facts, &findings, None);
    let commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  next  "))
        .collect();
    let given: Vec<&str> = findings
        .iter()
        .map(|finding| finding.command.as_str())
        .collect();
    assert_eq!(commands, given);
    assert!(commands.iter().any(|command| command.len() > 120), "{text}");
}

#[test]
fn a_command_over_several_lines_is_the_same_command_to_a_shell() {
    let mut facts = longest();
    facts.commands.files = vec!["a spec of mine, and it's called so.yaml".into()];
    let findings = judge(&facts);
    for width in [60, 80] {
        let text = table(&facts, &findings, Some(width));
        let pasted = text
            .split("  next  ")
            .skip(1)
            .zip(&findings)
            .map(|(rest, finding)| {
                let end = rest.find("\n\n").unwrap_or(rest.len());
                (&rest[..end], finding.command.as_str())
            });
        for (pasted, command) in pasted {
            assert!(pasted.contains("\\\n"), "{pasted}");
            assert_eq!(arguments(pasted), arguments(command), "{pasted}");
        }
    }
}

/// What a shell makes of a command, an argument a line.
fn arguments(command: &str) -> String {
    let script = format!("printf '%s\\n' {command}");
    let done = Command::new("sh").args(["-c", &script]).output();
    let done = done.expect("a shell");
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).expect("text")
}
