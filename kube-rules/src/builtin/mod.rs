//! The fields of Kubernetes' own kinds: an API version and a kind in, a schema for rules about its objects out.
//!
//! The table is what a Kubernetes 1.36 API server publishes of its kinds at `/openapi/v3`, without the prose, and what its Go
//! types print of fields that are not set. kube-embedded reads it as well.
//!
//! Mirrors: apiserver pkg/cel/openapi/resolver/definitions.go
//! Differs: quantities, any JSON and what contains itself are values of any type; an API server has their fields for unknown.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Map;
use serde_json::Value as Json;
use serde_json::json;

const TABLE: &str = include_str!("types.txt");

/// The table: kinds and structs by name.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct BuiltinTypes {
    /// The root struct of a kind, by API version and kind.
    pub kinds: HashMap<(&'static str, &'static str), &'static str>,
    /// The structs, by name.
    pub structs: HashMap<&'static str, BuiltinStruct>,
}

/// A struct of the table.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct BuiltinStruct {
    /// It is owned and replaced as a whole.
    pub atomic: bool,
    /// Its fields, a line each: the name, the type, and marks. The head of the table says what they mean.
    pub lines: Vec<&'static str>,
}

impl BuiltinTypes {
    /// The one that there is.
    #[must_use]
    pub fn table() -> &'static Self {
        static TABLES: OnceLock<BuiltinTypes> = OnceLock::new();
        TABLES.get_or_init(Self::read)
    }

    fn read() -> Self {
        let mut table = Self::default();
        let mut current = "";
        for line in TABLE.lines() {
            let words: Vec<&'static str> = line.split_whitespace().collect();
            match words[..] {
                ["kind", api_version, kind, root] => {
                    table.kinds.insert((api_version, kind), root);
                }
                ["type", name, ref marks @ ..] if !line.starts_with(' ') => {
                    current = name;
                    let atomic = marks.contains(&"atomic");
                    table.structs.insert(name, BuiltinStruct { atomic, lines: Vec::new() });
                }
                [_, _, ..] if line.starts_with(' ') => {
                    table.structs.entry(current).or_default().lines.push(line);
                }
                _ => {}
            }
        }
        table
    }
}

/// What rules may name of the objects of a built-in kind, as a structural schema; none if no such kind is known.
///
/// ```
/// let schema = kube_rules::builtin_schema("apps/v1", "Deployment").unwrap();
/// assert_eq!(schema["properties"]["spec"]["properties"]["replicas"]["type"], "integer");
/// assert!(kube_rules::builtin_schema("apps/v1", "Gadget").is_none());
/// ```
#[must_use]
pub fn builtin_schema(api_version: &str, kind: &str) -> Option<Json> {
    let root = BuiltinTypes::table().kinds.get(&(api_version, kind))?;
    Some(schema_of(root, &mut Vec::new()))
}

/// The schema of any object's metadata.
pub(crate) fn metadata_schema() -> Json {
    schema_of("ObjectMeta", &mut Vec::new())
}

/// The schema of a type as the table writes it; `within` are the structs that it stands in.
fn schema_of(written: &'static str, within: &mut Vec<&'static str>) -> Json {
    if let Some(item) = written.strip_prefix("[]") {
        return json!({"type": "array", "items": schema_of(item, within)});
    }
    if let Some(value) = written.strip_prefix("{}") {
        return json!({"type": "object", "additionalProperties": schema_of(value, within)});
    }
    match written {
        "string" => json!({"type": "string"}),
        "bytes" => json!({"type": "string", "format": "byte"}),
        "time" | "microTime" => json!({"type": "string", "format": "date-time"}),
        "bool" => json!({"type": "boolean"}),
        "int32" | "int64" => json!({"type": "integer"}),
        "double" => json!({"type": "number"}),
        name => match BuiltinTypes::table().structs.get(name) {
            Some(found) if !within.contains(&name) => {
                within.push(name);
                let fields = found.lines.iter().filter_map(|line| {
                    let mut words = line.split_whitespace();
                    Some((words.next()?.to_owned(), schema_of(words.next()?, within)))
                });
                let properties: Map<String, Json> = fields.collect();
                within.pop();
                json!({"type": "object", "properties": properties})
            }
            // To rules that is whatever stands there.
            _ => json!({"x-kubernetes-int-or-string": true}),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_table_has_a_schema_that_ends() {
        let table = BuiltinTypes::table();
        assert!(table.kinds.len() > 50, "{} kinds", table.kinds.len());
        for (api_version, kind) in table.kinds.keys() {
            let schema = builtin_schema(api_version, kind).unwrap();
            assert_eq!(schema["type"], "object", "{api_version} {kind}");
        }
    }

    #[test]
    fn a_field_is_of_the_type_that_rules_see() {
        let pod = builtin_schema("v1", "Pod").unwrap();
        let container = &pod["properties"]["spec"]["properties"]["containers"]["items"];
        let field = |path: &str| container.pointer(path).unwrap_or(&Json::Null).clone();
        assert_eq!(field("/properties/image"), json!({"type": "string"}));
        let anything = json!({"x-kubernetes-int-or-string": true});
        let limits = "/properties/resources/properties/limits/additionalProperties";
        assert_eq!(field(limits), anything);
        assert_eq!(field("/properties/livenessProbe/properties/httpGet/properties/port"), anything);
        let definition = builtin_schema("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        let versions = &definition.unwrap()["properties"]["spec"]["properties"]["versions"];
        let schema = &versions["items"]["properties"]["schema"]["properties"]["openAPIV3Schema"];
        let properties = &schema["properties"]["properties"];
        assert_eq!(*properties, json!({"type": "object", "additionalProperties": anything}));
    }
}
