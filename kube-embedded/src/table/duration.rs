//! How long ago something was, as `kubectl` shows it.
//!
//! Mirrors: kubernetes apimachinery pkg/util/duration/duration.go

use jiff::Timestamp;
use serde_json::Value;

/// The age of a time stamp; `<unknown>` without one.
pub(super) fn age(stamp: &Value, now: Timestamp) -> Value {
    let parsed = stamp.as_str().and_then(|stamp| stamp.parse::<Timestamp>().ok());
    match parsed {
        Some(time) => human(now.as_second() - time.as_second()).into(),
        None => "<unknown>".into(),
    }
}

/// The time between two stamps.
pub(super) fn between(from: &Value, to: &Value) -> Option<String> {
    let parse = |stamp: &Value| stamp.as_str()?.parse::<Timestamp>().ok();
    Some(human(parse(to)?.as_second() - parse(from)?.as_second()))
}

pub(super) fn human(seconds: i64) -> String {
    let two = |big: i64, unit: &str, small: i64, part: &str| match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{part}"),
    };
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        ..=-2 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => two(days, "d", hours % 24, "h"),
        _ if days < 730 => format!("{days}d"),
        _ if days < 2920 => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn ages_read_as_kubectl_shows_them() {
        for (seconds, text) in [
            (-5, "<invalid>"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (597, "9m57s"),
            (3600, "60m"),
            (4 * 3600 + 60, "4h1m"),
            (3 * 86_400 + 3600, "3d1h"),
            (10 * 86_400, "10d"),
            (800 * 86_400, "2y70d"),
        ] {
            assert_eq!(human(seconds), text);
        }
    }
}
