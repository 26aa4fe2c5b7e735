//! Random texts: such as a pattern describes, and such as break templates, quoting and parsers. Knows no field.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::dice::Dice;

/// Texts that some parser, shell or template takes for something else.
const NASTY: &[&str] = &[
    "on",
    "off",
    "yes",
    "No",
    "y",
    "null",
    "~",
    "true",
    "0x1f",
    "0640",
    "017",
    "1_000",
    "1e3",
    "1.0",
    ".5",
    "-1",
    "+1",
    ".inf",
    "12:30:45",
    "2026-11-21",
    "=",
    "<<",
    "it's",
    "say \"hi\"",
    "'",
    "\"",
    "\\",
    "a\\nb",
    "C:\\tmp\\",
    "%m [%p] '%a' ",
    " leading",
    "trailing ",
    "  ",
    "\tbefore",
    "in\tside",
    "after\t",
    "#a",
    "a # b",
    "a: b",
    "a:",
    "- a",
    "?",
    "|",
    ">",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "{}",
    "[]",
    "{{ }}",
    "{{ .Values.name }}",
    "{{- end }}",
    "{{/* a */}}",
    "}}",
    "$HOME",
    "$(id)",
    "${A}",
    "$$",
    "a,b",
    "Größe",
    "日本語",
    "😀",
    "e\u{301}",
    "\u{a0}",
    "\u{2028}",
    "\u{200b}",
    "\u{202e}abc",
    "\u{feff}a",
    "\u{85}",
    "<a href=\"b\">&amp;</a>",
    "a=b",
    "/etc/passwd",
    "10.0.0.0/8",
];

/// What else is in texts of several lines.
const LINES: &[&str] = &[
    "\n",
    "\n\n",
    "a\nb\n",
    "a\nb",
    "\na",
    "  a\n b\n",
    "\ta\n\tb\n",
    "a \nb\n",
    "a\n\n\nb\n\n",
    "a\n  \nb\n",
    "a\r\nb\r\n",
    "---\na\n",
    "-- it's\nselect '{{ .Values.name }}';\n",
    "create table \"a\\b\" ();\n\tinsert into x values ('\\');\n",
    "# a\n",
    "|\n  a\n",
];

/// How many lines a text may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    /// Nothing that ends a line.
    One,
    /// Any.
    Many,
}

/// Any text of at least `least` characters, often a nasty one.
pub(crate) fn any(dice: &mut Dice, lines: Lines, least: usize) -> String {
    loop {
        let pieces = if dice.happens(50) {
            1
        } else {
            dice.count(least, 4)
        };
        let text: String = (0..pieces).map(|_| piece(dice, lines)).collect();
        if text.chars().count() >= least {
            return text;
        }
    }
}

fn piece(dice: &mut Dice, lines: Lines) -> String {
    match dice.between(1, 4) {
        1 if lines == Lines::Many => (*dice.one(LINES)).into(),
        1 => matching(dice, "[ -~]{1,12}"),
        2 => matching(dice, "[a-z]{1,8}"),
        _ => (*dice.one(NASTY)).into(),
    }
}

/// A text that a pattern describes in full, without control characters; anchors at its ends are left out.
///
/// # Panics
/// Where the pattern is none, or has anchors within.
pub(crate) fn matching(dice: &mut Dice, pattern: &str) -> String {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    let strategy = string_regex(inner).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    let seed: Vec<u8> = (0..4).flat_map(|_| dice.bits().to_le_bytes()).collect();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    loop {
        let text = strategy.new_tree(&mut runner).unwrap().current();
        if !text.chars().any(char::is_control) {
            return text;
        }
    }
}
