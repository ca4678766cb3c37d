//! The promises of the rules and conditions.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Node};
use kube_core::Resource;
use kube_core::selector::LabelSelector;
use serde_json::{Value, json};

use super::enqueue::{Enqueue, EnqueueExt, Itself, Mapped, Owner};
use super::predicate::{
    GenerationChanged, Labels, Object, Predicate, PredicateExt, ResourceVersionChanged,
};
use crate::flow::sample::{cached, object_with};
use crate::flow::{Cached, Deletion, Key, Notice};
use crate::indexer::{Cache, Store};

fn state(version: u64, more: &Value) -> Cached {
    Cached::raw(&object_with("x", version, more))
}

fn owned(owners: &Value) -> Cached {
    state(1, &json!({"metadata": {"ownerReferences": owners}}))
}

fn added(new: Cached) -> Notice {
    Notice::Added { new, initial: false }
}

fn keys(enqueue: &impl Enqueue, notice: &Notice) -> Vec<String> {
    let mut keys = Vec::new();
    enqueue.keys(notice, &mut |key| keys.push(key.to_string()));
    keys
}

fn store() -> Store {
    Store::new(ConfigMap::RESOURCE, None, LabelSelector::everything(), Cache::Raw)
}

#[test]
fn an_object_enqueues_itself_also_when_it_is_gone() {
    assert_eq!(keys(&Itself, &added(cached("x", 1))), ["a/x"]);
    let gone = Notice::Deleted(Deletion::FinalStateUnknown(cached("x", 1)));
    assert_eq!(keys(&Itself, &gone), ["a/x"]);
}

#[test]
fn an_owner_is_recognised_by_group_and_kind_whatever_its_version() {
    let notice = added(owned(&json!([
        {"apiVersion": "apps/v1beta2", "kind": "Deployment", "name": "old", "uid": "1", "controller": true},
        {"apiVersion": "other.io/v1", "kind": "Deployment", "name": "other", "uid": "2", "controller": true},
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "set", "uid": "3", "controller": true},
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": "uncontrolled", "uid": "4"},
    ])));
    assert_eq!(keys(&Owner::of::<Deployment>(), &notice), ["a/old"]);
    assert_eq!(keys(&Owner::of::<Deployment>().or_any(), &notice), ["a/old", "a/uncontrolled"]);
}

#[test]
fn a_cluster_scoped_owner_has_one_key_whatever_namespaces_its_objects_are_in() {
    let owner = json!({"metadata": {"namespace": "b", "ownerReferences": [
        {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "1", "controller": true}]}});
    assert_eq!(keys(&Owner::of::<Node>(), &added(state(1, &owner))), ["n"]);
}

#[test]
fn an_owner_that_an_object_left_is_enqueued_too() {
    let owner = |name: &str| {
        owned(&json!([
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": name, "controller": true}]))
    };
    let notice = Notice::Updated { old: owner("before"), new: owner("after") };
    assert_eq!(keys(&Owner::of::<Deployment>(), &notice), ["a/before", "a/after"]);
}

#[test]
fn a_mapping_is_asked_about_the_old_state_and_the_new_one() {
    let points_to = |map: &ConfigMap| {
        map.data.iter().flatten().map(|(_, name)| Key::cluster(name)).collect::<Vec<_>>()
    };
    let mapped = Mapped::new(store(), points_to);
    let at = |version, name: &str| state(version, &json!({"data": {"to": name}}));
    let notice = Notice::Updated { old: at(1, "before"), new: at(2, "after") };
    assert_eq!(keys(&mapped, &notice), ["before", "after"]);
    assert!(keys(&mapped, &added(state(1, &json!({"data": 3})))).is_empty());
    let all = mapped.when(GenerationChanged);
    assert_eq!(keys(&all, &notice), ["before", "after"]);
    let none = all.when(GenerationChanged.negated());
    assert!(keys(&none, &notice).is_empty());
}

#[test]
fn only_a_change_of_the_spec_changes_the_generation() {
    let at = |version, generation| state(version, &json!({"metadata": {"generation": generation}}));
    let updated =
        |old: &Cached, new: &Cached| Notice::Updated { old: old.clone(), new: new.clone() };
    let (one, same, two) = (at(1, 1), at(2, 1), at(3, 2));
    assert!(!GenerationChanged.admits(&updated(&one, &same)));
    assert!(GenerationChanged.admits(&updated(&one, &two)));
    assert!(GenerationChanged.admits(&added(one.clone())));
    assert!(GenerationChanged.admits(&Notice::Deleted(Deletion::Seen(one.clone()))));
    assert!(GenerationChanged.admits(&updated(&cached("x", 1), &cached("x", 2))), "no generations");
    let another = state(4, &json!({"metadata": {"generation": 1, "uid": "another"}}));
    assert!(GenerationChanged.admits(&updated(&one, &another)), "another object of the name");
    let leaving =
        json!({"metadata": {"generation": 1, "deletionTimestamp": "2026-01-01T00:00:00Z"}});
    assert!(GenerationChanged.admits(&updated(&one, &state(5, &leaving))), "its deletion begins");
    assert!(!ResourceVersionChanged.admits(&updated(&one, &one)));
    assert!(ResourceVersionChanged.admits(&updated(&one, &same)));
}

#[test]
fn a_condition_on_the_object_also_admits_what_fulfilled_it_before() {
    let labelled = |version, app: &str| {
        state(version, &json!({"metadata": {"labels": {"app": app}}, "data": {"app": app}}))
    };
    let leaving = Notice::Updated { old: labelled(1, "web"), new: labelled(2, "db") };
    let other = Notice::Updated { old: labelled(1, "mq"), new: labelled(2, "db") };
    let web = Labels::new("app=web".parse().unwrap());
    let typed = Object::new(store(), |map: &ConfigMap| {
        map.data.as_ref().is_some_and(|data| data["app"] == "web")
    });
    for predicate in [Box::new(web) as Box<dyn Predicate>, Box::new(typed)] {
        assert!(predicate.admits(&leaving) && !predicate.admits(&other));
    }
}

#[test]
fn conditions_combine() {
    let yes = || |_: &Notice| true;
    let no = || |_: &Notice| false;
    let notice = added(cached("x", 1));
    for (predicate, admits) in [
        (yes().and(yes()).admits(&notice), true),
        (yes().and(no()).admits(&notice), false),
        (no().or(yes()).admits(&notice), true),
        (no().or(no()).admits(&notice), false),
        (no().negated().admits(&notice), true),
    ] {
        assert_eq!(predicate, admits);
    }
}
