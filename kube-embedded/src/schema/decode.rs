//! Whether Go could decode an object into its struct, and what it would say if not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::quantity::canonical;
use super::types::{TypeId, Types};
use crate::json;

impl Types {
    /// What Go's decoder says of a value of the wrong type, for instance
    /// `json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string`; none if all types are right.
    #[must_use]
    pub fn decode_error(&self, object: &Value) -> Option<String> {
        let mut decoder = Decoder { types: self, struct_name: String::new(), path: Vec::new() };
        decoder.decode(self.root(), object).err()
    }

    /// Paths of fields that no type declares, sorted.
    #[must_use]
    pub fn unknown_fields(&self, object: &Value) -> Vec<String> {
        self.prune(&mut object.clone())
    }
}

struct Decoder<'a> {
    types: &'a Types,
    struct_name: String,
    path: Vec<String>,
}

impl Decoder<'_> {
    fn decode(&mut self, id: TypeId, value: &Value) -> Result<(), String> {
        let types = self.types;
        let node = types.get(id);
        match value {
            Value::Null => Ok(()),
            Value::Object(object) => match &node.map {
                Some(map) if map.fields.is_empty() => {
                    let Some(element) = map.element else { return Ok(()) };
                    object.values().try_for_each(|value| self.decode(element, value))
                }
                Some(map) => {
                    let outer =
                        std::mem::replace(&mut self.struct_name, short_name(&node.go).to_owned());
                    for (key, value) in object {
                        let Some(of) = map.type_of(key) else { continue };
                        self.path.push(key.clone());
                        self.decode(of, value)?;
                        self.path.pop();
                    }
                    self.struct_name = outer;
                    Ok(())
                }
                None => Err(self.wrong("object", &node.go)),
            },
            Value::Array(items) => match &node.list {
                Some(list) => items.iter().try_for_each(|item| self.decode(list.element, item)),
                None => Err(self.wrong("array", &node.go)),
            },
            scalar => self.scalar(&node.go, scalar),
        }
    }

    fn scalar(&self, go: &str, value: &Value) -> Result<(), String> {
        let found = match value {
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        let fits = match go {
            "interface {}" => true,
            "string" => value.is_string(),
            "bool" => value.is_boolean(),
            "int32" | "int64" => return self.integer(go, value, found),
            "float64" => value.is_number(),
            "[]uint8" => return self.bytes(value, found),
            "resource.Quantity" if value.is_string() => {
                return canonical(value.as_str().unwrap_or_default())
                    .map(|_| ())
                    .map_err(str::to_owned);
            }
            "resource.Quantity" | "intstr.IntOrString" => value.is_string() || value.is_number(),
            "v1.Time" | "v1.MicroTime" => value.is_string(),
            _ => false,
        };
        if fits { Ok(()) } else { Err(self.wrong(found, go)) }
    }

    fn integer(&self, go: &str, value: &Value, found: &str) -> Result<(), String> {
        let fits = |number: i64| go == "int64" || i32::try_from(number).is_ok();
        match value.as_i64() {
            Some(number) if fits(number) => Ok(()),
            _ if value.is_number() => Err(self.wrong(&format!("number {}", json::text(value)), go)),
            _ => Err(self.wrong(found, go)),
        }
    }

    fn bytes(&self, value: &Value, found: &str) -> Result<(), String> {
        let Value::String(text) = value else { return Err(self.wrong(found, "[]uint8")) };
        let text: String =
            text.chars().filter(|character| !matches!(character, '\n' | '\r')).collect();
        match STANDARD.decode(&text) {
            Ok(_) => Ok(()),
            Err(error) => {
                let at = match error {
                    base64::DecodeError::InvalidByte(at, _) => at,
                    _ => text.len() / 4 * 4,
                };
                Err(format!("illegal base64 data at input byte {at}"))
            }
        }
    }

    fn wrong(&self, found: &str, go: &str) -> String {
        if self.path.is_empty() {
            return format!("json: cannot unmarshal {found} into Go value of type {go}");
        }
        let path = self.path.join(".");
        format!(
            "json: cannot unmarshal {found} into Go struct field {}.{path} of type {go}",
            self.struct_name
        )
    }
}

/// A struct's name without its package.
fn short_name(go: &str) -> &str {
    go.rsplit('.').next().unwrap_or(go)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::schema::builtin;

    #[test]
    fn values_of_the_wrong_type_are_refused_in_the_words_of_go() {
        let deployment = builtin("apps/v1", "Deployment").unwrap();
        let check = |object, expected: &str| {
            assert_eq!(deployment.decode_error(&object).as_deref(), Some(expected))
        };
        check(
            json!({"metadata": {"name": 1}}),
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string",
        );
        check(
            json!({"spec": {"replicas": "x"}}),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        );
        check(
            json!({"spec": {"replicas": 1.5}}),
            "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
        );
        check(
            json!({"spec": {"template": {"spec": {"containers": [{"name": "a"}, "b"]}}}}),
            "json: cannot unmarshal string into Go struct field PodSpec.spec.template.spec.containers of type v1.Container",
        );
        let secret = builtin("v1", "Secret").unwrap();
        assert_eq!(
            secret.decode_error(&json!({"data": {"a": "!!"}})).as_deref(),
            Some("illegal base64 data at input byte 0")
        );
        assert_eq!(
            secret.decode_error(&json!({"data": {"a": "YWI=", "b": null}, "unknown": 1})),
            None
        );
    }
}
