//! The list of managers: how it is kept, reset, capped, and brought over from client-side apply.

use serde_json::{Value, json};

use super::{Outcome, Story, custom_schema};
use crate::schema::Schema;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn applied_by_client(story: &mut Story, replicas: i64) {
    let last = json!({"apiVersion": "g/v1", "kind": "Widget", "metadata": {"name": "x", "namespace": "ns"}, "spec": {"replicas": replicas}});
    let annotations = json!({LAST_APPLIED: last.to_string()});
    story.put(
        "kubectl-client-side-apply",
        &json!({"metadata": {"annotations": annotations}, "spec": {"replicas": replicas}}),
    );
}

#[test]
fn kubectl_takes_over_from_its_client_side_apply_and_nobody_else_does() {
    let mut story = Story::custom();
    applied_by_client(&mut story, 3);
    story.conflicts(
        "other",
        &json!({"spec": {"replicas": 5}}),
        r#"Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using g/v1: .spec.replicas"#,
    );
    story.apply("kubectl", &json!({"spec": {"replicas": 5}}));
    assert_eq!(story.spec(), json!({"replicas": 5}));
    let annotation = story.at("/metadata/annotations")[LAST_APPLIED].as_str().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&annotation).unwrap()["spec"], json!({"replicas": 5}));
}

#[test]
fn kubectl_conflicts_where_somebody_changed_what_it_applied() {
    let mut story = Story::custom();
    applied_by_client(&mut story, 3);
    story.change("U", |object| object["spec"]["replicas"] = 4.into());
    story.conflicts(
        "kubectl",
        &json!({"spec": {"replicas": 5}}),
        r#"Apply failed with 1 conflict: conflict with "U" using g/v1: .spec.replicas"#,
    );
}

#[test]
fn an_object_without_managers_was_written_before_the_first_apply() {
    let mut story = Story::custom();
    story.put("U", &json!({"spec": {"replicas": 3}}));
    story.change("U", |object| object["metadata"]["managedFields"] = json!([{}]));
    assert!(story.managers().is_empty());
    story.change("U", |object| object["spec"]["image"] = "i".into());
    assert!(story.managers().is_empty());
    story.conflicts(
        "A",
        &json!({"spec": {"replicas": 5}}),
        r#"Apply failed with 1 conflict: conflict with "before-first-apply" using g/v1: .spec.replicas"#,
    );
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    assert_eq!(story.managers(), ["A/Apply", "before-first-apply/Update"]);
}

#[test]
fn managers_that_a_request_leaves_out_are_kept_and_those_it_brings_count() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    story.put("U", &json!({"spec": {"replicas": 3, "image": "i"}}));
    assert_eq!(story.managers(), ["A/Apply", "U/Update"]);
    let only_u = json!([story.entry("U")]);
    story.change("U", |object| object["metadata"]["managedFields"] = only_u);
    assert_eq!(story.managers(), ["U/Update"]);
    story.change("U", |object| object["metadata"]["managedFields"] = json!([]));
    assert!(story.managers().is_empty());
}

#[test]
fn an_applier_has_one_entry_for_all_versions_and_an_updater_one_for_each() {
    let mut story = Story::custom();
    story.others = vec!["g/v1", "g/v2"];
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    story.put("U", &json!({"spec": {"replicas": 3, "image": "i"}}));
    story.api_version = "g/v2";
    story.stored.as_mut().unwrap()["apiVersion"] = "g/v2".into();
    story.apply("A", &json!({"spec": {"replicas": 4}}));
    story.change("U", |object| object["spec"]["args"] = json!(["a"]));
    assert_eq!(story.managers(), ["A/Apply", "U/Update", "U/Update"]);
    assert_eq!(story.entry("A")["apiVersion"], "g/v2");
    story.change("U", |object| object["spec"]["image"] = "j".into());
    assert_eq!(story.managers(), ["A/Apply", "U/Update"]);
}

#[test]
fn a_version_that_is_gone_takes_all_managers_with_it() {
    let mut story = Story::custom();
    story.put("U", &json!({"spec": {"replicas": 3}}));
    story.others = vec!["g/v1"];
    story.api_version = "g/v2";
    story.stored.as_mut().unwrap()["apiVersion"] = "g/v2".into();
    story.change("U", |object| object["spec"]["image"] = "i".into());
    assert_eq!(story.managers().len(), 2);
    story.others = Vec::new();
    story.change("U", |object| object["spec"]["image"] = "j".into());
    assert!(story.managers().is_empty());
    story.change("U", |object| object["spec"]["image"] = "k".into());
    assert!(story.managers().is_empty());
}

#[test]
fn a_struct_that_becomes_one_value_is_owned_as_one() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"tmpl": {"a": "1"}}}));
    let mut schema = custom_schema();
    schema["properties"]["spec"]["properties"]["tmpl"]["x-kubernetes-map-type"] = "atomic".into();
    let schema = Schema::compile(&schema, "").unwrap();
    (story.types, story.schema) = (schema.types(), Some(schema));
    story.change("U", |object| object["spec"]["image"] = "i".into());
    assert_eq!(story.owned("A"), json!({"f:spec": {"f:tmpl": {}}}));
}

#[test]
fn no_more_than_ten_updaters_are_remembered_apart() {
    let mut story = Story::custom();
    story.put("U0", &json!({"spec": {"labels": {"k0": "v"}}}));
    for index in 1..12 {
        story.change(&format!("U{index}"), |object| {
            object["spec"]["labels"][format!("k{index}")] = "v".into()
        });
    }
    let managers = story.managers();
    assert_eq!(managers.len(), 10);
    assert_eq!(managers[0], "ancient-changes/Update");
    let old = story.owned("ancient-changes");
    assert_eq!(old["f:spec"]["f:labels"], json!({".": {}, "f:k0": {}, "f:k1": {}, "f:k2": {}}));
}

#[test]
fn labels_are_owned_and_the_servers_own_metadata_is_not() {
    let mut story = Story::custom();
    story.put("U", &json!({"metadata": {"labels": {"a": "b"}, "generation": 1, "finalizers": ["ex.com/a"], "ownerReferences": [{"apiVersion": "v1", "kind": "K", "name": "n", "uid": "u"}]}}));
    assert_eq!(
        story.owned("U"),
        json!({"f:metadata": {
            "f:finalizers": {".": {}, "v:\"ex.com/a\"": {}},
            "f:labels": {".": {}, "f:a": {}},
            "f:ownerReferences": {".": {}, "k:{\"uid\":\"u\"}": {}},
        }})
    );
    let mut story = Story::custom();
    story.put("U", &json!({}));
    assert!(story.managers().is_empty());
    assert_eq!(
        story.change("U", |object| object["metadata"]["resourceVersion"] = "2".into()),
        Outcome::Written
    );
    assert!(story.managers().is_empty());
}
