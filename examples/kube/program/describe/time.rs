//! Times and ages: what an object says in, what kubectl prints out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/apimachinery/pkg/util/duration/duration.go
//! Differs: dates are in UTC, wherever this machine is.

use k8s_openapi::jiff::Timestamp;
use k8s_openapi::jiff::tz::TimeZone;
use serde_json::Value;

/// What Go prints of no time.
const NEVER: &str = "Mon, 01 Jan 0001 00:00:00 +0000";

/// None if there is no time, or nonsense in its place.
pub fn at(time: &Value) -> Option<Timestamp> {
    time.as_str()?.parse().ok()
}

/// As `Mon, 02 Jan 2006 15:04:05 +0000`.
pub fn date(time: &Value) -> String {
    let Some(at) = at(time) else { return NEVER.to_owned() };
    at.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// As Go prints it, `2006-01-02 15:04:05 +0000 UTC`.
pub fn go(time: &Value) -> String {
    let Some(at) = at(time) else { return "0001-01-01 00:00:00 +0000 UTC".to_owned() };
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S %z UTC").to_string()
}

/// How long ago that was.
pub fn age(time: &Value) -> String {
    at(time).map_or_else(|| "<unknown>".to_owned(), |at| between(at, Timestamp::now()))
}

/// How long it is from one to the other.
pub fn between(from: Timestamp, to: Timestamp) -> String {
    human(to.duration_since(from).as_secs())
}

/// A duration in seconds, roughly, as people like it.
pub fn human(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let both = |whole: i64, unit: &str, rest: i64, small: &str| match rest {
        0 => format!("{whole}{unit}"),
        rest => format!("{whole}{unit}{rest}{small}"),
    };
    match () {
        () if seconds < -1 => "<invalid>".to_owned(),
        () if seconds < 0 => "0s".to_owned(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => both(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => both(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => both(days, "d", hours % 24, "h"),
        () if years < 2 => format!("{days}d"),
        () if years < 8 => both(years, "y", days % 365, "d"),
        () => format!("{years}y"),
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn a_duration_is_told_in_one_or_two_units_as_kubectl_tells_it() {
        for (seconds, expected) in [
            (-5, "<invalid>"),
            (-1, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (600, "10m"),
            (3 * 3600 - 1, "179m"),
            (3 * 3600, "3h"),
            (3 * 3600 + 60, "3h1m"),
            (8 * 3600 + 60, "8h"),
            (48 * 3600, "2d"),
            (49 * 3600, "2d1h"),
            (8 * 86400 + 3600, "8d"),
            (729 * 86400, "729d"),
            (730 * 86400, "2y"),
            (731 * 86400, "2y1d"),
            (3000 * 86400, "8y"),
        ] {
            assert_eq!(human(seconds), expected, "{seconds} s");
        }
    }
}
