//! A JSON value and what its schema says of it in, the value that a rule sees out.
//!
//! Mirrors: apiserver pkg/cel/common/valuesunstructured.go

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::Fault;
use super::List;
use super::Map;
use super::Outcome;
use super::Text;
use super::Value;
use crate::schema::Format;
use crate::schema::Kind;
use crate::schema::LOOSE;
use crate::schema::Shape;
use crate::time;

/// Reads a value of an object.
pub(crate) fn read<'a>(json: &'a Json, shape: &'a Shape) -> Outcome<'a> {
    if shape.is_loose() {
        return Ok(loose(json));
    }
    if json.is_null() {
        return match shape.nullable {
            true => Ok(Value::Null),
            false => Fault::error("invalid data, got null for schema with nullable=false"),
        };
    }
    if shape.int_or_string {
        return match json {
            Json::String(text) => Ok(Value::String(Text::There(text))),
            Json::Number(number) if number.is_i64() => {
                Ok(Value::Int(number.as_i64().unwrap_or_default()))
            }
            _ => Fault::error(
                "invalid data, expected XIntOrString value to be either a string or integer",
            ),
        };
    }
    let expected =
        |what: &str| Fault::error(format!("invalid data, expected {what}, got {}", go_type(json)));
    match (shape.kind, json) {
        (Kind::Object, Json::Object(object)) => Ok(Value::Map(Map::There(object, shape))),
        (Kind::Object, _) => {
            Fault::error("invalid data, expected a map for the provided schema with type=object")
        }
        (Kind::Array, Json::Array(items)) => match &shape.item {
            Some(item) => Ok(Value::List(List::there(items, item, &shape.items))),
            None => Fault::error("invalid array type, expected Items with a non-empty Schema"),
        },
        (Kind::Array, _) => {
            Fault::error("invalid data, expected an array for the provided schema with type=array")
        }
        (Kind::String, Json::String(text)) => read_text(text, shape.format),
        (Kind::String, _) => expected("string"),
        (Kind::Number, Json::Number(number)) => {
            Ok(Value::Double(number.as_f64().unwrap_or(f64::NAN)))
        }
        (Kind::Number, _) => expected("float"),
        (Kind::Integer, Json::Number(number)) => match number.as_i64() {
            Some(number) => Ok(Value::Int(number)),
            None => expected("int"),
        },
        (Kind::Integer, _) => expected("int"),
        (Kind::Boolean, Json::Bool(value)) => Ok(Value::Bool(*value)),
        (Kind::Boolean, _) => expected("bool"),
        (Kind::None | Kind::Loose, _) => Ok(Value::Kept(json)),
    }
}

/// A value of which no schema says anything, as Go decodes it.
pub(crate) fn loose(json: &Json) -> Value<'_> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(Text::There(text)),
        Json::Array(items) => Value::List(List::loose(items)),
        Json::Object(object) => Value::Map(Map::There(object, &LOOSE)),
    }
}

fn read_text(text: &str, format: Format) -> Outcome<'_> {
    match format {
        Format::Plain => Ok(Value::String(Text::There(text))),
        Format::Byte => match STANDARD.decode(text) {
            Ok(bytes) => Ok(Value::Bytes(Rc::from(bytes))),
            Err(error) => Fault::error(format!("Invalid byte formatted string {text}: {error}")),
        },
        Format::Duration => match time::wide_duration(text) {
            Some(duration) => Ok(Value::Duration(duration)),
            None => {
                Fault::error(format!("Invalid duration {text}: unable to parse {text} as duration"))
            }
        },
        Format::Date => match time::date(text) {
            Some(date) => Ok(Value::Timestamp(date)),
            None => Fault::error(format!("Invalid date formatted string {text}")),
        },
        Format::DateTime => match time::wide_timestamp(text) {
            Some(timestamp) => Ok(Value::Timestamp(timestamp)),
            None => Fault::error(format!("Invalid date-time formatted string {text}")),
        },
    }
}

/// The type that Go decodes the value to.
fn go_type(json: &Json) -> &'static str {
    match json {
        Json::Null => "<nil>",
        Json::Bool(_) => "bool",
        Json::Number(number) if number.is_i64() => "int64",
        Json::Number(_) => "float64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}
