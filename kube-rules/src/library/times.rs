//! Parts of timestamps and durations: `self.getFullYear()`, `self.getHours('Europe/Zurich')`.

use jiff::civil::DateTime;

use crate::time::Moment;
use crate::value::Fault;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;

pub(super) fn call<'a>(_: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    let part: fn(&DateTime) -> i64 = match name {
        "getFullYear" => |time| i64::from(time.year()),
        "getMonth" => |time| i64::from(time.month()) - 1,
        "getDayOfYear" => |time| i64::from(time.day_of_year()) - 1,
        "getDayOfMonth" => |time| i64::from(time.day()) - 1,
        "getDate" => |time| i64::from(time.day()),
        "getDayOfWeek" => |time| i64::from(time.weekday().to_sunday_zero_offset()),
        "getHours" => |time| i64::from(time.hour()),
        "getMinutes" => |time| i64::from(time.minute()),
        "getSeconds" => |time| i64::from(time.second()),
        "getMilliseconds" => |time| i64::from(time.millisecond()),
        _ => return None,
    };
    Some(match args {
        [Value::Timestamp(timestamp)] => {
            at_offset(*timestamp, 0).map(|time| Value::Int(part(&time)))
        }
        [Value::Timestamp(timestamp), Value::String(zone)] => {
            in_zone(*timestamp, zone).map(|time| Value::Int(part(&time)))
        }
        [Value::Duration(nanoseconds)] => of_duration(name, *nanoseconds),
        _ => Fault::no_overload(),
    })
}

fn of_duration<'a>(name: &str, nanoseconds: i64) -> Outcome<'a> {
    let unit = match name {
        "getHours" => 3_600_000_000_000,
        "getMinutes" => 60_000_000_000,
        "getSeconds" => 1_000_000_000,
        "getMilliseconds" => 1_000_000,
        _ => return Fault::no_overload(),
    };
    Ok(Value::Int(nanoseconds / unit))
}

fn at_offset(timestamp: Moment, east: i64) -> Result<DateTime, Fault> {
    timestamp.civil(east).map_or_else(|| Fault::error("timestamp overflow"), Ok)
}

fn in_zone(timestamp: Moment, zone: &str) -> Result<DateTime, Fault> {
    let Some((hours, minutes)) = zone.split_once(':') else {
        return match zone {
            "" | "UTC" => at_offset(timestamp, 0),
            _ => timestamp
                .civil_in(zone)
                .map_or_else(|| Fault::error(format!("unknown time zone {zone}")), Ok),
        };
    };
    let number = |text: &str| match text.parse::<i32>() {
        Ok(number) => Ok(i64::from(number)),
        Err(_) => Fault::error(format!("strconv.Atoi: parsing \"{text}\": invalid syntax")),
    };
    let (whole, minutes) = (number(hours)?, number(minutes)?);
    let minutes = if hours.starts_with('-') { -minutes } else { minutes };
    at_offset(timestamp, whole * 3_600 + minutes * 60)
}
