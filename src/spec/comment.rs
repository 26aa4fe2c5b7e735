//! Fields as commented YAML: what the spec of `init` and the chart's values have in common.
//!
//! Takes every word from the schema; which fields are shown, and which are set, is the caller's to say.

use std::fmt::Write;

use serde_json::Value;

const WIDTH: usize = 110;
/// What every line of a section begins with.
#[derive(Clone, Copy)]
pub(crate) struct Margin {
    /// Steps before the mark.
    pub(crate) depth: usize,
    /// `#` where the lines are commented out.
    pub(crate) mark: &'static str,
    /// Steps after the mark.
    pub(crate) below: usize,
}

impl Margin {
    /// Adds one line.
    pub(crate) fn line(self, content: &str, text: &mut String) {
        let step = |count| "  ".repeat(count);
        let _ = writeln!(
            text,
            "{}{}{}{content}",
            step(self.depth),
            self.mark,
            step(self.below)
        );
    }

    /// The margin of a field that is not set: commented out, unless its section is already.
    pub(crate) fn unset(self) -> Margin {
        Margin { mark: "#", ..self }
    }

    /// The margin of what a section holds.
    pub(crate) fn inner(self) -> Margin {
        let (live, commented) = if self.mark.is_empty() { (1, 0) } else { (0, 1) };
        Margin {
            depth: self.depth + live,
            below: self.below + commented,
            ..self
        }
    }
}

/// Whether a field has fields of its own.
pub(crate) fn is_section(field: &Value) -> bool {
    field["properties"]
        .as_object()
        .is_some_and(|known| !known.is_empty())
}

/// Whether a default sets nothing at all.
pub(crate) fn is_empty(default: &Value) -> bool {
    match default {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(entries) => entries.values().all(is_empty),
        _ => false,
    }
}

/// A field's meaning with the range where it is a number, then a line for each of its choices.
pub(crate) fn meaning(field: &Value) -> Vec<String> {
    let mut meaning = field["description"].as_str().unwrap_or_default().to_owned();
    if let (Some(least), Some(most)) = (
        field["minimum"].as_i64(),
        field["maximum"].as_i64().filter(|most| *most < 1 << 30),
    ) {
        let _ = write!(meaning, " {least} to {most}.");
    }
    let choices = field["oneOf"].as_array().into_iter().flatten();
    std::iter::once(meaning)
        .chain(choices.map(|choice| {
            let name = choice["const"].as_str().unwrap_or_default();
            let meaning = choice["description"].as_str().unwrap_or_default();
            format!("- {name}: {meaning}")
        }))
        .collect()
}

/// The meaning as comments.
pub(crate) fn comment(meaning: &[String], margin: Margin, text: &mut String) {
    for words in meaning {
        let hang = if words.starts_with("- ") { "  " } else { "" };
        wrapped(words, hang, margin, text);
    }
}

/// Whether a field takes null; one that does not and has no default is required.
pub(crate) fn is_optional(field: &Value) -> bool {
    let null = Value::from("null");
    field["type"] == null
        || field["type"]
            .as_array()
            .is_some_and(|types| types.contains(&null))
        || field["anyOf"]
            .as_array()
            .is_some_and(|either| either.iter().any(is_optional))
}

/// `name: value`, over several lines where the value is a list or map.
pub(crate) fn written(name: &str, value: &Value, margin: Margin, text: &mut String) {
    let elements: Vec<String> = match value {
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| format!("{key}: {}", scalar(value)))
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .map(|element| format!("- {}", scalar(element)))
            .collect(),
        _ => return margin.line(&format!("{name}: {}", scalar(value)), text),
    };
    margin.line(&format!("{name}:"), text);
    for element in elements {
        margin.inner().line(&element, text);
    }
}

/// A value in one line, quoted where another reader could take it for something else.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(word) if is_plain(word) => word.clone(),
        Value::Object(entries) => {
            let inner: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{key}: {}", scalar(value)))
                .collect();
            format!("{{{}}}", inner.join(", "))
        }
        Value::Array(elements) => {
            let inner: Vec<String> = elements.iter().map(scalar).collect();
            format!("[{}]", inner.join(", "))
        }
        other => other.to_string(),
    }
}

fn is_plain(word: &str) -> bool {
    const READ_OTHERWISE: [&str; 9] = ["on", "off", "yes", "no", "y", "n", "true", "false", "null"];
    let letters = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c));
    let worded = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && !READ_OTHERWISE.contains(&word.to_lowercase().as_str());
    let amount = word.trim_start_matches(|c: char| c.is_ascii_digit());
    letters && !word.ends_with(':') && (worded || ["m", "s", "Mi", "Gi", "MB"].contains(&amount))
}

/// Words broken into comment lines; those after the first are indented by `hang`.
fn wrapped(words: &str, hang: &str, margin: Margin, text: &mut String) {
    let mut current = String::from("#");
    for word in words.split_whitespace() {
        if current.len() + 1 + word.len() > WIDTH - 2 * margin.depth {
            margin.line(&current, text);
            current = format!("#{hang}");
        }
        current.push(' ');
        current.push_str(word);
    }
    margin.line(&current, text);
}
