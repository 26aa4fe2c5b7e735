//! Amounts in words: bytes and seconds with the unit that suits them.

/// Bytes, such as `12 B`, `3.2 MiB` or `120 GiB`.
pub(super) fn bytes(amount: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    // Tenths, in whole numbers, so that no digit is lost to rounding.
    let (mut whole, mut tenths) = (amount, 0);
    while whole >= 1024 && unit + 1 < UNITS.len() {
        tenths = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit += 1;
    }
    let unit = UNITS[unit];
    if unit == "B" || whole >= 10 || tenths == 0 {
        format!("{whole} {unit}")
    } else {
        format!("{whole}.{tenths} {unit}")
    }
}

/// Bytes of which there cannot be fewer than none.
pub(super) fn signed_bytes(amount: i64) -> String {
    bytes(u64::try_from(amount).unwrap_or(0))
}

/// Seconds, such as `0.3 s`, `45 s` or `12 min`.
pub(super) fn seconds(amount: f64) -> String {
    match amount {
        amount if amount < 10.0 => format!("{:.1} s", amount.max(0.0)),
        amount if amount < 120.0 => format!("{amount:.0} s"),
        amount if amount < 7200.0 => format!("{:.0} min", amount / 60.0),
        amount => format!("{:.0} h", amount / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_unit_that_suits_them() {
        let of = [0, 1023, 1024, 1536, 16 << 20, 252 << 30, 3 << 50].map(bytes);
        let expected = [
            "0 B", "1023 B", "1 KiB", "1.5 KiB", "16 MiB", "252 GiB", "3072 TiB",
        ];
        assert_eq!(of, expected);
        let of = [-1.0, 0.25, 9.96, 45.0, 600.0, 7200.0].map(seconds);
        assert_eq!(of, ["0.0 s", "0.2 s", "10.0 s", "45 s", "10 min", "2 h"]);
    }
}
