//! A span of time as Go writes it in an object, `1h30m`, in; nanoseconds out, and back.
//!
//! Mirrors: apimachinery pkg/apis/meta/v1/duration.go

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration as StdDuration;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error as _;

/// What is accepted, for the server: what no reader understands is not stored.
const PATTERN: &str = r"^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$";

const MICROSECOND: i64 = 1_000;
const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A span of time as a field of a kind: `metav1.Duration`, a text as `1h30m`, `1.5s` or `300ms`, up to 292 years either way.
///
/// It is read and written exactly as Go does. A [`std::time::Duration`] becomes one by `into()`, and one that is not negative gives it back.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use std::time::Duration as StdDuration;
///
/// use kube_core::{Duration, Resource};
///
/// #[derive(Resource, Clone, Debug)]
/// #[resource(group = "demo.example.com", version = "v1")]
/// pub struct BackupSpec {
///     #[resource(default = StdDuration::from_secs(5400).into())]
///     pub every: Duration,
/// }
///
/// let backup: BackupSpec = serde_json::from_str("{}").unwrap();
/// assert_eq!(serde_json::to_string(&backup).unwrap(), r#"{"every":"1h30m0s"}"#);
/// assert_eq!(StdDuration::try_from(backup.every), Ok(StdDuration::from_secs(5400)));
/// assert_eq!("-1.5h".parse::<Duration>().unwrap().to_string(), "-1h30m0s");
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    nanoseconds: i64,
}

/// Why a text is no [`Duration`], or a [`Duration`] no [`std::time::Duration`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurationError {
    /// It is not written as Go writes one.
    Unreadable,
    /// It is longer than 292 years.
    TooLong,
    /// It lies in the past.
    Negative,
}

impl fmt::Display for DurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unreadable => "not a duration; write it as `1h30m`, `1.5s` or `300ms`",
            Self::TooLong => "a duration of more than 292 years",
            Self::Negative => "a negative duration",
        })
    }
}

impl std::error::Error for DurationError {}

/// One of more than 292 years is 292 years.
impl From<StdDuration> for Duration {
    fn from(duration: StdDuration) -> Self {
        Self { nanoseconds: i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX) }
    }
}

impl TryFrom<Duration> for StdDuration {
    type Error = DurationError;

    fn try_from(duration: Duration) -> Result<Self, DurationError> {
        let nanoseconds = u64::try_from(duration.nanoseconds);
        nanoseconds.map(Self::from_nanos).map_err(|_| DurationError::Negative)
    }
}

impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let (is_negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        match rest {
            "" => return Err(DurationError::Unreadable),
            "0" => return Ok(Self::default()),
            _ => {}
        }
        let mut total: i128 = 0;
        while !rest.is_empty() {
            let (part, after) = part(rest)?;
            total = total.checked_add(part).ok_or(DurationError::TooLong)?;
            rest = after;
        }
        let total = if is_negative { -total } else { total };
        let nanoseconds = i64::try_from(total).map_err(|_| DurationError::TooLong)?;
        Ok(Self { nanoseconds })
    }
}

/// The first number with its unit, in nanoseconds, and what follows it.
fn part(text: &str) -> Result<(i128, &str), DurationError> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, after) = text.split_at(digits(text));
    let (fraction, after) = match after.strip_prefix('.') {
        Some(after) => after.split_at(digits(after)),
        None => ("", after),
    };
    let end = after.find(|letter: char| letter.is_ascii_digit() || letter == '.');
    let (unit, rest) = after.split_at(end.unwrap_or(after.len()));
    let unit = i128::from(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return Err(DurationError::Unreadable),
    });
    if whole.is_empty() && fraction.is_empty() {
        return Err(DurationError::Unreadable);
    }
    let number = |digits: &str| match digits {
        "" => Some(0_i128),
        digits => digits.parse().ok(),
    };
    // More digits than nanoseconds have say nothing.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or_default());
    let whole = number(whole).and_then(|whole| whole.checked_mul(unit));
    let below = number(fraction).map(|fraction| fraction * unit / scale);
    let both = whole.zip(below).and_then(|(whole, below)| whole.checked_add(below));
    Ok((both.ok_or(DurationError::TooLong)?, rest))
}

/// As Go writes it: `1h30m0s`, `1.5s`, `300ms`, `0s`.
impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.nanoseconds.unsigned_abs();
        let [second, minute, hour] = [SECOND, MINUTE, HOUR].map(i64::unsigned_abs);
        let sign = if self.nanoseconds < 0 { "-" } else { "" };
        formatter.write_str(sign)?;
        match total {
            0 => formatter.write_str("0s"),
            1..1_000 => write!(formatter, "{total}ns"),
            1_000..1_000_000 => write!(formatter, "{}µs", decimal(total, 1_000)),
            1_000_000..1_000_000_000 => write!(formatter, "{}ms", decimal(total, 1_000_000)),
            _ => {
                if total >= hour {
                    write!(formatter, "{}h", total / hour)?;
                }
                if total >= minute {
                    write!(formatter, "{}m", total % hour / minute)?;
                }
                write!(formatter, "{}s", decimal(total % minute, second))
            }
        }
    }
}

/// `nanoseconds` in a unit, without zeros at the end.
fn decimal(nanoseconds: u64, unit: u64) -> String {
    let width = usize::try_from(unit.ilog10()).unwrap_or_default();
    let (whole, below) = (nanoseconds / unit, nanoseconds % unit);
    let text = format!("{whole}.{below:0width$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|why| D::Error::custom(format_args!("`{text}` is {why}")))
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use regex_syntax::parse;

    use super::*;

    #[test]
    fn durations_are_read_and_written_as_go_does() {
        for (text, nanoseconds, written) in [
            ("0", 0, "0s"),
            ("-0", 0, "0s"),
            ("1h30m", 90 * MINUTE, "1h30m0s"),
            ("5400s", 90 * MINUTE, "1h30m0s"),
            ("1.5s", 1_500 * MILLISECOND, "1.5s"),
            (".5s", 500 * MILLISECOND, "500ms"),
            ("1.s", SECOND, "1s"),
            ("+300ms", 300 * MILLISECOND, "300ms"),
            ("-1.5h", -90 * MINUTE, "-1h30m0s"),
            ("1500us", 1_500 * MICROSECOND, "1.5ms"),
            ("2μs3ns", 2_003, "2.003µs"),
            ("999ns", 999, "999ns"),
            ("0.0000000015s", 1, "1ns"),
            ("100h0.000000001s", 100 * HOUR + 1, "100h0m0.000000001s"),
            ("9223372036854775807ns", i64::MAX, "2562047h47m16.854775807s"),
            ("-9223372036854775808ns", i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            let read: Duration = text.parse().unwrap_or_else(|why| panic!("`{text}` is {why}"));
            assert_eq!(read.nanoseconds, nanoseconds, "{text}");
            assert_eq!(read.to_string(), written, "{text}");
            assert_eq!(written.parse(), Ok(read), "{text}");
        }
        for text in ["", "-", "1", "h", "1x", "1 h", "1h0", "01", "1..5s", ".s", "1d", "1h-3m"] {
            assert_eq!(text.parse::<Duration>(), Err(DurationError::Unreadable), "{text}");
        }
        for text in ["9223372036854775808ns", "2562048h", "99999999999999999999999999999999999999h"]
        {
            assert_eq!(text.parse::<Duration>(), Err(DurationError::TooLong), "{text}");
        }
    }

    #[test]
    fn only_what_does_not_lie_in_the_past_is_a_duration_of_the_standard_library() {
        let minute: Duration = StdDuration::from_secs(60).into();
        assert_eq!(StdDuration::try_from(minute), Ok(StdDuration::from_secs(60)));
        assert_eq!(Duration::from(StdDuration::MAX).nanoseconds, i64::MAX);
        let past: Duration = "-1m".parse().unwrap();
        assert_eq!(StdDuration::try_from(past), Err(DurationError::Negative));
    }

    #[test]
    fn an_object_with_another_text_is_told_which() {
        let why = serde_json::from_str::<Duration>(r#""soon""#).unwrap_err().to_string();
        assert!(why.starts_with("`soon` is not a duration; write it as `1h30m`"), "{why}");
        assert!(parse(PATTERN).is_ok());
    }
}
