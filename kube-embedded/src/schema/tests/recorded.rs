//! Objects and schemas that a real API server judged, judged again: the same mistakes in the same words.
//!
//! `recorded.json` is what kube-apiserver 1.36.3 answered to objects and CRDs that were drawn at random. Another recording is
//! played when `KUBE_EMBEDDED_JUDGEMENTS` names it.

use serde_json::{Value, json};

use super::super::{FieldError, Schema};
use crate::json::equal;

const AT: &str = "spec.validation.openAPIV3Schema";

fn recording() -> Value {
    match std::env::var("KUBE_EMBEDDED_JUDGEMENTS") {
        Ok(path) => serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(),
        Err(_) => serde_json::from_str(include_str!("recorded.json")).unwrap(),
    }
}

/// The single mistakes of a message, in order, equal ones once. A real server lists them in no order of its own.
fn parts(message: &str) -> Vec<String> {
    let bare =
        message.strip_prefix('[').and_then(|message| message.strip_suffix(']')).unwrap_or(message);
    let mut parts: Vec<String> = bare.split(", ").map(without_regex_reason).collect();
    parts.sort();
    parts.dedup();
    parts
}

/// Why a pattern is not one is said in the words of another library.
fn without_regex_reason(part: &str) -> String {
    part.split_once("but isn't: ").map_or(part, |(head, _)| head).to_owned()
}

fn differences(found: &[FieldError], message: &str) -> Option<String> {
    let expected = message.split_once(" is invalid: ").map_or(message, |(_, rest)| rest);
    let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
    let found = parts(&texts.join(", "));
    let expected = parts(expected);
    (found != expected)
        .then(|| format!("  {}\n  instead of\n  {}", found.join(", "), expected.join(", ")))
}

fn check_object(schema: &Schema, row: &Value) -> Option<String> {
    let mut object = row["body"].clone();
    schema.prune(&mut object);
    schema.drop_nulls(&mut object);
    schema.apply_defaults(&mut object);
    let errors = schema.validate(&object, None);
    if row["code"] == 201 {
        let same = errors.is_empty() && equal(&object["spec"], &row["spec"]);
        return (!same)
            .then(|| format!("  {} {errors:?}\n  instead of\n  {}", object["spec"], row["spec"]));
    }
    differences(&errors, row["message"].as_str().unwrap_or_default())
}

#[test]
fn objects_are_judged_as_a_real_server_judges_them() {
    let recording = recording();
    let schema = Schema::compile(&recording["schema"], AT).unwrap();
    // Metadata that cannot be decoded is refused before any schema is asked.
    let rows = recording["rows"].as_array().unwrap().iter().filter(|row| row["code"] != 400);
    let wrong: Vec<String> = rows
        .filter_map(|row| Some(format!("{}\n{}", row["body"]["spec"], check_object(&schema, row)?)))
        .collect();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn schemas_are_judged_as_a_real_server_judges_them() {
    let mut wrong = Vec::new();
    for row in recording()["crds"].as_array().unwrap() {
        let errors = Schema::compile(&row["schema"], AT).err().unwrap_or_default();
        let difference = match row["code"] == json!(201) {
            true => (!errors.is_empty()).then(|| format!("  refused: {errors:?}")),
            false => differences(&errors, row["message"].as_str().unwrap_or_default()),
        };
        wrong.extend(
            difference.map(|difference| format!("{}\n{difference}", row["schema"]["properties"])),
        );
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
