//! Durations and timestamps as Go reads and writes them.
//!
//! Mirrors: kube-openapi pkg/validation/strfmt/duration.go

use std::fmt;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

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

/// A moment between the years 1 and 9999, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i128);

/// The seconds of the first and of the last moment.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

impl Moment {
    pub(crate) fn from_seconds(seconds: i64) -> Option<Self> {
        SECONDS.contains(&seconds).then(|| Self(i128::from(seconds) * SECOND))
    }

    pub(crate) fn seconds(self) -> i64 {
        i64::try_from(self.0.div_euclid(SECOND)).unwrap_or_default()
    }

    /// So many nanoseconds later.
    pub(crate) fn plus(self, nanoseconds: i128) -> Option<Self> {
        let later = Self(self.0 + nanoseconds);
        SECONDS.contains(&later.seconds()).then_some(later)
    }

    /// The nanoseconds from another moment to this one.
    pub(crate) fn since(self, other: Self) -> i128 {
        self.0 - other.0
    }

    /// Date and time so many seconds east of Greenwich.
    pub(crate) fn civil(self, east: i64) -> Option<DateTime> {
        let seconds = self.seconds().checked_add(east)?;
        let part = i32::try_from(self.0.rem_euclid(SECOND)).ok()?;
        DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
            .checked_add(SignedDuration::new(seconds, part))
            .ok()
    }

    /// Date and time in a zone by its name; none: there is no such zone.
    pub(crate) fn civil_in(self, zone: &str) -> Option<DateTime> {
        let zone = TimeZone::get(zone).ok()?;
        let east = match Timestamp::from_second(self.seconds()) {
            Ok(timestamp) => zone.to_offset(timestamp).seconds(),
            Err(_) => 0,
        };
        self.civil(i64::from(east))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil(0) {
            Some(time) => write!(formatter, "{time}Z"),
            None => write!(formatter, "{}", self.seconds()),
        }
    }
}

/// `2026-01-02T03:04:05Z`, to the letter.
pub(crate) fn timestamp(text: &str) -> Option<Moment> {
    let digits = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let shape = "dddd-dd-ddTdd:dd:dd";
    let shaped = text.len() > shape.len()
        && text.is_ascii()
        && shape.bytes().enumerate().all(|(at, letter)| match letter {
            b'd' => digits(at),
            letter => text.as_bytes()[at] == letter,
        });
    if !shaped {
        return None;
    }
    let end = text[shape.len()..].find(['Z', '+', '-'])? + shape.len();
    let (time, zone) = text.split_at(end);
    let fraction = &time[shape.len()..];
    if fraction.strip_prefix('.').is_some_and(|digits| digits.is_empty() || digits.contains('.')) {
        return None;
    }
    let time: DateTime = time.parse().ok()?;
    let since = time.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    Moment(since.as_nanos()).plus(-i128::from(east_of(zone)?) * SECOND)
}

/// `Z` or `+02:00`, in seconds.
fn east_of(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let number = |text: &str, most: i64| {
        let number: i64 = text.parse().ok().filter(|_| text.len() == 2)?;
        (number <= most).then_some(number)
    };
    let east = number(hours, 24)? * 3_600 + number(minutes, 60)? * 60;
    Some(if zone.starts_with('-') { -east } else { east })
}

/// The date and time of an object, in any form that its format allows.
pub(crate) fn wide_timestamp(text: &str) -> Option<Moment> {
    timestamp(&text.to_uppercase())
}

/// Midnight of a date.
pub(crate) fn date(text: &str) -> Option<Moment> {
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
        let text = |text: &str| timestamp(text).unwrap().to_string();
        assert_eq!(text("2026-01-02T03:04:05.25+02:00"), "2026-01-02T01:04:05.25Z");
        assert_eq!(text("9999-12-31T23:59:59Z"), "9999-12-31T23:59:59Z");
        assert_eq!(text("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
        for text in
            ["2026-01-02", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z"]
        {
            assert!(timestamp(text).is_none(), "{text}");
        }
        assert_eq!(date("2026-01-02"), timestamp("2026-01-02T00:00:00Z"));
    }
}
