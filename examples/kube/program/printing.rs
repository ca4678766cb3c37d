//! JSON, and a value in one line, as Go writes them: a value in, text out.

use serde::Serialize;
use serde::ser::SerializeMap as _;
use serde_json::Value;
use serde_json::ser::PrettyFormatter;
use serde_json::ser::Serializer;

use super::failure::Failure;

/// Indented by four, with what HTML would take for its own escaped; and a line's end.
pub fn json(value: &Value) -> Result<String, Failure> {
    written(value)
}

/// The same of a value whose members stand in this order wherever they are, as those of a Go struct; all others follow.
pub fn json_in_order(value: &Value, order: &[&str]) -> Result<String, Failure> {
    written(&Ordered { value, order })
}

/// In one line, as Go's `%v` has it.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Number(number) => {
            number.as_f64().filter(|_| number.is_f64()).map_or_else(|| number.to_string(), float)
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" "))
        }
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{key}:{}", plain(value)));
            format!("map[{}]", members.collect::<Vec<_>>().join(" "))
        }
        Value::String(text) => text.clone(),
        Value::Bool(is) => is.to_string(),
    }
}

/// With an exponent of two digits where the number is very large or very small.
fn float(number: f64) -> String {
    if number == 0.0 || (1e-4..1e21).contains(&number.abs()) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

struct Ordered<'a> {
    value: &'a Value,
    order: &'a [&'a str],
}

impl Serialize for Ordered<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let within = |value| Ordered { value, order: self.order };
        match self.value {
            Value::Array(items) => serializer.collect_seq(items.iter().map(within)),
            Value::Object(members) => {
                let place = |key: &str| {
                    self.order.iter().position(|known| *known == key).unwrap_or(usize::MAX)
                };
                let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
                sorted.sort_by_key(|(key, _)| place(key));
                let mut map = serializer.serialize_map(Some(sorted.len()))?;
                for (key, value) in sorted {
                    map.serialize_entry(key, &within(value))?;
                }
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}

fn written(value: &impl Serialize) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"    ");
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, formatter))
        .map_err(|error| Failure::said(format!("failed to write the object as JSON: {error}")))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut safe = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        // They stand within texts only.
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => safe.push(other),
        }
    }
    safe.push('\n');
    Ok(safe)
}
