//! Rules that a genuine API server judged, judged again: the same answers in the same words.
//!
//! `recorded.json` is what kube-apiserver 1.36.3 answered: one row a schema with its rules, then objects and changes of objects.

use std::collections::BTreeSet;

use kube_rules::Mistake;
use kube_rules::Validator;
use serde_json::Value;
use serde_json::json;

const AT: &str = "spec.validation.openAPIV3Schema";

/// Texts of other libraries: why a pattern is none, and the number that makes a type's name unique.
fn comparable(text: &str) -> String {
    text.split_once("error parsing regexp: ").map_or(text, |(head, _)| head).to_owned()
}

fn expected(answer: &Value, part: &str) -> BTreeSet<String> {
    let texts = answer[part].as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(comparable).collect()
}

fn found(mistakes: &[Mistake]) -> BTreeSet<String> {
    mistakes.iter().map(|mistake| comparable(&mistake.to_string())).collect()
}

/// Mistakes that the schema itself finds, without any rule.
fn is_of_schema(answer: &Value) -> bool {
    let marks = ["in body", "were not checked", "to be structural", "Unsupported value"];
    expected(answer, "errors").iter().any(|text| marks.iter().any(|mark| text.contains(mark)))
}

fn difference(what: &str, found: &BTreeSet<String>, expected: &BTreeSet<String>) -> Option<String> {
    (found != expected).then(|| {
        let list = |texts: &BTreeSet<String>| {
            texts.iter().map(|text| format!("    {text}\n")).collect::<String>()
        };
        format!("{what}\n  here:\n{}  there:\n{}", list(found), list(expected))
    })
}

fn schema_of(row: &Value) -> Value {
    let mut own = row["schema"].clone();
    if row["rules"] != json!([{"rule": "true"}]) {
        own["x-kubernetes-validations"] = row["rules"].clone();
    }
    json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"v": own}}}})
}

fn differences(row: &Value) -> Vec<String> {
    let schema = schema_of(row);
    let title = format!("{} {}", row["rules"], row["schema"]);
    // Only a server fills in defaults.
    if is_of_schema(&row["crd"]) || row["schema"].to_string().contains("\"default\"") {
        return Vec::new();
    }
    let mistakes = kube_rules::mistakes(&schema, AT);
    let mut wrong: Vec<String> =
        difference(&title, &found(&mistakes), &expected(&row["crd"], "errors"))
            .into_iter()
            .collect();
    let validator = Validator::new(&schema);
    let object = |value: &Value| json!({"spec": {"v": value}});
    let values = row["values"].as_array().into_iter().flatten().map(|row| (row, &row["is"], None));
    let changes = row["changes"].as_array().into_iter().flatten();
    let changes = changes.map(|row| (row, &row["to"], Some(&row["from"])));
    for (answer, new, old) in values.chain(changes).filter(|(answer, ..)| !is_of_schema(answer)) {
        let old_object = old.map(object);
        let verdict = validator.validate(&object(new), old_object.as_ref());
        let title = format!("{title}\n  {new} after {old:?}");
        let errors = (found(&verdict.mistakes), expected(answer, "errors"));
        wrong.extend(difference(&title, &errors.0, &errors.1));
    }
    wrong
}

#[test]
fn rules_are_judged_as_a_genuine_server_judges_them() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("recorded.json")).unwrap();
    assert!(rows.len() >= 300, "{} rows", rows.len());
    let wrong: Vec<String> = rows.iter().flat_map(differences).collect();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
