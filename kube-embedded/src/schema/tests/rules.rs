//! Rules that a genuine API server judged, together with the schemas that they stand in: the same answers in the same words.
//!
//! The recording is kube-rules', which plays it without the rest of the schema.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{FieldError, Schema};

const AT: &str = "spec.validation.openAPIV3Schema";

fn comparable(text: &str) -> String {
    text.split_once("error parsing regexp: ").map_or(text, |(head, _)| head).to_owned()
}

fn told(answer: &Value, part: &str) -> BTreeSet<String> {
    let texts = answer[part].as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(comparable).collect()
}

fn texts(errors: &[FieldError]) -> BTreeSet<String> {
    errors.iter().map(|error| comparable(&error.to_string())).collect()
}

fn schema_of(row: &Value) -> Value {
    let mut own = row["schema"].clone();
    if row["rules"] != json!([{"rule": "true"}]) {
        own["x-kubernetes-validations"] = row["rules"].clone();
    }
    json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"v": own}}}})
}

/// The object as it is when rules are asked.
fn object(schema: &Schema, value: &Value) -> Value {
    let mut object = json!({"apiVersion": "g.ex/v1", "kind": "K", "metadata": {"name": "a"},
        "spec": {"v": value}});
    schema.prune(&mut object);
    schema.drop_nulls(&mut object);
    schema.apply_defaults(&mut object);
    object
}

fn differences(row: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |what: &str, here: BTreeSet<String>, there: BTreeSet<String>| {
        if here != there {
            let title = format!("{} {}\n  {what}", row["rules"], row["schema"]);
            wrong.push(format!("{title}\n  here: {here:#?}\n  there: {there:#?}"));
        }
    };
    let schema = match Schema::compile(&schema_of(row), AT) {
        Ok(schema) => schema,
        Err(errors) => {
            compare("definition", texts(&errors), told(&row["crd"], "errors"));
            return wrong;
        }
    };
    compare("definition", BTreeSet::new(), told(&row["crd"], "errors"));
    for answer in row["values"].as_array().into_iter().flatten() {
        let errors = schema.validate(&object(&schema, &answer["is"]), None);
        compare(&answer["is"].to_string(), texts(&errors), told(answer, "errors"));
    }
    for answer in row["changes"].as_array().into_iter().flatten() {
        let (old, new) = (object(&schema, &answer["from"]), object(&schema, &answer["to"]));
        let what = format!("{} to {}", answer["from"], answer["to"]);
        let errors = schema.validate(&new, Some(&old));
        compare(&what, texts(&errors), told(answer, "errors"));
        let warnings = schema.forgiven(&new, &old).into_iter().collect();
        compare(&what, warnings, told(answer, "warnings"));
    }
    wrong
}

#[test]
fn rules_are_judged_as_a_real_server_judges_them() {
    let rows = include_str!("../../../../kube-rules/tests/recorded.json");
    let rows: Vec<Value> = serde_json::from_str(rows).unwrap();
    let wrong: Vec<String> = rows.iter().flat_map(differences).collect();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
