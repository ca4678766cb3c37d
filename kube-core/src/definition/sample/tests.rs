//! What a sample promises: it fits in its schema, and it has nothing that need not be there.

use super::*;
use crate::definition::value::{Unknown, mismatches};

#[test]
fn a_sample_is_the_least_that_fits() {
    let rows = [
        (json!({ "type": "string" }), json!("")),
        (json!({ "type": "string", "minLength": 3 }), json!("aaa")),
        (json!({ "type": "string", "enum": ["b", "a"] }), json!("b")),
        (json!({ "type": "string", "default": "d", "enum": ["c", "d"] }), json!("d")),
        (json!({ "type": "string", "example": "e" }), json!("e")),
        (json!({ "type": "string", "format": "ipv4" }), json!("10.0.0.1")),
        (json!({ "type": "boolean" }), json!(false)),
        (json!({ "type": "integer" }), json!(0)),
        (json!({ "type": "integer", "minimum": 1 }), json!(1)),
        (json!({ "type": "integer", "minimum": 1, "exclusiveMinimum": true }), json!(2)),
        (json!({ "type": "integer", "minimum": 4, "multipleOf": 3 }), json!(6)),
        (json!({ "type": "integer", "maximum": -2 }), json!(-2)),
        (json!({ "type": "integer", "maximum": 0, "exclusiveMaximum": true }), json!(-1)),
        (json!({ "type": "number", "minimum": 0.5 }), json!(0.5)),
        (
            json!({ "type": "number", "minimum": 0, "maximum": 1, "exclusiveMinimum": true }),
            json!(0.5),
        ),
        (json!({ "x-kubernetes-int-or-string": true }), json!(0)),
        (json!({ "type": "array", "items": { "type": "string" } }), json!([])),
        (
            json!({ "type": "array", "minItems": 2, "items": { "type": "integer", "minimum": 1 } }),
            json!([1, 2]),
        ),
        (
            json!({ "type": "array", "minItems": 2, "items": { "type": "string", "minLength": 2 } }),
            json!(["aa", "a1"]),
        ),
        (
            json!({ "type": "object", "minProperties": 1, "additionalProperties": { "type": "string" } }),
            json!({ "key-1": "" }),
        ),
        (
            json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "object" }, "b": {} } }),
            json!({ "a": {} }),
        ),
        (
            json!({ "type": "object", "anyOf": [{ "required": ["b"] }, { "required": ["a"] }],
                "properties": { "a": { "type": "string" }, "b": { "type": "string" } } }),
            json!({ "b": "" }),
        ),
        (
            json!({ "type": "object", "properties": { "a": { "type": "string" }, "b": { "type": "string" } },
                "x-kubernetes-validations": [{ "rule": "[has(self.a),has(self.b)].filter(x,x==true).size() == 1" }] }),
            json!({ "a": "" }),
        ),
        (
            json!({ "type": "object", "properties": { "a": { "type": "string" } },
                "x-kubernetes-validations": [{ "rule": "[has(self.a)].filter(x, x == true).size() <= 1" }] }),
            json!({}),
        ),
    ];
    for (schema, expected) in rows {
        let made = sample_of(&schema);
        assert_eq!(made, expected, "{schema}");
        let mut found = Vec::new();
        mismatches(&made, &schema, "it", Unknown::Told, &mut found);
        assert!(found.is_empty(), "{schema}: {found:?}");
    }
}

#[test]
fn a_text_matches_its_pattern() {
    let rows = [
        ("^[a-z]([-a-z0-9]*[a-z0-9])?$", 0, "a"),
        ("^[a-z]([-a-z0-9]*[a-z0-9])?$", 4, "aaaa"),
        (r"^\d{4}-\d{2}$", 0, "0000-00"),
        ("^(http|https)://.+$", 0, "http://a"),
        ("^[^/]+/[A-Z]+$", 0, "a/A"),
        (r"^v(1|2)\.x$", 0, "v1.x"),
        ("a|b", 3, "a"),
        ("(", 0, ""),
    ];
    for (pattern, least, expected) in rows {
        let schema = json!({ "type": "string", "pattern": pattern, "minLength": least });
        assert_eq!(sample_of(&schema), json!(expected), "{pattern}");
    }
}

#[test]
fn a_schema_without_end_and_a_text_without_end_have_one() {
    let mut schema = json!({ "type": "string" });
    for _ in 0..100 {
        schema = json!({ "type": "array", "minItems": 1, "items": schema });
    }
    assert!(sample_of(&schema).is_array());
    let long =
        json!({ "type": "string", "minLength": 1_000_000_000_u64, "pattern": "^(a{1000}){1000}$" });
    let text = sample_of(&long);
    assert!(text.as_str().unwrap().len() < 10_000);
}
