//! A structural schema in, one of the many values that fit in it out.
//!
//! Patterns and rules (CEL) are not looked at.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::sample;

/// How deep a value is at most; what is below is the least there is.
const DEEPEST: usize = 6;
/// One of many values; which one is the generator's to say.
pub(super) fn any(schema: &Value, random: &mut fastrand::Rng) -> Value {
    Sampler { choose: &mut |options| random.usize(..options.max(1)) }.value(schema, 0)
}

struct Sampler<'a> {
    /// A number of options in, one of them out: 0 is the least.
    choose: &'a mut dyn FnMut(usize) -> usize,
}

impl Sampler<'_> {
    fn one(&mut self, of: usize) -> bool {
        (self.choose)(of) == 0
    }

    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        for given in ["example", "default"] {
            if !schema[given].is_null() && self.one(4) {
                return schema[given].clone();
            }
        }
        if schema["nullable"] == true && (self.choose)(8) == 7 {
            return Value::Null;
        }
        if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
            return values[(self.choose)(values.len())].clone();
        }
        if schema["x-kubernetes-int-or-string"] == true {
            return if self.one(2) { json!((self.choose)(99)) } else { json!("some") };
        }
        match schema["type"].as_str() {
            Some("object") | None => self.object(schema, depth),
            Some("array") => self.array(schema, depth),
            Some("string") => self.text(schema).into(),
            Some("boolean") => json!((self.choose)(2) == 1),
            Some("integer") => json!(self.whole(schema)),
            Some("number") => self.number(schema),
            Some(_) => Value::Null,
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut object = Map::new();
        let required = |name: &str| {
            let names = schema["required"].as_array();
            names.is_some_and(|names| names.iter().any(|it| it == name))
        };
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            if required(name) || (depth < DEEPEST && (self.choose)(3) != 0) {
                object.insert(name.clone(), self.value(field, depth + 1));
            }
        }
        if let Some(values @ Value::Object(_)) = schema.get("additionalProperties") {
            for place in 0..self.size(schema, "Properties", depth) {
                object.insert(format!("key-{place}"), self.value(values, depth + 1));
            }
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &Value, depth: usize) -> Value {
        let keys = schema["x-kubernetes-list-map-keys"].as_array();
        let keys: Vec<&str> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
        let is_set = schema["x-kubernetes-list-type"] == "set" || schema["uniqueItems"] == true;
        let mut items: Vec<Value> = Vec::new();
        for _ in 0..self.size(schema, "Items", depth) {
            let item = self.value(&schema["items"], depth + 1);
            let key = |item: &Value| keys.iter().map(|key| item[*key].clone()).collect::<Vec<_>>();
            let twice = items.iter().any(|other| match keys.is_empty() {
                true => is_set && *other == item,
                false => key(other) == key(&item),
            });
            if !twice {
                items.push(item);
            }
        }
        Value::Array(items)
    }

    /// How many items, keys or characters.
    fn size(&mut self, schema: &Value, what: &str, depth: usize) -> usize {
        let bound = |side: &str| schema[format!("{side}{what}")].as_u64();
        let least = usize::try_from(bound("min").unwrap_or(0)).unwrap_or(0);
        let more = if depth < DEEPEST { (self.choose)(4) } else { 0 };
        let most = bound("max").and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        (least + more).min(most.max(least))
    }

    fn text(&mut self, schema: &Value) -> String {
        if let Some(text) = sample::of_format(schema) {
            return text.to_owned();
        }
        let size = self.size(schema, "Length", 0);
        (0..size).map(|_| char::from(b'a' + u8::try_from((self.choose)(26)).unwrap_or(0))).collect()
    }

    fn whole(&mut self, schema: &Value) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a bound that is no i64 is cut to one")]
        let bound = |name: &str| schema[name].as_f64().map(|bound| bound as i64);
        let strict = |name: &str| i64::from(schema[name] == true);
        let least = bound("minimum").map(|least| least + strict("exclusiveMinimum"));
        let most = bound("maximum").map(|most| most - strict("exclusiveMaximum"));
        let more = i64::try_from((self.choose)(100)).unwrap_or(0);
        let value = match (least, most) {
            (Some(least), Some(most)) => least + more.min((most - least).max(0)),
            (Some(least), None) => least + more,
            (None, Some(most)) => most - more,
            (None, None) => more,
        };
        match bound("multipleOf").filter(|step| *step > 1) {
            Some(step)
                if value % step != 0 && least.is_none_or(|it| value - value % step >= it) =>
            {
                value - value % step
            }
            Some(step) => (value + step - 1) / step * step,
            None => value,
        }
    }

    fn number(&mut self, schema: &Value) -> Value {
        let whole = self.whole(schema);
        let fraction = schema["multipleOf"].is_null() && schema["maximum"].is_null();
        let half = if fraction && (self.choose)(2) == 1 { 0.5 } else { 0.0 };
        #[expect(clippy::cast_precision_loss, reason = "samples are small")]
        let value = whole as f64 + half;
        json!(value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::{Unknown, mismatches};
    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "required": ["name", "size", "ports", "tags"],
            "properties": {
                "name": { "type": "string", "minLength": 2, "maxLength": 5 },
                "size": { "type": "integer", "minimum": 3, "maximum": 12, "multipleOf": 3 },
                "share": { "type": "number", "minimum": 0.0, "maximum": 1.0 },
                "class": { "type": "string", "enum": ["small", "big"] },
                "since": { "type": "string", "format": "date-time" },
                "owner": { "type": "string", "nullable": true },
                "port": { "x-kubernetes-int-or-string": true },
                "anything": { "x-kubernetes-preserve-unknown-fields": true },
                "labels": { "type": "object", "additionalProperties": { "type": "string" } },
                "tags": { "type": "array", "items": { "type": "string" }, "x-kubernetes-list-type": "set", "minItems": 1 },
                "ports": {
                    "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port"],
                    "items": { "type": "object", "required": ["port"], "properties": {
                        "port": { "type": "integer", "minimum": 1, "maximum": 3 },
                        "open": { "type": "boolean", "default": true },
                    } },
                },
            },
        })
    }

    #[test]
    fn every_sample_fits_and_the_same_seed_gives_the_same() {
        let mut found = Vec::new();
        let mut kinds = std::collections::BTreeSet::new();
        for seed in 0..500 {
            let value = any(&schema(), &mut fastrand::Rng::with_seed(seed));
            assert_eq!(value, any(&schema(), &mut fastrand::Rng::with_seed(seed)));
            mismatches(&value, &schema(), &format!("{seed}"), Unknown::Told, &mut found);
            kinds.insert(value.to_string());
        }
        assert_eq!(found, Vec::<String>::new());
        assert!(kinds.len() > 450, "{} different ones", kinds.len());
    }
}
