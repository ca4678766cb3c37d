//! What a later definition does to objects that are stored under an earlier one, and defaults that do not fit.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::Value;
use serde_json::json;

use crate::definition::check::check_compatible;
use crate::definition::incompatibilities;
use crate::definition::problems;
use crate::object::CustomResource;

#[derive(kube_derive::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", crates(core = "crate"))]
struct KettleSpec {
    #[resource(minimum = 1)]
    litres: i32,
    lid: Option<bool>,
}

fn definition(spec: &Value) -> CustomResourceDefinition {
    let mut definition = serde_json::to_value(Kettle::definition()).expect("it is JSON");
    let schema = &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    schema["properties"]["spec"] = spec.clone();
    serde_json::from_value(definition).expect("it is a definition")
}

fn object(properties: &Value, required: &Value) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

#[test]
fn what_could_be_stored_and_cannot_be_any_more_is_told_with_its_place() {
    let earlier = definition(&object(
        &json!({
            "a": { "type": "string", "maxLength": 10 },
            "b": { "type": "array", "items": { "type": "string", "enum": ["x", "y"] }, "x-kubernetes-list-type": "set" },
            "c": { "type": "integer", "minimum": 0 },
            "d": { "type": "object", "properties": { "e": { "type": "boolean" } } },
            "n": { "type": "string", "nullable": true },
        }),
        &json!(["a"]),
    ));
    assert_eq!(incompatibilities(&earlier, &earlier), Vec::<String>::new());
    let later = definition(&object(
        &json!({
            "a": { "type": "string", "maxLength": 5, "pattern": "^a" },
            "b": { "type": "array", "items": { "type": "string", "enum": ["x"] } },
            "c": { "type": "number" },
            "d": { "type": "object", "properties": {}, "required": [] },
            "n": { "type": "string", "x-kubernetes-validations": [{ "rule": "self != ''" }] },
            "f": { "type": "string" },
            "g": { "type": "string", "default": "" },
        }),
        &json!(["a", "f", "g"]),
    ));
    let expected = [
        "spec.a: `maxLength` was 10 and is 5",
        "spec.a has another pattern: \"^a\"",
        "spec.b: how it is merged was \"set\" and is null",
        "spec.b[] cannot be \"y\" any more",
        "spec.c was integer and is number",
        "spec.d.e is gone",
        "spec.n could be null and cannot be any more",
        "spec.n has a new rule: \"self != ''\"",
        "spec.f is required now, and has no default",
    ];
    assert_eq!(incompatibilities(&earlier, &later), expected);
}

#[test]
fn another_name_another_type_and_fields_of_any_name_that_are_lost_are_told() {
    let one = Kettle::definition();
    let mut other = one.clone();
    other.spec.group = "other.example.com".to_owned();
    other.spec.names.kind = "Pot".to_owned();
    assert_eq!(
        incompatibilities(&one, &other),
        [
            "the group was `demo.example.com` and is `other.example.com`",
            "the kind was `Kettle` and is `Pot`",
        ]
    );
    let any = json!({ "x-kubernetes-preserve-unknown-fields": true });
    let earlier = definition(&object(
        &json!({
            "a": { "x-kubernetes-int-or-string": true },
            "b": any,
            "c": { "type": "object", "additionalProperties": { "type": "string" } },
            "d": { "type": "object", "additionalProperties": { "type": "string" } },
            "e": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
            "f": { "type": "object", "properties": { "g": { "type": "string" } } },
            "h": { "type": "string" },
        }),
        &json!([]),
    ));
    let later = definition(&object(
        &json!({
            "a": { "type": "string" },
            "b": { "x-kubernetes-int-or-string": true },
            "c": { "type": "object", "additionalProperties": { "type": "integer" } },
            "d": { "type": "object", "properties": {} },
            "e": { "type": "object", "properties": {} },
            "f": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
            "h": { "type": "string", "maxLength": 5 },
        }),
        &json!([]),
    ));
    let expected = [
        "spec.a was int-or-string and is string",
        "spec.b was anything and is int-or-string",
        "spec.c{} was string and is integer",
        "spec.d loses fields that its schema does not name",
        "spec.e loses fields that its schema does not name",
        "spec.h: `maxLength` was none and is 5",
    ];
    assert_eq!(incompatibilities(&earlier, &later), expected);
}

#[test]
fn more_fields_more_values_and_wider_bounds_break_nothing() {
    let earlier = definition(&object(
        &json!({ "a": { "type": "string", "maxLength": 5, "enum": ["x"] } }),
        &json!(["a"]),
    ));
    let later = definition(&object(
        &json!({ "a": { "type": "string", "maxLength": 9, "enum": ["x", "y"] }, "b": { "type": "string" } }),
        &json!([]),
    ));
    assert_eq!(incompatibilities(&earlier, &later), Vec::<String>::new());
}

#[test]
fn a_version_that_is_not_served_any_more_is_told() {
    let earlier = Kettle::definition();
    let mut later = earlier.clone();
    later.spec.versions[0].name = "v2".to_owned();
    assert_eq!(
        incompatibilities(&earlier, &later),
        ["version `v1` is not served any more".to_owned()]
    );
}

#[test]
#[should_panic(expected = "- spec.litres: `minimum` was 0 and is 1")]
fn the_test_that_the_derive_emits_fails_with_the_field() {
    let yaml = serde_json::to_string(&Kettle::definition()).expect("it is JSON");
    check_compatible::<Kettle>(&yaml);
    check_compatible::<Kettle>(&yaml.replace("\"minimum\":1.0", "\"minimum\":0.0"));
}

#[test]
fn a_default_that_its_own_schema_refuses_is_told_with_its_place() {
    for (field, expected) in [
        (json!({ "type": "integer", "maximum": 3, "default": 4 }), "is 4, above the maximum of 3"),
        (json!({ "type": "string", "default": 4 }), "is no string"),
        (json!({ "type": "string", "enum": ["a"], "default": "b" }), "is none of \"a\""),
        (json!({ "type": "string", "default": null }), ""),
        (json!({ "type": "string", "minLength": 2, "default": "ä" }), "has 1 characters"),
        (
            json!({ "type": "array", "items": { "type": "string" }, "default": [1] }),
            "[0] is no string",
        ),
        (
            json!({ "type": "object", "properties": { "b": { "type": "string" } }, "default": { "c": 1 } }),
            "has a `c`",
        ),
        (
            json!({ "type": "object", "properties": { "b": { "type": "string" } }, "required": ["b"], "default": {} }),
            "has no `b`",
        ),
    ] {
        let told = problems(&definition(&object(&json!({ "a": field }), &json!([]))));
        match expected {
            "" => assert!(told.is_empty(), "{told:?}"),
            expected => {
                let whole = told.join("; ");
                assert!(
                    whole.starts_with("spec.a: the default") && whole.contains(expected),
                    "{whole}"
                );
            }
        }
    }
}
