//! Bodies in protobuf, which Go clients send for built-in kinds: bytes in, the object as JSON out.
//!
//! Answers stay JSON: every client that sends protobuf takes them.

mod table;
mod wire;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use table::{Message, Of, Table, table};
use wire::{Content, Reader};

/// What every message starts with.
const MAGIC: &[u8] = b"k8s\0";
/// How deep messages may lie in each other.
const DEPTH: usize = 100;

/// The object in a body.
///
/// # Errors
/// The text of a 400: it is no such message, or of a kind that is not known.
pub(crate) fn decode(body: &[u8]) -> Result<Value, String> {
    let Some(envelope) = body.strip_prefix(MAGIC) else {
        return Err("provided data does not appear to be a protobuf message, expected prefix \
                    [107 56 115 0]"
            .to_owned());
    };
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    for field in Reader::new(envelope) {
        match field? {
            (1, Content::Bytes(types)) => {
                for field in Reader::new(types) {
                    match field? {
                        (1, Content::Bytes(text)) => api_version = string(text),
                        (2, Content::Bytes(text)) => kind = string(text),
                        _ => {}
                    }
                }
            }
            (2, Content::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let table = table();
    let Some(message) = table.root(&api_version, &kind) else {
        return Err(format!(
            "no kind \"{kind}\" is registered for version \"{api_version}\" in scheme \
             \"pkg/runtime/scheme.go:111\""
        ));
    };
    let mut object = Map::new();
    read(table, message, raw, &mut object, 0)?;
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    Ok(object.into())
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads the members of one message into `object`.
fn read(
    table: &Table,
    message: &Message,
    bytes: &[u8],
    object: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), String> {
    if depth > DEPTH {
        return Err("the messages lie too deep in each other".to_owned());
    }
    for field in Reader::new(bytes) {
        let (number, content) = field?;
        let Some(field) = message.field(number) else { continue };
        match (&field.of, content) {
            (Of::Inline(name), Content::Bytes(bytes)) => {
                read(table, table.message(name)?, bytes, object, depth + 1)?;
            }
            (Of::List(of), content) => {
                if let Some(value) = single(table, of, content, true, depth)? {
                    let list = object.entry(field.name).or_insert_with(|| json!([]));
                    if let Some(list) = list.as_array_mut() {
                        list.push(value);
                    }
                }
            }
            (Of::Map(of), Content::Bytes(bytes)) => {
                let (key, value) = entry(table, of, bytes, depth)?;
                let map = object.entry(field.name).or_insert_with(|| json!({}));
                if let Some(map) = map.as_object_mut() {
                    map.insert(key, value);
                }
            }
            (of, content) => {
                if let Some(value) = single(table, of, content, field.zero_counts, depth)? {
                    object.insert(field.name.to_string(), value);
                }
            }
        }
    }
    Ok(())
}

/// A key and its value.
fn entry(table: &Table, of: &Of, bytes: &[u8], depth: usize) -> Result<(String, Value), String> {
    let (mut key, mut value) = (String::new(), Value::from(""));
    for field in Reader::new(bytes) {
        match field? {
            (1, Content::Bytes(text)) => key = string(text),
            (2, content) => {
                value = single(table, of, content, true, depth)?.unwrap_or_default();
            }
            _ => {}
        }
    }
    Ok((key, value))
}

/// One value; `None` when it is a zero that only stands for something left out.
fn single(
    table: &Table,
    of: &Of,
    content: Content<'_>,
    zero_counts: bool,
    depth: usize,
) -> Result<Option<Value>, String> {
    let keep = |value: Value, zero: bool| Ok((zero_counts || !zero).then_some(value));
    match (of, content) {
        (Of::Text, Content::Bytes(bytes)) => keep(string(bytes).into(), bytes.is_empty()),
        (Of::Bytes, Content::Bytes(bytes)) => keep(STANDARD.encode(bytes).into(), bytes.is_empty()),
        (Of::Integer, Content::Number(number)) => keep(number.cast_signed().into(), number == 0),
        (Of::Boolean, Content::Number(number)) => keep((number != 0).into(), number == 0),
        (Of::Double, Content::Double(number)) => keep(number.into(), number == 0.0),
        (Of::Time { micro }, Content::Bytes(bytes)) => time(bytes, *micro),
        (Of::Quantity, Content::Bytes(bytes)) => Ok(Some(text_at(bytes, 1)?.into())),
        (Of::Duration, Content::Bytes(bytes)) => {
            let nanoseconds = number_at(bytes, 1)?;
            Ok(Some(format!("{}s", nanoseconds / 1_000_000_000).into()))
        }
        (Of::IntOrString, Content::Bytes(bytes)) => {
            let (kind, number) = (number_at(bytes, 1)?, number_at(bytes, 2)?);
            if kind == 1 {
                return Ok(Some(text_at(bytes, 3)?.into()));
            }
            keep(number.into(), number == 0)
        }
        (Of::Json, Content::Bytes(bytes)) => {
            let text = text_at(bytes, 1)?;
            if text.is_empty() {
                return Ok(None);
            }
            serde_json::from_str(&text).map(Some).map_err(|error| error.to_string())
        }
        (Of::Items, Content::Bytes(bytes)) => {
            let items: Result<Vec<Value>, String> = Reader::new(bytes)
                .filter_map(|field| match field {
                    Ok((1, Content::Bytes(text))) => Some(Ok(string(text).into())),
                    Ok(_) => None,
                    Err(error) => Some(Err(error)),
                })
                .collect();
            Ok(Some(items?.into()))
        }
        (Of::Schemas | Of::SchemaOrBool | Of::SchemaOrTexts, Content::Bytes(bytes)) => {
            schemas(table, of, bytes, depth).map(Some)
        }
        (Of::Message(name), Content::Bytes(bytes)) => {
            let mut object = Map::new();
            read(table, table.message(name)?, bytes, &mut object, depth + 1)?;
            Ok(Some(object.into()))
        }
        _ => Err("a field has the wrong wire type".to_owned()),
    }
}

/// One schema, several, a switch or texts: whatever stands in the place of one schema.
fn schemas(table: &Table, of: &Of, bytes: &[u8], depth: usize) -> Result<Value, String> {
    const SCHEMA: &str = "apiextensions.v1.JSONSchemaProps";
    let (mut one, mut more, mut allowed) = (None, Vec::<Value>::new(), false);
    for field in Reader::new(bytes) {
        match (field?, of) {
            ((1, Content::Number(flag)), Of::SchemaOrBool) => allowed = flag != 0,
            ((2, Content::Bytes(text)), Of::SchemaOrTexts) => more.push(string(text).into()),
            ((2, Content::Bytes(bytes)), Of::Schemas) => {
                let mut schema = Map::new();
                read(table, table.message(SCHEMA)?, bytes, &mut schema, depth + 1)?;
                more.push(schema.into());
            }
            ((1 | 2, Content::Bytes(bytes)), _) => {
                let mut schema = Map::new();
                read(table, table.message(SCHEMA)?, bytes, &mut schema, depth + 1)?;
                one = Some(schema.into());
            }
            _ => {}
        }
    }
    Ok(match (one, of) {
        (Some(schema), _) => schema,
        (None, Of::SchemaOrBool) => allowed.into(),
        (None, _) => more.into(),
    })
}

fn text_at(bytes: &[u8], wanted: u64) -> Result<String, String> {
    for field in Reader::new(bytes) {
        if let (number, Content::Bytes(text)) = field?
            && number == wanted
        {
            return Ok(string(text));
        }
    }
    Ok(String::new())
}

fn number_at(bytes: &[u8], wanted: u64) -> Result<i64, String> {
    for field in Reader::new(bytes) {
        if let (number, Content::Number(value)) = field?
            && number == wanted
        {
            return Ok(value.cast_signed());
        }
    }
    Ok(0)
}

/// A time; no bytes at all are no time.
fn time(bytes: &[u8], micro: bool) -> Result<Option<Value>, String> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (seconds, nanoseconds) = (number_at(bytes, 1)?, number_at(bytes, 2)?);
    let nanoseconds = i32::try_from(nanoseconds).map_err(|error| error.to_string())?;
    let time = Timestamp::new(seconds, nanoseconds).map_err(|error| error.to_string())?;
    let format = if micro { "%Y-%m-%dT%H:%M:%S%.6fZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    Ok(Some(time.to_zoned(TimeZone::UTC).strftime(format).to_string().into()))
}

#[cfg(test)]
mod tests;
