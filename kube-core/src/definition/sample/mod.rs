//! A schema in, a small value that fits in it out: what its author gives as default or example, else the least that it takes.
//!
//! Rules (CEL) are not evaluated; those that say that one of some fields is set are understood. What fits no better is for an example in the schema.

mod text;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::Map;
use serde_json::Number;
use serde_json::Value;
use serde_json::json;

pub(super) use text::of_format;

/// Deeper schemas than a cluster takes are not followed.
const DEEPEST: usize = 64;

/// A small object of the kind in this version, called `KIND-sample`; none if there is no such version. It has the fields that are required, each
/// as the schema's default or example, else the first of an enum, the minimum, the shortest text of its format or pattern.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use kube_core::{CustomResource, Resource};
/// use kube_core::definition::sample;
///
/// #[derive(Resource, Clone, Debug)]
/// #[resource(group = "demo.example.com", version = "v1", namespaced)]
/// pub struct SiteSpec {
///     #[resource(pattern = "^[a-z]{3}$")]
///     pub image: String,
///     #[resource(minimum = 2)]
///     pub replicas: i32,
///     pub note: Option<String>,
/// }
///
/// let object = sample(&Site::definition(), "v1").unwrap();
/// assert_eq!(object["metadata"]["name"], "site-sample");
/// assert_eq!(object["spec"], serde_json::json!({ "image": "aaa", "replicas": 2 }));
/// # }
/// ```
#[must_use]
pub fn sample(definition: &CustomResourceDefinition, version: &str) -> Option<Value> {
    let spec = &definition.spec;
    let found = spec.versions.iter().find(|present| present.name == version)?;
    let schema = serde_json::to_value(found.schema.as_ref()?.open_api_v3_schema.as_ref()?).ok()?;
    let mut object = json!({
        "apiVersion": format!("{}/{version}", spec.group),
        "kind": spec.names.kind,
        "metadata": { "name": format!("{}-sample", spec.names.kind.to_lowercase()) },
    });
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, sample_of(&schema)) {
        // What the cluster fills in is no part of what people write.
        let own = |name: &str| matches!(name, "apiVersion" | "kind" | "metadata" | "status");
        object.extend(fields.into_iter().filter(|(name, _)| !own(name)));
        if !object.contains_key("spec") && !schema["properties"]["spec"].is_null() {
            object.insert("spec".to_owned(), sample_of(&schema["properties"]["spec"]));
        }
    }
    Some(object)
}

/// A small value that fits in a structural schema.
#[must_use]
pub fn sample_of(schema: &Value) -> Value {
    value(schema, 0, 0)
}

/// The value at `position` of a list whose items differ.
fn value(schema: &Value, position: usize, depth: usize) -> Value {
    if position == 0 {
        for given in ["default", "example"] {
            if !schema[given].is_null() {
                return schema[given].clone();
            }
        }
    }
    if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
        return values[position % values.len()].clone();
    }
    if depth > DEEPEST {
        return Value::Null;
    }
    if schema["x-kubernetes-int-or-string"] == true {
        return number(schema, true, position);
    }
    match schema["type"].as_str() {
        Some("integer") => number(schema, true, position),
        Some("number") => number(schema, false, position),
        Some("boolean") => Value::Bool(position % 2 == 1),
        Some("string") => Value::String(text::shortest(schema, position)),
        Some("array") => {
            let items = 0..count(schema, "minItems");
            items.map(|position| value(&schema["items"], position, depth + 1)).collect()
        }
        _ => object(schema, position, depth),
    }
}

fn count(schema: &Value, keyword: &str) -> usize {
    schema[keyword].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
}

fn object(schema: &Value, position: usize, depth: usize) -> Value {
    let mut object = Map::new();
    if schema["x-kubernetes-embedded-resource"] == true {
        object.insert("apiVersion".to_owned(), "v1".into());
        object.insert("kind".to_owned(), "ConfigMap".into());
        object.insert("metadata".to_owned(), json!({ "name": "sample" }));
    }
    for name in required(schema) {
        let field = value(&schema["properties"][&name], position, depth + 1);
        object.entry(name).or_insert(field);
    }
    let least = count(schema, "minProperties");
    let optional = schema["properties"].as_object().into_iter().flatten();
    for (name, field) in optional {
        if object.len() < least && !object.contains_key(name) {
            object.insert(name.clone(), value(field, position, depth + 1));
        }
    }
    let values = &schema["additionalProperties"];
    for number in object.len()..least {
        if values.is_object() {
            object.insert(format!("key-{}", number + 1), value(values, number, depth + 1));
        }
    }
    Value::Object(object)
}

/// The fields that an object has: those that are required, and where one of some is, the first of those.
fn required(schema: &Value) -> Vec<String> {
    let named = |schema: &Value| -> Vec<String> {
        let names = schema["required"].as_array().into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let mut names = named(schema);
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let parts = schema[keyword].as_array().map(Vec::as_slice).unwrap_or_default();
        let taken = if keyword == "allOf" { parts.len() } else { 1 };
        names.extend(parts.iter().take(taken).flat_map(named));
    }
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        let group = one_of(rule["rule"].as_str().unwrap_or_default());
        if let Some(first) = group.first()
            && !group.iter().any(|name| names.contains(name))
        {
            names.push(first.clone());
        }
    }
    names
}

/// The fields in `[has(self.a), has(self.b)].filter(x, x == true).size() == 1`, as controller-gen and we write that one of some is set.
fn one_of(rule: &str) -> Vec<String> {
    let rule: String = rule.chars().filter(|c| !c.is_whitespace()).collect();
    let parts =
        rule.strip_prefix('[').and_then(|rest| rest.split_once("].filter(x,x==true).size()"));
    match parts {
        Some((fields, "==1" | ">=1")) => fields
            .split(',')
            .filter_map(|field| field.strip_prefix("has(self.")?.strip_suffix(')'))
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// The number that is nearest above the minimum; without one 0, if that is allowed.
fn number(schema: &Value, whole: bool, position: usize) -> Value {
    let bound = |keyword: &str| schema[keyword].as_f64();
    let step = bound("multipleOf").filter(|step| *step > 0.0).unwrap_or(1.0);
    let least = bound("minimum").or_else(|| bound("maximum").filter(|most| *most <= 0.0));
    let least = least.unwrap_or_default();
    let excluded = |number: f64| {
        (schema["exclusiveMinimum"] == true && bound("minimum") == Some(number))
            || (schema["exclusiveMaximum"] == true && bound("maximum") == Some(number))
    };
    let is_free = !whole && schema["multipleOf"].is_null();
    // Towards what is allowed: down from a maximum, up from anything else.
    let up = bound("minimum").is_some() || bound("maximum").is_none_or(|most| most > 0.0);
    let direction = if up { step } else { -step };
    let mut number = match (is_free, up) {
        (true, _) => least,
        (false, true) => (least / step).ceil() * step,
        (false, false) => (least / step).floor() * step,
    };
    if excluded(number) {
        number = match bound("maximum") {
            Some(most) if is_free && up => number.midpoint(most),
            _ => number + direction,
        };
    }
    #[expect(clippy::cast_precision_loss, reason = "lists have far fewer items than that")]
    let number = number + direction * position as f64;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is a whole number, or is written as it is"
    )]
    let shown = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "whether it lost something is what is asked")]
    match shown as f64 == number {
        true => shown.into(),
        false => Number::from_f64(number).map_or(Value::Null, Value::Number),
    }
}

#[cfg(test)]
mod tests;
