//! Strings as YAML scalars that every parser reads back as the same string.
//!
//! A string is quoted unless it is known to be harmless: YAML 1.1 (kubectl, `PyYAML`) and 1.2 disagree on
//! what is a number, a boolean or a date, so the question is never what one of them would make of it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Words that some parser reads as a boolean, nothing or a number, in lower case.
const WORDS: &[&str] = &[
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nil", "none", "nan", "inf",
    "infinity",
];

/// Letters and signs that no number, date or time contains, whatever its base or notation.
const NEVER_IN_NUMBERS: &str = "ghijklmnqrsuvwyGHIJKLMNQRSUVWY/";

/// The string on one line, quoted where it has to be.
pub(crate) fn inline(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        Cow::Borrowed(text)
    } else if text.contains(['"', '\\']) && !text.chars().any(|c| c.is_control() || is_hidden(c)) {
        Cow::Owned(format!("'{}'", text.replace('\'', "''")))
    } else {
        Cow::Owned(double_quoted(text))
    }
}

/// The header of a literal block (`|`, with `2` where the text itself begins with a blank, and with `-` or
/// `+` by the newlines at its end), where the string can be one. The lines are then indented by two.
///
/// None for a text on one line, and where a block would lose something: parsers end lines at carriage
/// returns and at Unicode's separators too.
pub(super) fn block(text: &str) -> Option<String> {
    if !text.contains('\n') || !is_visible(text) {
        return None;
    }
    let indentation = if text.starts_with([' ', '\t', '\n']) {
        "2"
    } else {
        ""
    };
    let end = match text.strip_suffix('\n') {
        None => "-",
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => "+",
        Some(_) => "",
    };
    Some(format!("|{indentation}{end}"))
}

/// Whether every parser keeps all of it in lines. Scripts are ASCII, and most of what is written is scripts: that is a look at
/// bytes, many at a time.
fn is_visible(text: &str) -> bool {
    let is_common = |byte: u8| matches!(byte, b'\n' | b'\t' | b' '..=b'~');
    text.bytes().fold(true, |all, byte| all & is_common(byte))
        || !text
            .chars()
            .any(|c| !matches!(c, '\n' | '\t') && (c.is_control() || is_hidden(c)))
}

/// The text on one line without what would end the line or hide: the text of a comment.
pub(super) fn comment(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| {
            if c.is_control() || is_hidden(c) {
                ' '
            } else {
                c
            }
        })
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the string can stand without quotes.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins_well = match bytes.first() {
        Some(b'a'..=b'z' | b'A'..=b'Z') => {
            !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
        }
        Some(b'0'..=b'9') => text.contains(|c| NEVER_IN_NUMBERS.contains(c)),
        Some(b'/') => true,
        _ => false,
    };
    begins_well
        && !text.ends_with([' ', ':'])
        && bytes.iter().all(|byte| is_harmless(*byte))
        && !bytes.windows(2).any(|pair| matches!(pair, b": " | b" :"))
}

/// Characters without a meaning inside a plain scalar; a colon has one only beside a blank.
fn is_harmless(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" _-./:@%+=,()<>;*&|!?$^~'".contains(&byte)
}

/// Characters that end a line in some parser, that parsers refuse, or that show a reader another text than
/// the one that is there: line separators, the byte order mark, non-characters and changes of direction.
fn is_hidden(c: char) -> bool {
    matches!(u32::from(c),
        0x2028..=0x202E | 0x2066..=0x2069 | 0x200E | 0x200F | 0xFEFF | 0xFDD0..=0xFDEF)
        || u32::from(c) & 0xFFFE == 0xFFFE
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || is_hidden(c) => escape(&mut out, u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, code: u32) {
    // Writing to a String cannot fail.
    let _ = match code {
        0..=0xFF => write!(out, "\\x{code:02X}"),
        0x100..=0xFFFF => write!(out, "\\u{code:04X}"),
        _ => write!(out, "\\U{code:08X}"),
    };
}
