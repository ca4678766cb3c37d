//! Conversions between types: `int('5')`, `string(1.5)`, `type(self)`, `dyn(self)`.

use std::rc::Rc;

use crate::kinds::go_float;
use crate::kinds::go_parse_float;
use crate::time;
use crate::time::Moment;
use crate::value::Fault;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Text;
use crate::value::Value;

pub(super) fn call<'a>(_: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    let [value] = args else { return None };
    Some(match name {
        "dyn" => Ok(value.clone()),
        "type" => Ok(Value::Type(Text::There(value.type_name()))),
        "int" => int(value),
        "uint" => uint(value),
        "double" => double(value),
        "bool" => bool(value),
        "string" => string(value),
        "bytes" => match value {
            Value::Bytes(_) => Ok(value.clone()),
            Value::String(text) => Ok(Value::Bytes(Rc::from(text.as_bytes()))),
            _ => Fault::no_overload(),
        },
        "duration" => match value {
            Value::Duration(_) => Ok(value.clone()),
            Value::Int(_) => no_conversion("int", "google.protobuf.Duration"),
            Value::String(text) => match time::go_duration(text) {
                Some(duration) => Ok(Value::Duration(duration)),
                None => no_conversion("string", "google.protobuf.Duration"),
            },
            _ => Fault::no_overload(),
        },
        "timestamp" => timestamp(value),
        _ => return None,
    })
}

fn no_conversion<T>(from: &str, to: &str) -> Result<T, Fault> {
    Fault::error(format!("type conversion error from '{from}' to '{to}'"))
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
#[expect(clippy::cast_precision_loss, reason = "the bounds are powers of two")]
fn int<'a>(value: &Value<'a>) -> Outcome<'a> {
    let number = match value {
        Value::Int(number) => Some(*number),
        Value::Uint(number) => i64::try_from(*number).ok(),
        Value::Double(number) => {
            (*number > i64::MIN as f64 && *number < i64::MAX as f64).then_some(*number as i64)
        }
        Value::Duration(nanoseconds) => Some(*nanoseconds),
        Value::Timestamp(timestamp) => Some(timestamp.seconds()),
        Value::String(text) => match text.parse() {
            Ok(number) => Some(number),
            Err(_) => return no_conversion("string", "int"),
        },
        _ => return Fault::no_overload(),
    };
    number.map_or_else(|| Fault::error("integer overflow"), |number| Ok(Value::Int(number)))
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
#[expect(clippy::cast_sign_loss, reason = "the range is checked")]
#[expect(clippy::cast_precision_loss, reason = "the bound is a power of two")]
fn uint<'a>(value: &Value<'a>) -> Outcome<'a> {
    let number = match value {
        Value::Uint(number) => Some(*number),
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::Double(number) => {
            (*number >= 0.0 && *number < u64::MAX as f64).then_some(*number as u64)
        }
        Value::String(text) => match text.parse() {
            Ok(number) if !text.starts_with('+') => Some(number),
            _ => return no_conversion("string", "uint"),
        },
        _ => return Fault::no_overload(),
    };
    number
        .map_or_else(|| Fault::error("unsigned integer overflow"), |number| Ok(Value::Uint(number)))
}

#[expect(clippy::cast_precision_loss, reason = "so does CEL")]
fn double<'a>(value: &Value<'a>) -> Outcome<'a> {
    match value {
        Value::Double(_) => Ok(value.clone()),
        Value::Int(number) => Ok(Value::Double(*number as f64)),
        Value::Uint(number) => Ok(Value::Double(*number as f64)),
        Value::String(text) => match go_parse_float(text) {
            Some(number) => Ok(Value::Double(number)),
            None => no_conversion("string", "double"),
        },
        _ => Fault::no_overload(),
    }
}

fn bool<'a>(value: &Value<'a>) -> Outcome<'a> {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::String(text) => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => no_conversion("string", "bool"),
        },
        _ => Fault::no_overload(),
    }
}

/// Any value that has one, as a text.
pub(super) fn string<'a>(value: &Value<'a>) -> Outcome<'a> {
    Ok(match value {
        Value::String(_) => value.clone(),
        Value::Bool(value) => Value::text(value.to_string()),
        Value::Int(number) => Value::text(number.to_string()),
        Value::Uint(number) => Value::text(number.to_string()),
        Value::Double(number) => Value::text(go_float(*number)),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::text(text),
            Err(_) => return Fault::error("invalid UTF-8 in bytes, cannot convert to string"),
        },
        Value::Duration(nanoseconds) => Value::text(time::seconds(*nanoseconds)),
        Value::Timestamp(timestamp) => Value::text(timestamp.to_string()),
        Value::Ip(address) => Value::text(address.to_string()),
        Value::Cidr(network) => Value::text(network.to_string()),
        Value::Type(name) => Value::String(name.clone()),
        _ => return Fault::no_overload(),
    })
}

fn timestamp<'a>(value: &Value<'a>) -> Outcome<'a> {
    match value {
        Value::Timestamp(_) => Ok(value.clone()),
        Value::Int(seconds) => match Moment::from_seconds(*seconds) {
            Some(timestamp) => Ok(Value::Timestamp(timestamp)),
            None => Fault::error("timestamp overflow"),
        },
        Value::String(text) => match time::timestamp(text) {
            Some(timestamp) => Ok(Value::Timestamp(timestamp)),
            None => no_conversion("string", "google.protobuf.Timestamp"),
        },
        _ => Fault::no_overload(),
    }
}
