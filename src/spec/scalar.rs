//! What a plain YAML scalar means, by the core schema of YAML 1.2.
//!
//! Two texts stay texts although the core schema reads numbers: those with a leading zero (`0640` is octal to
//! PostgreSQL and to whoever writes it) and those that no 64-bit integer holds.

use serde_json::{Number, Value};

/// The value of a scalar written without quotes.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => whole(text)
            .or_else(|| fraction(text))
            .unwrap_or_else(|| Value::String(text.into())),
    }
}

fn whole(text: &str) -> Option<Value> {
    let prefixed = |prefix, radix| {
        text.strip_prefix(prefix)
            .and_then(|digits| i64::from_str_radix(digits, radix).ok())
    };
    if let Some(number) = prefixed("0x", 16).or_else(|| prefixed("0o", 8)) {
        return Some(number.into());
    }
    let digits = text.trim_start_matches(['+', '-']);
    if text.len() - digits.len() > 1 || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    text.parse::<i64>().ok().map(Value::from)
}

fn fraction(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let numeric = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.contains(|c: char| c.is_ascii_digit())
        && unsigned.contains(['.', 'e', 'E']);
    let leading_zero =
        unsigned.starts_with('0') && unsigned[1..].starts_with(|c: char| c.is_ascii_digit());
    if !numeric || leading_zero {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    // 17.0 is a whole number to JSON Schema but not to serde: agree on one. -0.0 has no whole number.
    let negative_zero = number == 0.0 && number.is_sign_negative();
    if number.fract() == 0.0 && number.abs() < 1e15 && !negative_zero {
        #[allow(clippy::cast_possible_truncation)] // below 2^53 and without a fraction
        return Some((number as i64).into());
    }
    Number::from_f64(number).map(Value::Number)
}

/// Whether a text would end a line of a configuration file, or of the YAML around it, or holds a byte order mark, which
/// some readers drop.
pub(crate) fn is_no_line(text: &str) -> bool {
    let ends = |letter: char| letter.is_control() && letter != '\t';
    text.contains(|letter: char| {
        ends(letter) || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}')
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::plain;

    #[test]
    fn scalars_follow_the_core_schema() {
        for (text, value) in [
            ("on", json!("on")),
            ("yes", json!("yes")),
            ("True", json!(true)),
            ("", json!(null)),
            ("17", json!(17)),
            ("-1", json!(-1)),
            ("0x10", json!(16)),
            ("0.9", json!(0.9)),
            ("17.0", json!(17)),
            ("-0.0", json!(-0.0)),
            ("1e3", json!(1000)),
            (".", json!(".")),
            ("e5", json!("e5")),
            ("1_000", json!("1_000")),
            ("0640", json!("0640")),
            ("--1", json!("--1")),
            ("10.0.0.0/8", json!("10.0.0.0/8")),
            ("99999999999999999999", json!("99999999999999999999")),
            (".inf", json!(".inf")),
        ] {
            assert_eq!(plain(text), value, "{text:?}");
        }
    }
}
