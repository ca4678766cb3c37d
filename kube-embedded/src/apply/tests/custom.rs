//! Appliers and updaters of a custom kind: what each owns, and what a write removes.

use serde_json::json;

use super::{Outcome, Story};

#[test]
fn an_applier_owns_what_it_applies_and_a_creator_what_it_creates() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    assert_eq!(story.owned("A"), json!({"f:spec": {"f:replicas": {}}}));
    let mut story = Story::custom();
    story.put("U", &json!({"spec": {"replicas": 3}}));
    assert_eq!(story.managers(), ["U/Update"]);
    assert_eq!(story.owned("U"), json!({"f:spec": {".": {}, "f:replicas": {}}}));
}

#[test]
fn what_is_applied_again_as_it_is_writes_nothing() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"replicas": 3, "tmpl": {"a": "1", "b": "2"}}}));
    assert_eq!(
        story.apply("A", &json!({"spec": {"tmpl": {"b": "2", "a": "1"}, "replicas": 3}})),
        Outcome::Nothing
    );
    assert_eq!(story.entry("A")["time"], "2026-01-01T00:01:00Z");
    assert_eq!(
        story.apply("A", &json!({"spec": {"replicas": 4, "tmpl": {"a": "1", "b": "2"}}})),
        Outcome::Written
    );
    assert_eq!(story.entry("A")["time"], "2026-01-01T00:03:00Z");
}

#[test]
fn a_conflict_changes_nothing_and_force_takes_over() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    story.conflicts(
        "B",
        &json!({"spec": {"replicas": 5}}),
        r#"Apply failed with 1 conflict: conflict with "A": .spec.replicas"#,
    );
    let error = story.try_apply("B", &json!({"spec": {"replicas": 5}}), false).unwrap_err();
    let cause = json!({"reason": "FieldManagerConflict", "message": "conflict with \"A\"", "field": ".spec.replicas"});
    assert_eq!(error.causes, [cause]);
    story.force("B", &json!({"spec": {"replicas": 5}}));
    assert_eq!(story.managers(), ["B/Apply"]);
    assert_eq!(story.spec(), json!({"replicas": 5}));
}

#[test]
fn several_conflicts_are_listed_by_manager() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    story.put("U", &json!({"spec": {"replicas": 3, "image": "i"}}));
    story.conflicts(
        "B",
        &json!({"spec": {"replicas": 5, "image": "j"}}),
        "Apply failed with 2 conflicts: conflicts with \"A\":\n- .spec.replicas\nconflicts with \"U\" using g/v1:\n- .spec.image",
    );
}

#[test]
fn equal_values_are_owned_by_both_until_the_last_one_lets_go() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    story.apply("B", &json!({"spec": {"replicas": 3}}));
    assert_eq!(story.managers(), ["B/Apply", "A/Apply"]);
    assert_eq!(story.entry("B").get("time"), None);
    story.apply("A", &json!({"spec": {"image": "x"}}));
    assert_eq!(story.spec(), json!({"replicas": 3, "image": "x"}));
    assert_eq!(story.owned("A"), json!({"f:spec": {"f:image": {}}}));
    story.apply("B", &json!({}));
    assert_eq!(story.spec(), json!({"image": "x"}));
    assert_eq!(story.managers(), ["A/Apply"]);
}

#[test]
fn an_updater_takes_what_it_changes() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    story.change("U", |object| object["spec"]["replicas"] = 5.into());
    assert_eq!(story.managers(), ["U/Update"]);
    assert_eq!(story.owned("U"), json!({"f:spec": {"f:replicas": {}}}));
    story.conflicts(
        "A",
        &json!({"spec": {"replicas": 3}}),
        r#"Apply failed with 1 conflict: conflict with "U" using g/v1: .spec.replicas"#,
    );
    story.apply("A", &json!({"spec": {"replicas": 5}}));
    assert_eq!(story.managers(), ["A/Apply", "U/Update"]);
    story.force("A", &json!({"spec": {"replicas": 3}}));
    assert_eq!(story.managers(), ["A/Apply"]);
}

#[test]
fn an_update_that_changes_nothing_moves_nothing() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    assert_eq!(story.change("U", |_| {}), Outcome::Nothing);
    assert_eq!(story.managers(), ["A/Apply"]);
}

#[test]
fn keys_of_a_map_have_owners_of_their_own() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"labels": {"x": "1"}}}));
    story.change("U", |object| object["spec"]["labels"]["y"] = "2".into());
    assert_eq!(story.owned("A"), json!({"f:spec": {"f:labels": {"f:x": {}}}}));
    assert_eq!(story.owned("U"), json!({"f:spec": {"f:labels": {"f:y": {}}}}));
    story.apply("A", &json!({"spec": {"labels": {}}}));
    assert_eq!(story.spec(), json!({"labels": {"y": "2"}}));
    assert_eq!(story.owned("A"), json!({"f:spec": {"f:labels": {}}}));
}

#[test]
fn an_atomic_map_and_an_atomic_list_are_one_value() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"sel": {"x": 1}}}));
    let other = json!({"spec": {"sel": {"y": 1}}});
    story.conflicts("B", &other, r#"Apply failed with 1 conflict: conflict with "A": .spec.sel"#);
    story.force("B", &other);
    assert_eq!(story.spec(), json!({"sel": {"y": 1}}));
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"args": ["a", "b"]}}));
    story.apply("B", &json!({"spec": {"args": ["a", "b"]}}));
    story.change("U", |object| object["spec"]["args"] = json!(["a"]));
    assert_eq!(story.managers(), ["U/Update"]);
    assert_eq!(story.owned("U"), json!({"f:spec": {"f:args": {}}}));
}

#[test]
fn a_struct_that_is_applied_no_longer_keeps_what_others_own() {
    for (spec, owned) in [
        (json!({}), json!({"f:spec": {}})),
        (json!({"tmpl": null}), json!({"f:spec": {"f:tmpl": {}}})),
    ] {
        let mut story = Story::custom();
        story.apply("A", &json!({"spec": {"tmpl": {"a": "1"}}}));
        story.change("U", |object| object["spec"]["tmpl"]["b"] = "2".into());
        story.apply("A", &json!({"spec": spec}));
        assert_eq!(story.spec(), json!({"tmpl": {"b": "2"}}));
        assert_eq!(story.owned("A"), owned);
    }
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"tmpl": {"a": "1"}}}));
    story.change("U", |object| object["spec"]["tmpl"]["a"] = "9".into());
    story.apply("A", &json!({"spec": {}}));
    assert_eq!(story.spec(), json!({"tmpl": {"a": "9"}}));
}

#[test]
fn a_list_item_goes_with_all_that_an_updater_has_in_it() {
    let mut story = Story::custom();
    story
        .apply("A", &json!({"spec": {"containers": [{"name": "m", "image": "i"}, {"name": "n"}]}}));
    story.change("U", |object| {
        object["spec"]["containers"][0]["env"] = json!([{"name": "E", "value": "1"}])
    });
    story.apply("A", &json!({"spec": {"containers": [{"name": "n"}]}}));
    assert_eq!(story.spec(), json!({"containers": [{"name": "n"}]}));
    assert_eq!(story.managers(), ["A/Apply"]);
}

#[test]
fn a_list_of_a_custom_kind_that_loses_its_last_item_becomes_null() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"containers": [{"name": "m", "image": "i"}]}}));
    story.change("U", |object| {
        object["spec"]["containers"][0]["env"] = json!([{"name": "E", "value": "1"}])
    });
    story.apply("A", &json!({"spec": {"containers": []}}));
    assert_eq!(story.spec(), json!({"containers": null}));
    let errors = story.schema.as_ref().unwrap().validate(story.stored.as_ref().unwrap(), None);
    assert_eq!(
        errors[0].to_string(),
        r#"spec.containers: Invalid value: "null": spec.containers in body must be of type array: "null""#
    );
}

#[test]
fn a_list_item_that_another_applier_owns_stays() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"containers": [{"name": "m", "image": "i"}]}}));
    story.apply(
        "B",
        &json!({"spec": {"containers": [{"name": "m", "env": [{"name": "E", "value": "1"}]}]}}),
    );
    story.apply("A", &json!({"spec": {"containers": []}}));
    assert_eq!(
        story.spec(),
        json!({"containers": [{"name": "m", "env": [{"name": "E", "value": "1"}]}]})
    );
    assert_eq!(story.managers(), ["B/Apply"]);
}

#[test]
fn items_of_a_set_have_owners_of_their_own() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"hosts": ["a", "b"]}}));
    story.apply("B", &json!({"spec": {"hosts": ["b", "c"]}}));
    assert_eq!(story.spec(), json!({"hosts": ["a", "b", "c"]}));
    assert_eq!(story.owned("A"), json!({"f:spec": {"f:hosts": {"v:\"a\"": {}, "v:\"b\"": {}}}}));
    story.apply("A", &json!({"spec": {"hosts": []}}));
    assert_eq!(story.spec(), json!({"hosts": ["b", "c"]}));
    assert_eq!(story.managers(), ["B/Apply"]);
}

#[test]
fn merged_lists_keep_the_applied_order_and_the_neighbours_of_the_rest() {
    for (applied, expected) in [
        (json!(["c", "a"]), json!(["b", "c", "a"])),
        (json!(["a", "c", "d"]), json!(["a", "b", "c", "d"])),
    ] {
        let mut story = Story::custom();
        story.put("U", &json!({"spec": {"hosts": ["a", "b", "c"]}}));
        story.apply("A", &json!({"spec": {"hosts": applied}}));
        assert_eq!(story.spec(), json!({"hosts": expected}));
    }
}

#[test]
fn a_default_completes_the_keys_of_an_item() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"ports": [{"port": 80, "name": "web"}]}}));
    let item = r#"k:{"port":80,"protocol":"TCP"}"#;
    assert_eq!(
        story.owned("A"),
        json!({"f:spec": {"f:ports": {item: {".": {}, "f:name": {}, "f:port": {}}}}})
    );
    assert_eq!(story.spec(), json!({"ports": [{"port": 80, "protocol": "TCP", "name": "web"}]}));
    story.apply("B", &json!({"spec": {"ports": [{"port": 80, "protocol": "UDP"}]}}));
    assert_eq!(story.spec()["ports"].as_array().unwrap().len(), 2);
    story.apply("A", &json!({"spec": {"ports": [{"port": 80, "protocol": "TCP"}]}}));
    let tcp = &story.spec()["ports"][0];
    assert_eq!(*tcp, json!({"port": 80, "protocol": "TCP"}));
}

#[test]
fn what_is_not_of_its_type_is_refused_as_the_server_refuses_it() {
    let mut story = Story::custom();
    let prefix = "failed to create typed patch object (ns/x; g/v1, Kind=Widget): ";
    for (spec, text) in [
        (
            json!({"ports": [{"port": 80}, {"port": 80, "protocol": "TCP"}]}),
            r#".spec.ports: duplicate entries for key [port=80,protocol="TCP"]"#,
        ),
        (json!({"hosts": ["a", "a"]}), r#".spec.hosts: duplicate entries for key [="a"]"#),
        (json!({"zzz": 1}), ".spec.zzz: field not declared in schema"),
        (json!({"replicas": "x"}), ".spec.replicas: expected numeric (int or float), got string"),
        (
            json!({"containers": [{"image": "i"}]}),
            r#".spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)"#,
        ),
    ] {
        story.refuses(&json!({"spec": spec}), 500, &format!("{prefix}{text}"));
    }
    story.refuses(&json!({"kind": "Gadget"}), 400, "invalid object type: g/v1, Kind=Gadget");
    story.refuses(&json!({"apiVersion": "", "kind": ""}), 400, "invalid object type: /, Kind=");
    story.refuses(
        &json!({"metadata": {"managedFields": []}}),
        400,
        "metadata.managedFields must be nil",
    );
}

#[test]
fn fields_that_no_schema_knows_are_owned_one_by_one() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"raw": {"x": {"y": 1}, "list": [1, {"z": 2}]}}}));
    assert_eq!(
        story.owned("A"),
        json!({"f:spec": {"f:raw": {"f:list": {}, "f:x": {".": {}, "f:y": {}}}}})
    );
    story.apply("B", &json!({"spec": {"raw": {"other": true}}}));
    story.apply("A", &json!({}));
    assert_eq!(story.spec(), json!({"raw": {"other": true}}));
}

#[test]
fn status_and_spec_are_owned_through_their_own_endpoints() {
    let mut story = Story::custom();
    let both = || json!({"spec": {"replicas": 3}, "status": {"phase": "Up"}});
    story.apply("A", &both());
    assert_eq!(
        (story.at("/status"), story.owned("A")),
        (json!(null), json!({"f:spec": {"f:replicas": {}}}))
    );
    story.status("A", &json!({"spec": {"replicas": 9}, "status": {"phase": "Up"}}));
    assert_eq!(
        (story.spec(), story.at("/status")),
        (json!({"replicas": 3}), json!({"phase": "Up"}))
    );
    assert_eq!(story.managers(), ["A/Apply", "A/Apply/status"]);
    assert_eq!(
        story.at("/metadata/managedFields/1/fieldsV1"),
        json!({"f:status": {"f:phase": {}}})
    );
    assert_eq!(story.status("A", &both()), Outcome::Nothing);
    assert_eq!(story.apply("A", &both()), Outcome::Nothing);
}

#[test]
fn whole_numbers_are_equal_whatever_their_form() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"replicas": 3}}));
    assert_eq!(story.apply("B", &json!({"spec": {"replicas": 3.0}})), Outcome::Written);
    assert_eq!(story.managers(), ["B/Apply", "A/Apply"]);
}

#[test]
fn a_null_that_is_applied_is_kept_and_owned() {
    let mut story = Story::custom();
    story.apply("A", &json!({"spec": {"image": null}}));
    assert_eq!(story.spec(), json!({"image": null}));
    assert_eq!(story.owned("A"), json!({"f:spec": {"f:image": {}}}));
}
