//! Numbers as texts that Helm prints alike: the one way in which pgherd writes a number of a spec into a file.
//!
//! Helm reads every number of a values file as a 64-bit float and writes it as Go's encoding/json does. A template
//! prints the same text with `toJson`; with nothing else (`print` writes 1000000 as 1e+06). Knows no field.

/// Whole numbers from minus this to this are the same in a 64-bit float; beyond it, Helm would change their digits.
pub const LARGEST_WHOLE: i64 = 1 << 53;

/// The shortest digits that are read back as the same number, with an exponent where it is below 1e-6 or from 1e21
/// on: `0.1`, `100000`, `1e-7`, `1e+21`. Takes finite numbers only.
/// <https://pkg.go.dev/encoding/json#Marshal>
pub fn text(number: f64) -> String {
    let size = number.abs();
    let (mantissa, exponent) = shortest(size);
    let digits = mantissa.replace('.', "");
    let text = if size == 0.0 || (1e-6..1e21).contains(&size) {
        positional(&digits, exponent)
    } else if exponent < 0 {
        format!("{mantissa}e{exponent}")
    } else {
        format!("{mantissa}e+{exponent}")
    };
    let sign = if number.is_sign_negative() { "-" } else { "" };
    format!("{sign}{text}")
}

/// Mantissa and decimal exponent with the fewest digits. Of two texts that are equally near, Go takes the one with the
/// even last digit, as rounding to a number of digits does, and Rust's shortest the larger.
fn shortest(size: f64) -> (String, i32) {
    let fewest = format!("{size:e}");
    let precision = fewest.bytes().take_while(|byte| *byte != b'e').count();
    let rounded = format!("{size:.*e}", precision.saturating_sub(2));
    let text = if rounded.parse() == Ok(size) {
        rounded
    } else {
        fewest
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.into(), exponent.parse().unwrap_or_default())
}

/// Digits of which the first stands for `10^exponent`, without an exponent.
fn positional(digits: &str, exponent: i32) -> String {
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let Ok(whole) = usize::try_from(exponent + 1) else {
        return format!("0.{}{digits}", zeros(-exponent - 1));
    };
    match digits.split_at_checked(whole) {
        Some(("", fraction)) => format!("0.{fraction}"),
        Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
        _ => format!("{digits:0<whole$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    /// What `helm template` (3.22) prints for `{{ .Values.x | toJson }}`.
    #[test]
    fn numbers_are_written_as_helm_writes_them() {
        for (number, written) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (1.1, "1.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (123_456.789, "123456.789"),
            (1e6, "1000000"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e21, "1.5e+21"),
            (-2.5e30, "-2.5e+30"),
            (1e100, "1e+100"),
            (f64::MAX, "1.7976931348623157e+308"),
            (1e-6, "0.000001"),
            (9.99e-7, "9.99e-7"),
            (-1e-7, "-1e-7"),
            (1.5e-10, "1.5e-10"),
            (5e-324, "5e-324"),
            (0.25, "0.25"),
            (0.01, "0.01"),
            (1_584_285_121_012_282.0 + 0.25, "1584285121012282.2"),
            (18_014_398_509_481_985.0, "18014398509481984"),
        ] {
            assert_eq!(text(number), written);
        }
    }
}
