//! A value and the structural schema that it is to fit in, why it does not out. For what is written by hand in a schema: its defaults.
//!
//! Patterns and formats are left to the server.

use serde_json::Value;

/// What becomes of fields of which a schema knows nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Told,
    /// They may be of a later definition; a server prunes them if they are not.
    Passed,
}

/// Says, each with its place, why the value does not fit.
pub(super) fn mismatches(
    value: &Value,
    schema: &Value,
    place: &str,
    unknown: Unknown,
    found: &mut Vec<String>,
) {
    if value.is_null() {
        if schema["nullable"] != true {
            found.push(format!("{place} is null, which is not allowed there"));
        }
        return;
    }
    if let Some(kind) = schema["type"].as_str().filter(|kind| !is_of(value, kind)) {
        found.push(format!("{place} is no {kind}"));
        return;
    }
    if let Some(values) = schema["enum"].as_array().filter(|values| !values.contains(value)) {
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        found.push(format!("{place} is none of {}", values.join(", ")));
    }
    match value {
        Value::Number(number) => numbers(number.as_f64().unwrap_or_default(), schema, place, found),
        Value::String(text) => {
            size(text.chars().count(), "Length", "characters", schema, place, found);
        }
        Value::Array(items) => {
            size(items.len(), "Items", "items", schema, place, found);
            for (position, item) in items.iter().enumerate() {
                mismatches(item, &schema["items"], &format!("{place}[{position}]"), unknown, found);
            }
        }
        Value::Object(fields) => {
            size(fields.len(), "Properties", "fields", schema, place, found);
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap_or_default();
                let defaulted = !schema["properties"][name]["default"].is_null();
                if !fields.contains_key(name) && !defaulted {
                    found.push(format!("{place} has no `{name}`, which is required"));
                }
            }
            for (name, field) in fields {
                let known = schema["properties"].get(name);
                if let Some(below) = known.or_else(|| schema.get("additionalProperties")) {
                    mismatches(field, below, &format!("{place}.{name}"), unknown, found);
                } else if unknown == Unknown::Told
                    && schema["x-kubernetes-preserve-unknown-fields"] != true
                {
                    found
                        .push(format!("{place} has a `{name}`, of which the schema knows nothing"));
                }
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        _ => true,
    }
}

fn numbers(number: f64, schema: &Value, place: &str, found: &mut Vec<String>) {
    let strict = |name: &str| schema[name] == true;
    if let Some(least) = schema["minimum"].as_f64()
        && (number < least || (strict("exclusiveMinimum") && number <= least))
    {
        found.push(format!("{place} is {number}, below the minimum of {least}"));
    }
    if let Some(most) = schema["maximum"].as_f64()
        && (number > most || (strict("exclusiveMaximum") && number >= most))
    {
        found.push(format!("{place} is {number}, above the maximum of {most}"));
    }
    if let Some(step) = schema["multipleOf"].as_f64().filter(|step| number % step != 0.0) {
        found.push(format!("{place} is {number}, no multiple of {step}"));
    }
}

fn size(size: usize, what: &str, unit: &str, schema: &Value, place: &str, found: &mut Vec<String>) {
    let bound = |side: &str| schema[format!("{side}{what}")].as_u64();
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    if let Some(least) = bound("min").filter(|least| size < *least) {
        found.push(format!("{place} has {size} {unit}, and {least} are the least"));
    }
    if let Some(most) = bound("max").filter(|most| size > *most) {
        found.push(format!("{place} has {size} {unit}, and {most} are the most"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_fits_up_to_the_edge_of_each_limit_and_what_is_beyond_is_told() {
        let map = json!({ "type": "string" });
        for (schema, fits, beyond, why) in [
            (json!({ "type": "boolean" }), json!(true), json!(1), "v is no boolean"),
            (json!({ "type": "integer" }), json!(2.0), json!(1.5), "v is no integer"),
            (json!({ "type": "number" }), json!(1.5), json!("1"), "v is no number"),
            (json!({ "type": "object" }), json!({}), json!([]), "v is no object"),
            (json!({ "type": "array" }), json!([]), json!({}), "v is no array"),
            (json!({ "minimum": 3 }), json!(3), json!(2), "v is 2, below the minimum of 3"),
            (
                json!({ "minimum": 3, "exclusiveMinimum": true }),
                json!(4),
                json!(3),
                "v is 3, below the minimum of 3",
            ),
            (
                json!({ "minimum": 3, "exclusiveMinimum": false }),
                json!(3),
                json!(2),
                "v is 2, below the minimum of 3",
            ),
            (json!({ "maximum": 3 }), json!(3), json!(4), "v is 4, above the maximum of 3"),
            (
                json!({ "maximum": 3, "exclusiveMaximum": true }),
                json!(2),
                json!(3),
                "v is 3, above the maximum of 3",
            ),
            (json!({ "multipleOf": 2 }), json!(4), json!(3), "v is 3, no multiple of 2"),
            (json!({ "minItems": 1 }), json!([1]), json!([]), "v has 0 items, and 1 are the least"),
            (
                json!({ "maxItems": 1 }),
                json!([1]),
                json!([1, 2]),
                "v has 2 items, and 1 are the most",
            ),
            (
                json!({ "minProperties": 1, "additionalProperties": map }),
                json!({ "a": "b" }),
                json!({}),
                "v has 0 fields, and 1 are the least",
            ),
            (
                json!({ "additionalProperties": map }),
                json!({ "a": "b" }),
                json!({ "a": 1 }),
                "v.a is no string",
            ),
            (
                json!({ "nullable": true }),
                json!(null),
                json!({ "a": 1 }),
                "v has a `a`, of which the schema knows nothing",
            ),
            (
                json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true }),
                json!({ "a": 1 }),
                json!(null),
                "v is null, which is not allowed there",
            ),
        ] {
            let told = |value: &Value| {
                let mut found = Vec::new();
                mismatches(value, &schema, "v", Unknown::Told, &mut found);
                found
            };
            assert_eq!(told(&fits), Vec::<String>::new(), "{schema}");
            assert_eq!(told(&beyond), [why], "{schema}");
        }
    }
}
