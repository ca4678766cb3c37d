//! Durations and timestamps as Go reads and writes them.
//!
//! Mirrors: kube-openapi pkg/validation/strfmt/duration.go

use jiff::Timestamp;

const SECOND: i128 = 1_000_000_000;

/// `1h30m` in nanoseconds; none: no duration of Go's, or one of more than 292 years.
pub(crate) fn go_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(digits);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(after.bytes().take_while(u8::is_ascii_digit).count()),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let unit_end = after.find(|letter: char| letter.is_ascii_digit() || letter == '.');
        let (unit, after) = after.split_at(unit_end.unwrap_or(after.len()));
        let unit = unit_of(unit)?;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        if !fraction.is_empty() {
            // More digits than nanoseconds have say nothing.
            let digits = &fraction[..fraction.len().min(18)];
            let part: i128 = digits.parse().ok()?;
            total += part * unit / 10_i128.pow(u32::try_from(digits.len()).ok()?);
        }
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return None;
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

fn unit_of(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        _ => return None,
    })
}

/// A duration of an object: as Go's, or in words, `3 days`.
pub(crate) fn wide_duration(text: &str) -> Option<i64> {
    if let Some(duration) = go_duration(text) {
        return Some(duration);
    }
    let (mut total, mut found, mut rest) = (0_i64, false, text);
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let digits = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest[start..].split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|letter: char| !letter.is_ascii_alphabetic() && letter != 'µ');
        let (unit, after) = after.split_at(letters.unwrap_or(after.len()));
        if let Some(unit) = worded_unit(&unit.to_lowercase()) {
            total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
            found = true;
        }
        rest = after;
    }
    found.then_some(total)
}

fn worded_unit(unit: &str) -> Option<i64> {
    let second = 1_000_000_000;
    let rows: [(&[&str], &str, i64); 8] = [
        (&["ns"], "nano", 1),
        (&["us", "µs"], "micro", 1_000),
        (&["ms"], "milli", 1_000_000),
        (&["s"], "sec", second),
        (&["m"], "min", 60 * second),
        (&["h", "hr"], "hour", 3_600 * second),
        (&["d"], "day", 86_400 * second),
        (&["w", "wk"], "week", 604_800 * second),
    ];
    let of = rows.iter().find(|(short, long, _)| short.contains(&unit) || unit.starts_with(long));
    of.map(|(_, _, nanoseconds)| *nanoseconds)
}

/// `2026-01-02T03:04:05Z`, to the letter.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let shaped = digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && bytes.get(7) == Some(&b'-')
        && digits(8..10)
        && bytes.get(10) == Some(&b'T')
        && digits(11..13)
        && bytes.get(13) == Some(&b':')
        && digits(14..16)
        && bytes.get(16) == Some(&b':')
        && digits(17..19);
    let zone = bytes.get(19..).map(|rest| {
        let fraction = rest
            .strip_prefix(b".")
            .map_or(0, |rest| 1 + rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
        &rest[fraction..]
    });
    let zoned = zone.is_some_and(|zone| {
        zone == b"Z" || (zone.len() == 6 && matches!(zone[0], b'+' | b'-') && zone[3] == b':')
    });
    if shaped && zoned { text.parse().ok() } else { None }
}

/// The date and time of an object, in any form that its format allows.
pub(crate) fn wide_timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| timestamp(&text.to_uppercase()))
}

/// Midnight of a date.
pub(crate) fn date(text: &str) -> Option<Timestamp> {
    timestamp(&format!("{text}T00:00:00Z"))
}

/// Seconds with as many decimals as they need, and an `s`.
pub(crate) fn seconds(nanoseconds: i64) -> String {
    let (whole, part) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    let value = whole as f64 + part as f64 / 1e9;
    format!("{value}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let rows = [
            ("1h30m", Some(5_400_000_000_000)),
            ("-1.5s", Some(-1_500_000_000)),
            ("0", Some(0)),
            (".5m", Some(30_000_000_000)),
            ("1us", Some(1_000)),
            ("", None),
            ("5", None),
            ("1d", None),
            ("9999999h", None),
        ];
        for (text, expected) in rows {
            assert_eq!(go_duration(text), expected, "{text}");
        }
        assert_eq!(wide_duration("2 days"), Some(172_800_000_000_000));
        assert_eq!(wide_duration("nothing"), None);
        assert_eq!(seconds(1_500_000_000), "1.5s");
        assert_eq!(seconds(60_000_000_000), "60s");
    }

    #[test]
    fn timestamps_are_read_to_the_letter() {
        assert!(timestamp("2026-01-02T03:04:05Z").is_some());
        assert!(timestamp("2026-01-02T03:04:05.25+02:00").is_some());
        for text in
            ["2026-01-02", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z"]
        {
            assert!(timestamp(text).is_none(), "{text}");
        }
        assert_eq!(date("2026-01-02"), timestamp("2026-01-02T00:00:00Z"));
    }
}
