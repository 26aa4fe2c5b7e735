//! Values of server parameters as the server reads them: switches, sizes, whole numbers.
//!
//! <https://www.postgresql.org/docs/current/config-setting.html>

use crate::spec::Parameter;

/// The truth value of a switch: `on`, `off`, `true`, `yes`, `1` and what begins them, in any case.
pub(super) fn switch(value: &Parameter) -> Option<bool> {
    match value {
        Parameter::Switch(on) => Some(*on),
        Parameter::Whole(number) => [(0, false), (1, true)]
            .into_iter()
            .find(|(n, _)| n == number)
            .map(|(_, on)| on),
        Parameter::Fraction(_) => None,
        Parameter::Text(text) => {
            let text = text.trim().to_lowercase();
            let begins = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
            if begins("on", 2) || begins("true", 1) || begins("yes", 1) || text == "1" {
                Some(true)
            } else if begins("off", 2) || begins("false", 1) || begins("no", 1) || text == "0" {
                Some(false)
            } else {
                None
            }
        }
    }
}

/// A whole number without a unit.
pub(super) fn whole(value: &Parameter) -> Option<i64> {
    match value {
        Parameter::Whole(number) => Some(*number),
        Parameter::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A size in bytes; a number without a unit counts in the parameter's own `unit`, given in bytes.
pub(super) fn bytes(value: &Parameter, unit: f64) -> Option<f64> {
    if let Parameter::Fraction(number) = value {
        return Some(number * unit);
    }
    let text = value.text();
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+'))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let factor = match suffix.trim() {
        "" => unit,
        "B" => 1.0,
        "kB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        "TB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

/// Megabytes, the unit of the parameters about WAL.
pub(super) const MEGABYTE: f64 = 1024.0 * 1024.0;

#[cfg(test)]
mod tests {
    use super::{MEGABYTE, bytes, switch};
    use crate::spec::Parameter;

    fn text(text: &str) -> Parameter {
        Parameter::Text(text.into())
    }

    #[test]
    fn switches_are_read_as_the_server_does() {
        for (written, on) in [
            ("on", Some(true)),
            ("T", Some(true)),
            ("of", Some(false)),
            ("n", Some(false)),
            ("o", None),
            ("", None),
        ] {
            assert_eq!(switch(&text(written)), on, "{written:?}");
        }
        assert_eq!(switch(&Parameter::Whole(0)), Some(false));
        assert_eq!(switch(&Parameter::Whole(2)), None);
    }

    #[test]
    fn sizes_are_read_as_the_server_does() {
        assert_eq!(bytes(&Parameter::Fraction(1e-7), 1.0), Some(1e-7));
        for (written, size) in [
            ("4GB", Some(4096.0)),
            ("1.5GB", Some(1536.0)),
            ("512 MB", Some(512.0)),
            ("16", Some(16.0)),
            ("-1", Some(-1.0)),
            ("4Gi", None),
            ("4gb", None),
            ("", None),
        ] {
            assert_eq!(
                bytes(&text(written), MEGABYTE),
                size.map(|megabytes| megabytes * MEGABYTE),
                "{written:?}"
            );
        }
    }
}
