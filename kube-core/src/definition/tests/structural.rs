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
    check(
        json!({
            "type": "object", "properties": { "a": { "type": "string" } }, "unevaluatedProperties": { "type": "string" },
            "oneOf": [{ "type": "object", "properties": { "b": { "type": "string" } }, "required": ["b"] }],
        }),
        &json!({
            "type": "object", "properties": { "a": { "type": "string" }, "b": { "type": "string" } },
            "required": ["b"], "x-kubernetes-preserve-unknown-fields": true,
        }),
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
fn a_type_that_is_not_said_follows_from_what_is_and_a_value_has_one() {
    let text = json!({ "type": "string" });
    let kept = "x-kubernetes-preserve-unknown-fields";
    for (given, wanted) in [
        (
            json!({ "properties": { "a": text } }),
            json!({ "type": "object", "properties": { "a": text } }),
        ),
        (
            json!({ "additionalProperties": text }),
            json!({ "type": "object", "additionalProperties": text }),
        ),
        (
            json!({ "x-kubernetes-embedded-resource": true }),
            json!({ "type": "object", "x-kubernetes-embedded-resource": true, kept: true }),
        ),
        (json!({ "items": text }), json!({ "type": "array", "items": text })),
        (json!({ "enum": ["a", "b"] }), json!({ "type": "string", "enum": ["a", "b"] })),
        (
            json!({ "enum": ["a", null], "nullable": true }),
            json!({ "type": "string", "enum": ["a", null], "nullable": true }),
        ),
        (json!({ "enum": [1] }), json!({ "enum": [1], kept: true })),
        (json!({ "type": ["integer", "string"] }), json!({ "x-kubernetes-int-or-string": true })),
        (
            json!({ "x-kubernetes-int-or-string": true, "type": "string", "format": "byte" }),
            json!({ "x-kubernetes-int-or-string": true }),
        ),
        (json!({ "type": ["integer", "boolean"] }), json!({ "type": ["integer", "boolean"] })),
        (json!({ "type": ["number", "string"] }), json!({ "type": ["number", "string"] })),
        (
            json!({ "type": ["integer", "string", "boolean"] }),
            json!({ "type": ["integer", "string", "boolean"] }),
        ),
        (
            json!({ "type": ["string", "null"], "enum": ["a", null] }),
            json!({ "type": "string", "enum": ["a"] }),
        ),
        (json!({ "type": "string", "nullable": false }), text.clone()),
    ] {
        check(given, &wanted);
    }
}

#[test]
fn examples_characters_tuples_sets_and_maps_are_said_as_kubernetes_says_them() {
    let (text, kept) = (json!({ "type": "string" }), "x-kubernetes-preserve-unknown-fields");
    for (given, wanted) in [
        (
            json!({ "type": "string", "examples": ["a", "b"] }),
            json!({ "type": "string", "example": "a" }),
        ),
        (
            json!({ "type": "string", "example": "x", "examples": ["a"] }),
            json!({ "type": "string", "example": "x" }),
        ),
        (
            json!({ "type": "string", "format": "char" }),
            json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        ),
        (
            json!({ "type": "array", "prefixItems": [text, text], "minItems": 2, "maxItems": 2 }),
            json!({ "type": "array", "items": text, "minItems": 2, "maxItems": 2 }),
        ),
        (
            json!({ "type": "array", "prefixItems": [text, { "type": "integer" }] }),
            json!({ "type": "array", "prefixItems": [text, { "type": "integer" }] }),
        ),
        (json!({ "type": "array" }), json!({ "type": "array", "items": { kept: true } })),
        (
            json!({ "type": "array", "uniqueItems": true, "items": { "type": "array", "items": text } }),
            json!({ "type": "array", "items": { "type": "array", "items": text } }),
        ),
        (
            json!({ "type": "array", "uniqueItems": true, "items": { "type": "object", "properties": { "a": text } } }),
            json!({ "type": "array", "items": { "type": "object", "properties": { "a": text } } }),
        ),
        (
            json!({ "type": "object", "additionalProperties": { "type": ["string", "null"] } }),
            json!({ "type": "object", "additionalProperties": text }),
        ),
        (
            json!({ "type": "object", "additionalProperties": {} }),
            json!({ "type": "object", kept: true }),
        ),
        (
            json!({ "type": "object", "additionalProperties": { "type": "object" } }),
            json!({ "type": "object", "additionalProperties": { "type": "object", kept: true } }),
        ),
        (json!({ "type": "object" }), json!({ "type": "object", kept: true })),
        (
            json!({ "type": "object", "properties": { "a": text }, "required": [] }),
            json!({ "type": "object", "properties": { "a": text } }),
        ),
    ] {
        check(given, &wanted);
    }
}

#[test]
fn what_a_field_says_beside_its_type_is_added_to_what_the_type_says() {
    let (first, own) = (json!({ "rule": "self != ''" }), json!({ "rule": "self != 'a'" }));
    check(
        json!({ "type": "string", "x-kube-rules": [own] }),
        &json!({ "type": "string", "x-kubernetes-validations": [own] }),
    );
    check(
        json!({ "type": "string", "x-kubernetes-validations": [first], "x-kube-rules": [own] }),
        &json!({ "type": "string", "x-kubernetes-validations": [first, own] }),
    );
    let (limits, short) = (json!({ "maxLength": 3 }), json!({ "type": "string", "maxLength": 3 }));
    for (keyword, kind) in [("items", "array"), ("additionalProperties", "object")] {
        check(
            json!({ "type": kind, keyword: { "type": "string" }, "x-kube-items": limits }),
            &json!({ "type": kind, keyword: short }),
        );
    }
}

/// What is wrong with a definition of these versions.
fn told(versions: &Value) -> Vec<String> {
    let definition = json!({
        "metadata": { "name": "things.example.com" },
        "spec": {
            "group": "example.com", "scope": "Cluster", "names": { "kind": "Thing", "plural": "things" },
            "versions": versions,
        },
    });
    super::super::problems(&serde_json::from_value(definition).unwrap())
}

#[test]
fn versions_that_cannot_be_beside_each_other_and_paths_to_nothing_are_named() {
    let spec = json!({ "type": "object", "properties": {
        "size": { "type": "integer" }, "name": { "type": "string" },
        "tags": { "type": "array", "items": { "type": "string" } },
        "owners": { "type": "array", "x-kubernetes-list-map-keys": ["id"], "items": { "type": "object", "properties": { "name": { "type": "string" } } } },
        "deep": { "type": "object", "additionalProperties": { "type": "array", "items": { "oneOf": [{ "type": "string" }] } } },
    } });
    let good =
        |properties: &Value| json!({ "type": "object", "properties": { "spec": properties } });
    let version = |name: &str, storage: bool, more: &Value| {
        let small = good(
            &json!({ "type": "object", "properties": { "size": { "type": "integer" }, "name": { "type": "string" }, "tags": { "type": "array", "items": { "type": "string" } } } }),
        );
        let mut version = json!({ "name": name, "served": true, "storage": storage, "schema": { "openAPIV3Schema": small } });
        version.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        version
    };
    let none = json!({});
    assert_eq!(
        told(&json!([version("v1", true, &none), version("v2", false, &none)])),
        Vec::<String>::new()
    );
    assert_eq!(
        told(&json!([
            version("v1", true, &none),
            version("v1", true, &json!({ "subresources": { "status": {} } }))
        ])),
        [
            "objects are stored in one version, and `v1` and `v1` say that they are it",
            "there are two versions `v1`",
            "version `v1` has a status and `v1` has none, so it would be lost between them",
        ]
    );
    assert_eq!(
        told(&json!([version("v1", true, &json!({ "schema": null }))])),
        ["version `v1` has no schema"]
    );
    let scale = |replicas: &str, selector: &str| json!({ "subresources": { "scale": { "specReplicasPath": replicas, "statusReplicasPath": ".spec.size", "labelSelectorPath": selector } } });
    assert_eq!(
        told(&json!([version("v1", true, &scale(".spec.size", ".spec.name"))])),
        Vec::<String>::new()
    );
    assert_eq!(
        told(&json!([version("v1", true, &scale(".spec.name", ".spec.gone"))])),
        [
            "`scale` names `.spec.name`, and there is no such integer",
            "`scale` names `.spec.gone`, and there is no such string",
        ]
    );
    let selectable = json!({ "selectableFields": [{ "jsonPath": ".spec.name" }, { "jsonPath": ".spec.tags" }, { "jsonPath": ".spec.gone" }, { "jsonPath": ".spec.tags[0]" }] });
    assert_eq!(
        told(&json!([version("v1", true, &selectable)])),
        [
            "`.spec.tags` cannot be selected by: its type is array, not string, integer or boolean",
            "`.spec.gone` cannot be selected by: there is no such field",
            "`.spec.tags[0]` cannot be selected by: there is no such field",
        ]
    );
    let wrong = told(&json!([version(
        "v1",
        true,
        &json!({ "schema": { "openAPIV3Schema": good(&spec) } })
    )]));
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(wrong[0].starts_with("spec.deep{}[]: its values are of several types"), "{wrong:?}");
    assert_eq!(wrong[1], "spec.owners: its items have no field `id` to be merged by");
}

#[cfg(feature = "rules")]
#[test]
fn a_rule_that_no_server_takes_is_told_with_its_place() {
    let rule = |rule: &str| {
        let spec = json!({
            "type": "object", "properties": { "size": { "type": "integer" } }, "x-kubernetes-validations": [{ "rule": rule }],
        });
        let schema = json!({ "type": "object", "properties": { "spec": spec } });
        told(
            &json!([{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": schema } }]),
        )
    };
    assert_eq!(rule("self.size > 1"), Vec::<String>::new());
    let wrong = rule("self.gone > 1");
    assert!(wrong.len() == 1 && wrong[0].contains("properties[spec]"), "{wrong:?}");
    assert!(wrong[0].contains("gone"), "{wrong:?}");
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
                    "name": { "type": "string", "pattern": "^(a$" },
                    "ports": { "type": "array", "x-kubernetes-list-map-keys": ["name"], "items": { "type": "object", "properties": { "name": { "type": "string" } } } },
                } } } } },
            }],
        },
    }))
    .unwrap();
    let problems = super::super::problems(&definition);
    let starts = [
        "spec.mixed: its values are of several types",
        "spec.name: its pattern `^(a$` is no regular expression: unclosed group",
        "spec.ports: its items are merged by `name`, so the field is required or has a default",
        "spec.tree: `Tree` contains itself",
        "column `Gone` shows `.spec.gone`, and there is no such field",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:#?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
}
