//! Managed fields in, what is left of client-side apply in them out.

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::Value;
use serde_json::json;

use super::super::ManagedFieldsOperation;
use super::super::ManagedFieldsUpgrade;
use super::super::find_fields_owners;
use crate::object::ObjectMeta;
use crate::request::Patch;

/// `MANAGER OPERATION VERSION SUBRESOURCE`, when, and what it owns.
type Entry<'a> = (&'a str, u8, Value);

fn entries(entries: &[Entry<'_>]) -> Value {
    let entry = |(who, day, fields): &Entry<'_>| {
        let mut words = who.split(' ');
        let (manager, operation, version) = (words.next(), words.next(), words.next());
        let mut entry = json!({
            "manager": manager, "operation": operation, "apiVersion": version,
            "time": format!("2026-01-{day:02}T00:00:00Z"), "fieldsType": "FieldsV1", "fieldsV1": fields,
        });
        if let Some(subresource) = words.next() {
            entry["subresource"] = subresource.into();
        }
        entry
    };
    entries.iter().map(entry).collect()
}

fn map(managed: &[Entry<'_>]) -> ConfigMap {
    let metadata =
        json!({ "name": "a", "resourceVersion": "7", "managedFields": entries(managed) });
    serde_json::from_value(json!({ "metadata": metadata })).unwrap()
}

fn managed(metadata: &ObjectMeta) -> Value {
    serde_json::to_value(&metadata.managed_fields).unwrap()
}

/// What the upgrade makes of the entries, as data and as a patch.
#[track_caller]
fn check(upgrade: &ManagedFieldsUpgrade, before: &[Entry<'_>], after: &[Entry<'_>]) {
    let mut live = map(before);
    let patch = Patch::upgrade_managed_fields(&live, upgrade).unwrap();
    let changed = upgrade.upgrade(&mut live).unwrap();
    assert_eq!(managed(&live.metadata), entries(after));
    assert_eq!(changed, managed(&map(before).metadata) != entries(after));
    let Some(Patch::Json(operations)) = patch else { return assert!(!changed) };
    assert!(changed);
    assert_eq!(
        serde_json::to_value(operations).unwrap(),
        json!([
            { "op": "replace", "path": "/metadata/managedFields", "value": entries(after) },
            { "op": "replace", "path": "/metadata/resourceVersion", "value": "7" },
        ])
    );
}

fn of_kubectl() -> ManagedFieldsUpgrade {
    ManagedFieldsUpgrade::to("kubectl").from(["kubectl-client-side-apply"])
}

#[test]
fn what_client_side_apply_owned_is_owned_by_who_applies_on_the_server() {
    let data = |key: &str| json!({ "f:data": { ".": {}, format!("f:{key}"): {} } });
    let old = ("kubectl-client-side-apply Update v1", 1, data("a"));
    check(&of_kubectl(), std::slice::from_ref(&old), &[("kubectl Apply v1", 1, data("a"))]);
    let both = json!({ "f:data": { ".": {}, "f:a": {}, "f:b": {} } });
    let new = ("kubectl Apply v1", 2, data("b"));
    check(&of_kubectl(), &[new.clone(), old.clone()], &[("kubectl Apply v1", 2, both)]);
    let other = ("someone Update v1", 3, data("c"));
    check(&of_kubectl(), &[new.clone(), other.clone()], &[new, other]);
    check(&of_kubectl(), &[], &[]);
    // The same name may have updated and apply: only what it updated is taken over.
    let itself = ManagedFieldsUpgrade::to("m").from(["m"]);
    let (updated, applied) = (("m Update v1", 1, data("a")), ("m Apply v1", 2, data("a")));
    check(&itself, &[applied.clone(), updated], &[applied]);
}

#[test]
fn a_value_and_what_is_below_it_stay_owned_when_two_sets_become_one() {
    let rows = [
        (
            json!({ "f:a": {} }),
            json!({ "f:a": { "f:b": {} } }),
            json!({ "f:a": { ".": {}, "f:b": {} } }),
        ),
        (
            json!({ "f:a": { "f:b": {} } }),
            json!({ "f:a": {} }),
            json!({ "f:a": { ".": {}, "f:b": {} } }),
        ),
        (
            json!({ "f:a": { "f:b": {} } }),
            json!({ "f:a": { "f:c": { "f:d": {} } } }),
            json!({ "f:a": { "f:b": {}, "f:c": { "f:d": {} } } }),
        ),
        (
            json!({ "f:l": { "k:{\"n\":1}": { ".": {}, "f:n": {} } } }),
            json!({ "f:l": { ".": {}, "k:{\"n\":1}": { "f:x": {} }, "v:2": {} } }),
            json!({ "f:l": { ".": {}, "k:{\"n\":1}": { ".": {}, "f:n": {}, "f:x": {} }, "v:2": {} } }),
        ),
    ];
    for (new, old, both) in rows {
        let before =
            [("kubectl Apply v1", 2, new), ("kubectl-client-side-apply Update v1", 1, old)];
        check(&of_kubectl(), &before, &[("kubectl Apply v1", 2, both)]);
    }
}

#[test]
fn of_several_versions_only_that_of_the_new_manager_is_joined_and_none_is_left() {
    let old = |version: &str, day, field: &str| {
        (format!("kubectl-client-side-apply Update {version}"), day, json!({ field: {} }))
    };
    let olds = [old("v1alpha1", 1, "f:a"), old("v1", 2, "f:b"), old("v1beta1", 3, "f:c")];
    let olds = olds.each_ref().map(|(who, day, fields)| (who.as_str(), *day, fields.clone()));
    let with = |entry: Entry<'static>| [&[entry], &olds[..]].concat();
    check(
        &of_kubectl(),
        &with(("kubectl Apply v1", 4, json!({ "f:d": {} }))),
        &[("kubectl Apply v1", 4, json!({ "f:b": {}, "f:d": {} }))],
    );
    let of_another = ("kubectl Apply v2", 4, json!({ "f:d": {} }));
    check(&of_kubectl(), &with(of_another.clone()), &[of_another]);
    // The newest says what is wanted now, wherever it stands.
    check(&of_kubectl(), &olds, &[("kubectl Apply v1beta1", 3, json!({ "f:c": {} }))]);
}

#[test]
fn several_managers_are_taken_over_and_each_subresource_by_itself() {
    let several = ManagedFieldsUpgrade::to("kubectl").from(["one", "two", "three"]);
    check(
        &several,
        &[
            ("one Update v1", 1, json!({ "f:a": {} })),
            ("two Update v1", 2, json!({ "f:b": {} })),
            ("four Update v1", 3, json!({ "f:c": {} })),
        ],
        &[
            ("kubectl Apply v1", 1, json!({ "f:a": {}, "f:b": {} })),
            ("four Update v1", 3, json!({ "f:c": {} })),
        ],
    );
    let (whole, status) = (json!({ "f:spec": {} }), json!({ "f:status": {} }));
    let before = [
        ("kubectl-client-side-apply Update v1", 1, whole.clone()),
        ("kubectl-client-side-apply Update v1 status", 2, status.clone()),
    ];
    let [of_whole, of_status] = before.clone();
    check(&of_kubectl(), &before, &[("kubectl Apply v1", 1, whole), of_status]);
    let upgraded = ("kubectl Apply v1 status", 2, status);
    check(&of_kubectl().subresource("status"), &before, &[of_whole, upgraded]);
}

#[test]
fn who_owns_all_of_some_fields_is_found_by_how_it_owns_them() {
    let annotation = json!({ "f:metadata": { "f:annotations": { "f:last": {} } } });
    let more = json!({ "f:metadata": { "f:annotations": { ".": {}, "f:last": {}, "f:x": {} } }, "f:data": {} });
    let live = map(&[
        ("less Update v1", 1, json!({ "f:metadata": { "f:annotations": {} } })),
        (
            "below Update v1",
            1,
            json!({ "f:metadata": { "f:annotations": { "f:last": { "f:a": {} } } } }),
        ),
        ("same Update v1", 1, annotation.clone()),
        ("more Update v1", 1, more),
        ("applies Apply v1", 1, annotation.clone()),
        ("broken Update v1", 1, json!([1])),
    ]);
    let found = |operation| -> Vec<String> {
        let found = find_fields_owners(&live, operation, &annotation).unwrap();
        found.iter().filter_map(|entry| entry.manager.clone()).collect()
    };
    assert_eq!(found(ManagedFieldsOperation::Update), ["same", "more"]);
    assert_eq!(found(ManagedFieldsOperation::Apply), ["applies"]);
}

#[test]
fn what_cannot_be_upgraded_says_why() {
    let told = |live: &ConfigMap| {
        Patch::upgrade_managed_fields(live, &of_kubectl()).unwrap_err().to_string()
    };
    let mut live = map(&[("kubectl-client-side-apply Update v1", 1, json!({ "f:data": {} }))]);
    live.metadata.resource_version = None;
    assert!(told(&live).contains("`a` does not say which version it is"), "{}", told(&live));
    live.metadata.managed_fields = None;
    assert!(told(&live).contains("the object `a` does not say who owns"), "{}", told(&live));
    let broken = map(&[("kubectl-client-side-apply Update v1", 1, json!(["secret"]))]);
    let why = told(&broken);
    assert!(why.contains("kubectl-client-side-apply") && !why.contains("secret"), "{why}");
}
