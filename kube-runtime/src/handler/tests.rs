//! The promises of the rules and conditions.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Node};
use kube_core::Resource;
use kube_core::selector::LabelSelector;
use serde_json::{Value, json};

use super::enqueue::{Enqueue, EnqueueExt, Itself, Mapped, Owner};
use super::predicate::{
    Condition, Labels, Object, Predicate, PredicateExt, annotations_changed, generation_changed,
    labels_changed, resource_version_changed,
};
use super::{EventHandler, to_queue};
use crate::flow::sample::{cached, object_with};
use crate::flow::{Cached, Deletion, Key, Notice, Priority};
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
fn what_is_listed_or_repeated_is_less_urgent_than_what_changed() {
    let (add, added_keys) = std::sync::mpsc::channel();
    let handler = to_queue(Itself, move |_, priority| _ = add.send(priority));
    let (old, new) = (cached("x", 1), cached("x", 2));
    let rows = [
        (Notice::Added { new: old.clone(), initial: true }, Priority::Low),
        (Notice::Added { new: old.clone(), initial: false }, Priority::Normal),
        (Notice::Updated { old: old.clone(), new: old.clone() }, Priority::Low),
        (Notice::Updated { old, new: new.clone() }, Priority::Normal),
        (Notice::Deleted(Deletion::Seen(new)), Priority::Normal),
    ];
    for (notice, expected) in rows {
        handler.on_notice(&notice);
        assert_eq!(added_keys.recv().ok(), Some(expected), "{notice:?}");
    }
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
    let all = mapped.when(generation_changed);
    assert_eq!(keys(&all, &notice), ["before", "after"]);
    let none = all.when(generation_changed.negated());
    assert!(keys(&none, &notice).is_empty());
}

#[test]
fn only_a_change_of_the_spec_changes_the_generation() {
    let at = |version, generation| state(version, &json!({"metadata": {"generation": generation}}));
    let updated =
        |old: &Cached, new: &Cached| Notice::Updated { old: old.clone(), new: new.clone() };
    let (one, same, two) = (at(1, 1), at(2, 1), at(3, 2));
    assert!(!generation_changed(&updated(&one, &same)));
    assert!(generation_changed(&updated(&one, &two)));
    assert!(generation_changed(&added(one.clone())));
    assert!(generation_changed(&Notice::Deleted(Deletion::Seen(one.clone()))));
    assert!(generation_changed(&updated(&cached("x", 1), &cached("x", 2))), "no generations");
    let another = state(4, &json!({"metadata": {"generation": 1, "uid": "another"}}));
    assert!(generation_changed(&updated(&one, &another)), "another object of the name");
    let leaving =
        json!({"metadata": {"generation": 1, "deletionTimestamp": "2026-01-01T00:00:00Z"}});
    assert!(generation_changed(&updated(&one, &state(5, &leaving))), "its deletion begins");
}

#[test]
fn an_update_of_labels_or_annotations_is_told_from_any_other() {
    let with = |version, field: &str, value: &str| {
        state(version, &json!({"metadata": {field: {"tier": value}, "generation": 1}}))
    };
    for (predicate, field, other) in [
        (labels_changed as fn(&Notice) -> bool, "labels", "annotations"),
        (annotations_changed, "annotations", "labels"),
    ] {
        let from = with(1, field, "gold");
        let updated = |new| Notice::Updated { old: from.clone(), new };
        assert!(predicate(&updated(with(2, field, "lead"))));
        assert!(predicate(&updated(with(2, other, "gold"))), "it went");
        assert!(!predicate(&updated(with(2, field, "gold"))));
    }
}

#[test]
fn a_resync_passes_whatever_asks_for_changes_unless_repetitions_are_refused() {
    let one = state(1, &json!({"metadata": {"generation": 1}}));
    let repeated = Notice::Updated { old: one.clone(), new: one };
    assert!(generation_changed(&repeated));
    assert!(labels_changed(&repeated) && annotations_changed(&repeated));
    assert!(!resource_version_changed(&repeated));
    let (old, new) = (cached("x", 1), cached("x", 2));
    assert!(resource_version_changed(&Notice::Updated { old, new }));
}

#[test]
fn a_condition_is_a_function_of_the_notice_or_of_the_object() {
    fn holds<F>(condition: &impl Condition<ConfigMap, F>, notice: &Notice) -> bool {
        condition.holds(notice, &store())
    }
    let web = added(state(1, &json!({"data": {"app": "web"}})));
    let broken = added(state(1, &json!({"data": 3})));
    let is_web = |map: &ConfigMap| map.data.as_ref().is_some_and(|data| data["app"] == "web");
    assert!(holds(&is_web, &web) && !holds(&is_web, &broken));
    assert!(holds(&generation_changed, &broken));
    assert!(!holds(&|notice: &Notice| notice.is_initial(), &web));
    assert!(!holds(&generation_changed.and(|notice: &Notice| notice.is_initial()), &web));
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
