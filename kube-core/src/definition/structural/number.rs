//! Rust's numbers in, the numbers that OpenAPI has formats for out: the bounds keep what the format cannot say.

use serde_json::Value;
use serde_json::json;

use super::Schema;

/// Normalises the format and the bounds of a number.
pub(super) fn normalise(schema: &mut Schema) {
    for (bound, strict) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        // JSON schema has the number there; OpenAPI has the number in the bound, and a flag.
        if let Some(number @ Value::Number(_)) = schema.get(strict).cloned() {
            schema.insert(bound.to_owned(), number);
            schema.insert(strict.to_owned(), true.into());
        }
    }
    if schema.get("type") != Some(&json!("integer")) {
        return;
    }
    let (format, range) = match schema.get("format").and_then(Value::as_str) {
        Some("int8") => ("int32", Some((i64::from(i8::MIN), i64::from(i8::MAX)))),
        Some("int16") => ("int32", Some((i64::from(i16::MIN), i64::from(i16::MAX)))),
        Some("uint8") => ("int32", Some((0, i64::from(u8::MAX)))),
        Some("uint16") => ("int32", Some((0, i64::from(u16::MAX)))),
        Some("uint32") => ("int64", Some((0, i64::from(u32::MAX)))),
        Some("uint" | "uint64" | "uint128") => ("int64", Some((0, i64::MAX))),
        Some("int32") => ("int32", None),
        Some(_) => ("int64", None),
        None => return,
    };
    schema.insert("format".to_owned(), format.into());
    if let Some((least, most)) = range {
        schema.entry("minimum").or_insert(least.into());
        if most < i64::MAX {
            schema.entry("maximum").or_insert(most.into());
        }
    }
}
