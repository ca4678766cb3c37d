//! What the definition promises, on schemas as schemars writes them.

use serde_json::Value;
use serde_json::json;

use super::super::structural::structural;

#[track_caller]
fn check(given: Value, wanted: &Value) {
    assert_eq!(&structural(given, "Root"), wanted);
}

#[test]
fn an_optional_value_may_be_absent_and_is_not_nullable() {
    check(json!({ "type": ["string", "null"] }), &json!({ "type": "string" }));
    check(
        json!({ "description": "outer", "anyOf": [{ "type": "object", "description": "inner", "properties": { "a": { "type": "string" } } }, { "type": "null" }] }),
        &json!({ "type": "object", "description": "outer", "properties": { "a": { "type": "string" } } }),
    );
    check(
        json!({ "type": ["string", "null"], "nullable": true, "default": null }),
        &json!({ "type": "string", "nullable": true }),
    );
}

#[test]
fn unit_variants_are_one_list_of_values_with_their_descriptions() {
    check(
        json!({ "description": "When.", "oneOf": [
            { "type": "string", "enum": ["A", "B"] },
            { "type": "string", "const": "C", "description": "Later." },
        ] }),
        &json!({ "type": "string", "enum": ["A", "B", "C"], "description": "When.\n\n- `C`: Later." }),
    );
}

#[test]
fn variants_with_fields_move_up_beside_each_other() {
    check(
        json!({ "oneOf": [
            { "type": "object", "required": ["http"], "properties": { "http": { "type": "string" } } },
            { "type": "object", "required": ["exec"], "properties": { "exec": { "type": "integer" } } },
        ] }),
        &json!({
            "type": "object",
            "properties": { "http": { "type": "string" }, "exec": { "type": "integer" } },
            "oneOf": [{ "required": ["http"] }, { "required": ["exec"] }],
        }),
    );
}

#[test]
fn a_tag_keeps_the_values_of_all_variants() {
    check(
        json!({ "oneOf": [
            { "type": "object", "required": ["type", "size"], "properties": { "type": { "type": "string", "const": "Disk" }, "size": { "type": "integer" } } },
            { "type": "object", "required": ["type"], "properties": { "type": { "type": "string", "const": "None" } } },
        ] }),
        &json!({
            "type": "object",
            "required": ["type"],
            "properties": { "type": { "type": "string", "enum": ["Disk", "None"] }, "size": { "type": "integer" } },
            "oneOf": [
                { "properties": { "type": { "enum": ["Disk"] } }, "required": ["size"] },
                { "properties": { "type": { "enum": ["None"] } } },
            ],
        }),
    );
}

#[test]
fn what_has_no_schema_keeps_its_unknown_fields() {
    let kept = json!({ "x-kubernetes-preserve-unknown-fields": true });
    check(json!(true), &kept.clone());
    check(json!({ "type": "array", "items": true }), &json!({ "type": "array", "items": kept }));
    check(
        json!({ "type": "object", "additionalProperties": true }),
        &json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true }),
    );
    check(
        json!({ "type": "object", "properties": { "a": { "type": "string" } }, "additionalProperties": { "type": "string" } }),
        &json!({ "type": "object", "properties": { "a": { "type": "string" } }, "x-kubernetes-preserve-unknown-fields": true }),
    );
}

#[test]
fn numbers_have_formats_that_the_server_knows() {
    check(
        json!({ "type": "integer", "format": "uint8", "minimum": 3 }),
        &json!({ "type": "integer", "format": "int32", "minimum": 3, "maximum": 255 }),
    );
    check(
        json!({ "type": "integer", "format": "uint64" }),
        &json!({ "type": "integer", "format": "int64", "minimum": 0 }),
    );
    check(
        json!({ "type": "number", "format": "double", "exclusiveMinimum": 0.5 }),
        &json!({ "type": "number", "format": "double", "exclusiveMinimum": true, "minimum": 0.5 }),
    );
}

#[test]
fn what_a_structural_schema_forbids_is_left_out() {
    check(
        json!({ "$schema": "x", "title": "Root", "type": "object", "properties": {}, "additionalProperties": false, "definitions": {} }),
        &json!({ "type": "object" }),
    );
    check(
        json!({ "type": "array", "uniqueItems": true, "items": { "type": "string", "format": "ip" } }),
        &json!({ "type": "array", "items": { "type": "string" }, "x-kubernetes-list-type": "set" }),
    );
    check(
        json!({ "anyOf": [{ "type": "integer", "format": "int32" }, { "type": "string" }] }),
        &json!({ "x-kubernetes-int-or-string": true }),
    );
}

#[test]
fn what_cannot_be_said_is_named_with_its_place() {
    let definition = serde_json::from_value(json!({
        "metadata": { "name": "things.example.com" },
        "spec": {
            "group": "example.com", "scope": "Cluster", "names": { "kind": "Thing", "plural": "things" },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "additionalPrinterColumns": [
                    { "name": "Gone", "type": "string", "jsonPath": ".spec.gone" },
                    { "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" },
                ],
                "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": { "type": "object", "properties": {
                    "tree": { "$ref": "#/components/schemas/Tree" },
                    "mixed": { "oneOf": [{ "type": "string" }, { "type": "object" }] },
                    "ports": { "type": "array", "x-kubernetes-list-map-keys": ["name"], "items": { "type": "object", "properties": { "name": { "type": "string" } } } },
                } } } } },
            }],
        },
    }))
    .unwrap();
    let problems = super::super::problems(&definition);
    let starts = [
        "spec.mixed: its values are of several types",
        "spec.ports: its items are merged by `name`, so the field is required or has a default",
        "spec.tree: `Tree` contains itself",
        "column `Gone` shows `.spec.gone`, and there is no such field",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:#?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
}
