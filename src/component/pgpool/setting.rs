//! One setting of pgpool.conf: its name, its value as the file writes it, and why it is set. It knows no cluster.

use std::fmt;

/// One setting of pgpool.conf and the reason for it.
/// <https://www.pgpool.net/docs/46/en/html/runtime-config.html>
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) value: Value,
    pub(super) why: &'static str,
}

/// A value by its type: texts are quoted, the others are not.
pub(super) enum Value {
    /// Pgpool-II knows no escape in a text, so that there are only texts of this program, and none has a quote.
    Text(&'static str),
    Whole(i64),
    Switch(Switch),
    /// One of several words.
    Word(&'static str),
}

/// On or off, as the file writes it.
#[derive(Clone, Copy)]
pub(super) enum Switch {
    On,
    Off,
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => write!(out, "'{text}'"),
            Value::Whole(number) => write!(out, "{number}"),
            Value::Switch(Switch::On) => out.write_str("on"),
            Value::Switch(Switch::Off) => out.write_str("off"),
            Value::Word(word) => out.write_str(word),
        }
    }
}

/// A text, which is quoted.
pub(super) fn text(name: &'static str, value: &'static str, why: &'static str) -> Setting {
    Setting {
        name,
        value: Value::Text(value),
        why,
    }
}

/// A whole number.
pub(super) fn whole(name: &'static str, value: impl Into<i64>, why: &'static str) -> Setting {
    Setting {
        name,
        value: Value::Whole(value.into()),
        why,
    }
}

/// A switch that is on.
pub(super) fn on(name: &'static str, why: &'static str) -> Setting {
    Setting {
        name,
        value: Value::Switch(Switch::On),
        why,
    }
}

/// A switch that is off.
pub(super) fn off(name: &'static str, why: &'static str) -> Setting {
    Setting {
        name,
        value: Value::Switch(Switch::Off),
        why,
    }
}

/// One of several words.
pub(super) fn word(name: &'static str, value: &'static str, why: &'static str) -> Setting {
    Setting {
        name,
        value: Value::Word(value),
        why,
    }
}
