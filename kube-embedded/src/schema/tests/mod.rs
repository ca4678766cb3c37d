//! What a schema accepts, fills in, removes and refuses.

mod recorded;
mod rules;

use serde_json::{Value, json};

use super::{FieldError, Schema, builtin, invalid_message};

const AT: &str = "spec.validation.openAPIV3Schema";

fn compile(spec: &Value) -> Result<Schema, Vec<FieldError>> {
    Schema::compile(&json!({"type": "object", "properties": {"spec": spec}}), AT)
}

fn of(properties: &Value) -> Schema {
    compile(&json!({"type": "object", "properties": properties})).unwrap()
}

#[track_caller]
fn refused(schema: &Schema, spec: &Value, expected: &str) {
    assert_eq!(invalid_message(&schema.validate(&json!({"spec": spec}), None)), expected);
}

#[test]
fn mistakes_in_values_are_worded_as_the_server_words_them() {
    let schema = of(&json!({
        "replicas": {"type": "integer", "minimum": 0, "maximum": 10, "multipleOf": 2, "format": "int32"},
        "image": {"type": "string", "pattern": "^[a-z]*$", "maxLength": 10, "minLength": 2},
        "when": {"type": "string", "format": "date-time"},
        "tier": {"type": "string", "enum": ["a", "b"]},
        "port": {"x-kubernetes-int-or-string": true},
        "ports": {"type": "array", "maxItems": 3, "minItems": 1, "items": {"type": "object", "required": ["port"], "properties": {"port": {"type": "integer"}}}},
        "flags": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "boolean"}},
    }));
    let rows = [
        (
            json!({"replicas": -2}),
            "spec.replicas: Invalid value: -2: spec.replicas in body should be greater than or equal to 0",
        ),
        (
            json!({"replicas": 12}),
            "spec.replicas: Invalid value: 12: spec.replicas in body should be less than or equal to 10",
        ),
        (
            json!({"replicas": 3}),
            "spec.replicas: Invalid value: 3: spec.replicas in body should be a multiple of 2",
        ),
        (
            json!({"replicas": "x"}),
            r#"spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string""#,
        ),
        (
            json!({"replicas": null}),
            r#"spec.replicas: Invalid value: "null": spec.replicas in body must be of type integer: "null""#,
        ),
        (
            json!({"image": "AB"}),
            r#"spec.image: Invalid value: "AB": spec.image in body should match '^[a-z]*$'"#,
        ),
        (json!({"image": "aaaaaaaaaaa"}), "spec.image: Too long: may not be more than 10 bytes"),
        (
            json!({"image": "a"}),
            r#"spec.image: Invalid value: "a": spec.image in body should be at least 2 chars long"#,
        ),
        (
            json!({"when": "bad"}),
            r#"spec.when: Invalid value: "bad": spec.when in body must be of type date-time: "bad""#,
        ),
        (json!({"tier": "c"}), r#"spec.tier: Unsupported value: "c": supported values: "a", "b""#),
        (
            json!({"port": true}),
            r#"spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean""#,
        ),
        (json!({"ports": [{}]}), "spec.ports[0].port: Required value"),
        (
            json!({"ports": []}),
            "spec.ports: Invalid value: 0: spec.ports in body should have at least 1 items",
        ),
        (
            json!({"ports": [{"port": 1}, {"port": 1}, {"port": 1}, {"port": 1}]}),
            "spec.ports: Too many: 4: must have at most 3 items",
        ),
        (
            json!({"flags": {"a": true, "b": 1}}),
            r#"[spec.flags: Too many: 2: must have at most 1 items, spec.flags.b: Invalid value: "integer": spec.flags.b in body must be of type boolean: "integer"]"#,
        ),
    ];
    rows.iter().for_each(|(spec, expected)| refused(&schema, spec, expected));
    let fraction = schema.validate(&json!({"spec": {"replicas": 1.5}}), None);
    assert!(fraction.iter().any(|error| error.to_string()
        == r#"<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.replicas"#));
    assert!(
        schema
            .validate(
                &json!({"spec": {"replicas": 2.0, "image": "abc", "port": "http", "tier": "a"}}),
                None
            )
            .is_empty()
    );
}

#[test]
fn repeated_items_of_sets_and_maps_are_refused() {
    let schema = of(&json!({
        "hosts": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"], "items": {
            "type": "object", "required": ["port"], "properties": {"port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}}}},
    }));
    refused(&schema, &json!({"hosts": ["a", "a", "a"]}), r#"spec.hosts[1]: Duplicate value: "a""#);
    let twice = json!({"ports": [{"port": 1, "protocol": "TCP"}, {"port": 1, "protocol": "TCP"}]});
    refused(&schema, &twice, r#"spec.ports[1]: Duplicate value: {"port":1,"protocol":"TCP"}"#);
    let object = json!({"spec": twice});
    assert!(schema.validate(&object, Some(&object)).is_empty());
}

#[test]
fn logical_junctors_are_checked() {
    let schema = compile(&json!({
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    }))
    .unwrap();
    refused(
        &schema,
        &json!({"a": "x", "b": "y"}),
        r#"<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives"#,
    );
    refused(
        &schema,
        &json!({}),
        r#"[<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid, spec.a: Required value]"#,
    );
    assert!(schema.validate(&json!({"spec": {"b": "y"}}), None).is_empty());
}

#[test]
fn what_did_not_change_is_forgiven_on_update() {
    let schema = of(&json!({
        "tier": {"type": "string", "enum": ["a"]},
        "items": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
            "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "size": {"type": "integer", "maximum": 1}}}},
        "list": {"type": "array", "items": {"type": "integer", "maximum": 1}},
    }));
    let old = json!({"spec": {"tier": "old", "items": [{"name": "x", "size": 5}], "list": [5]}});
    let new = json!({"spec": {"tier": "old", "items": [{"name": "new"}, {"name": "x", "size": 5}], "list": [5, 0]}});
    let errors = schema.validate(&new, Some(&old));
    assert_eq!(
        invalid_message(&errors),
        "spec.list[0]: Invalid value: 5: spec.list[0] in body should be less than or equal to 1"
    );
}

#[test]
fn unknown_fields_are_removed_and_named_unless_they_are_to_be_kept() {
    let schema = of(&json!({
        "a": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "integer"}}}},
        "raw": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"deep": {"type": "object", "properties": {"known": {"type": "string"}}}}},
        "inner": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true},
        "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"x": {"type": "integer"}}}},
    }));
    let mut object = json!({
        "apiVersion": "g/v1", "kind": "K", "metadata": {"name": "n", "foo": 1}, "extra": 1,
        "spec": {"a": [{"x": 1, "b": 2}], "raw": {"any": {"x": 1}, "deep": {"known": "k", "un": 1}},
                 "inner": {"kind": "Pod", "metadata": {"name": "x"}, "spec": {}}, "map": {"k": {"x": 1, "y": 2}}},
    });
    assert_eq!(
        schema.prune(&mut object),
        ["extra", "metadata.foo", "spec.a[0].b", "spec.map.k.y", "spec.raw.deep.un"]
    );
    assert_eq!(
        object,
        json!({
            "apiVersion": "g/v1", "kind": "K", "metadata": {"name": "n"},
            "spec": {"a": [{"x": 1}], "raw": {"any": {"x": 1}, "deep": {"known": "k"}},
                     "inner": {"kind": "Pod", "metadata": {"name": "x"}, "spec": {}}, "map": {"k": {"x": 1}}},
        })
    );
    let mut object = json!({"anything": {"goes": 1}});
    assert!(Schema::anything().prune(&mut object).is_empty());
    assert_eq!(object, json!({"anything": {"goes": 1}}));
}

#[test]
fn defaults_are_filled_in_and_nulls_give_way() {
    let schema = of(&json!({
        "replicas": {"type": "integer", "default": 1},
        "image": {"type": "string"},
        "note": {"type": "string", "nullable": true},
        "nested": {"type": "object", "default": {}, "properties": {"x": {"type": "string", "default": "y"}}},
        "map": {"type": "object", "additionalProperties": {"type": "integer", "default": 5}},
        "absent": {"type": "object", "properties": {"x": {"type": "string", "default": "y"}}},
        "ports": {"type": "array", "items": {"type": "object", "properties": {"protocol": {"type": "string", "default": "TCP"}}}},
    }));
    let mut object = json!({"spec": {"replicas": null, "image": null, "note": null, "map": {"k": null}, "ports": [{}]}});
    schema.drop_nulls(&mut object);
    schema.apply_defaults(&mut object);
    assert_eq!(
        object,
        json!({"spec": {"replicas": 1, "note": null, "nested": {"x": "y"}, "map": {"k": 5}, "ports": [{"protocol": "TCP"}]}})
    );
}

#[test]
fn a_schema_that_is_not_structural_is_refused() {
    #[track_caller]
    fn check(property: &Value, expected: &str) {
        let schema = json!({"type": "object", "properties": {"x": property}});
        let errors = Schema::compile(&schema, AT).unwrap_err();
        assert_eq!(invalid_message(&errors).replace(AT, "S"), expected);
    }
    check(
        &json!({}),
        "S.properties[x].type: Required value: must not be empty for specified object fields",
    );
    check(
        &json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
        "S.properties[x].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
    );
    check(
        &json!({"type": "string", "default": 1}),
        r#"S.properties[x].default: Invalid value: "integer":  in body must be of type string: "integer""#,
    );
    check(
        &json!({"type": "array", "x-kubernetes-list-type": "map", "items": {"type": "object"}}),
        "S.properties[x].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
    );
    check(
        &json!({"type": "array", "uniqueItems": true, "items": {"type": "string"}}),
        "S.properties[x].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    );
    check(&json!({"type": "array"}), "S.properties[x].items: Required value: must be specified");
    check(
        &json!({"type": "string", "$ref": "#/x"}),
        "S.properties[x].$ref: Forbidden: $ref is not supported",
    );
    check(
        &json!({"type": "string", "anyOf": [{"type": "string"}]}),
        "S.properties[x].anyOf[0].type: Forbidden: must be empty to be structural",
    );
    let undescribed = json!({"type": "object", "anyOf": [{"properties": {"a": {"minLength": 1}}}]});
    let errors = Schema::compile(&undescribed, "S").unwrap_err();
    let detail = "because it is defined in S.anyOf[0].properties[a]";
    assert_eq!(invalid_message(&errors), format!("S.properties[a]: Required value: {detail}"));
    let errors = Schema::compile(&json!({"type": "string"}), AT).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        format!(r#"{AT}.type: Invalid value: "string": must be object at the root"#)
    );
}

#[test]
fn what_is_accepted_but_not_enforced_is_a_warning() {
    let schema = of(&json!({
        "x": {"type": "string", "format": "foo"},
        "y": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
    }));
    assert_eq!(schema.warnings(), [r#"unrecognized format "foo""#]);
}

#[test]
fn a_struct_without_fields_is_kept_when_it_is_empty_and_a_map_is_not() {
    let types = builtin("apiextensions.k8s.io/v1", "CustomResourceDefinition").unwrap();
    let mut definition = json!({
        "metadata": { "labels": {} },
        "spec": { "versions": [{ "name": "v1", "subresources": { "status": {} } }] },
    });
    types.drop_nulls(&mut definition);
    assert_eq!(definition["spec"]["versions"][0]["subresources"], json!({ "status": {} }));
    assert_eq!(definition["metadata"], json!({}));
}
