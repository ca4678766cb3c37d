//! A value in, the text that kubectl prints for it out: numbers as Go's `%v`, lists and objects as its encoding/json.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::Number;
use serde_json::Value;

/// Texts and numbers as they are, lists and objects as JSON.
pub(super) fn value(text: &mut String, value: &Value) {
    match value {
        Value::String(string) => text.push_str(string),
        Value::Number(number) => plain(text, number),
        other => json(text, other),
    }
}

fn plain(text: &mut String, number: &Number) {
    match (number.as_i64(), number.as_f64()) {
        (None, Some(float)) => self::float(text, float, 1e-4..1e6, 2),
        _ => _ = write!(text, "{number}"),
    }
}

fn json(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(bool) => text.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (None, Some(float)) => self::float(text, float, 1e-6..1e21, 1),
            _ => _ = write!(text, "{number}"),
        },
        Value::String(string) => quoted(text, string),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                json(text, item);
            }
            text.push(']');
        }
        Value::Object(members) => {
            // In the order of their names, whatever the map's is.
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                quoted(text, name);
                text.push(':');
                json(text, member);
            }
            text.push('}');
        }
    }
}

/// With an exponent of so many digits at the least where its size is not one of these.
fn float(text: &mut String, float: f64, sizes: Range<f64>, digits: usize) {
    let size = float.abs();
    if size == 0.0 || sizes.contains(&size) {
        _ = write!(text, "{float}");
        return;
    }
    let written = format!("{float:e}");
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    _ = write!(text, "{mantissa}e{sign}{exponent:0>digits$}");
}

fn quoted(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            // As a browser is not to read it as HTML or as a script.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}
