//! JSON as Go writes it: a value in, text out.

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
