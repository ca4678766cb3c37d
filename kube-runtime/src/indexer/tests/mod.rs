//! The promises of the cache.

mod cost;
mod indices;
mod labels;
mod own;
mod packing;
mod transform;
mod versions;

use std::any::TypeId;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::client::Write;
use kube_core::selector::LabelSelector;
use kube_core::wire::RawObject;
use kube_core::{ErrorKind, Malformed, PartialObjectMetadata, Resource};
use serde_json::{Value, json};

use super::by_label::{ByLabel, by_label};
use super::index::{ByFunction, Name};
use super::machine::Indexer;
use super::{Cache, Lister, Store};
use crate::flow::sample::{object, object_with, raw};
use crate::flow::{Cached, Deletion, Delta, Key, Notice};

fn store() -> Store {
    Store::new(ConfigMap::RESOURCE, None, LabelSelector::everything(), Cache::default())
}

fn key(name: &str) -> Key {
    Key::namespaced("a", name)
}

fn show(notice: &Notice) -> String {
    let (key, version) = (notice.key().name(), notice.latest().resource_version());
    match notice {
        Notice::Added { initial: true, .. } => format!("+{key}@{version} initial"),
        Notice::Added { .. } => format!("+{key}@{version}"),
        Notice::Updated { old, .. } => format!("{key}@{}..{version}", old.resource_version()),
        Notice::Deleted(Deletion::Seen(_)) => format!("-{key}@{version}"),
        Notice::Deleted(Deletion::FinalStateUnknown(_)) => format!("-{key}@{version} unknown"),
    }
}

fn apply(store: &Store, deltas: impl IntoIterator<Item = Delta>) -> Vec<String> {
    let mut notices = Vec::new();
    deltas.into_iter().for_each(|delta| store.apply(delta, &mut notices));
    notices.iter().map(show).collect()
}

fn updated(name: &str, version: u64) -> Delta {
    Delta::Updated(object(name, version))
}

fn list(version: u64, objects: Vec<RawObject>) -> Vec<Delta> {
    let items = objects.into_iter().map(Delta::Listed);
    let ended = Delta::ListEnded { resource_version: version.to_string() };
    [Delta::ListBegun { new_history: false }].into_iter().chain(items).chain([ended]).collect()
}

fn malformed(whole: &Value) -> Malformed {
    RawObject::parse(whole.to_string().into(), false).unwrap_err()
}

fn by_color(map: &ConfigMap) -> Option<String> {
    map.data.as_ref()?.get("color").cloned()
}

fn by_first_letter(map: &ConfigMap) -> [Option<char>; 1] {
    [map.metadata.name.as_deref().unwrap_or_default().chars().next()]
}

fn panics(_: &ConfigMap) -> [String; 1] {
    panic!("not today")
}

fn colored(name: &str, version: u64, color: &str) -> RawObject {
    object_with(name, version, &json!({"data": {"color": color}}))
}

fn having<F>(indexer: &Indexer, _: F, value: &str) -> usize
where
    F: Fn(&ConfigMap) -> Option<String> + 'static,
{
    let index = indexer.index(&Name::Function(TypeId::of::<F>())).unwrap().as_any();
    index.downcast_ref::<ByFunction<ConfigMap, F, String>>().unwrap().having(value).count()
}

fn names(maps: &[Arc<ConfigMap>]) -> Vec<String> {
    let mut names: Vec<_> = maps.iter().filter_map(|map| map.metadata.name.clone()).collect();
    names.sort();
    names
}

fn wrote(store: &Store, name: &str, version: u64) {
    store.wrote(&Write::Object(object(name, version)));
}

fn version(store: &Store, name: &str) -> Option<String> {
    let listed = store.list().into_iter().find(|cached| cached.key().name() == name);
    let got = store.get(&key(name)).map(|cached| cached.resource_version().to_owned());
    assert_eq!(
        listed.map(|cached| cached.resource_version().to_owned()),
        got,
        "get and list agree"
    );
    got
}

#[test]
fn every_change_is_one_notice_and_the_cache_has_it() {
    let store = store();
    assert!(store.is_empty());
    assert_eq!(apply(&store, list(5, vec![object("x", 3)])), ["+x@3 initial"]);
    assert_eq!(apply(&store, [updated("y", 6)]), ["+y@6"]);
    assert_eq!(apply(&store, [updated("x", 7)]), ["x@3..7"]);
    assert_eq!(store.get(&key("x")).unwrap().resource_version(), "7");
    assert_eq!(apply(&store, [Delta::Deleted(object("x", 8))]), ["-x@8"]);
    assert!(store.get(&key("x")).is_none() && store.len() == 1);
    apply(&store, [updated("z", 8), updated("w", 8)]);
    assert!(store.len() == 3 && !store.is_empty());
    assert!(apply(&store, [Delta::Deleted(object("x", 9))]).is_empty());
}

#[test]
fn a_relist_turns_vanished_objects_into_deletions_that_say_the_final_state_is_unknown() {
    let store = store();
    apply(&store, list(5, vec![object("x", 3), object("y", 4), object("z", 5)]));
    let notices = apply(&store, list(9, vec![object("x", 3), object("z", 8), object("n", 9)]));
    assert_eq!(notices, ["z@5..8", "+n@9", "-y@4 unknown"]);
    assert_eq!(store.resource_version().as_deref(), Some("9"));
}

#[test]
fn a_list_that_fails_removes_nothing_and_the_next_one_counts_alone() {
    let store = store();
    apply(&store, list(5, vec![object("x", 3), object("y", 4)]));
    assert!(
        apply(&store, [Delta::ListBegun { new_history: false }, Delta::Listed(object("x", 3))])
            .is_empty()
    );
    assert_eq!(apply(&store, list(9, vec![object("y", 4)])), ["-x@3 unknown"]);
}

#[test]
fn an_object_never_goes_back_in_time() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4)]));
    apply(&store, [updated("x", 10)]);
    assert!(apply(&store, [updated("x", 7), updated("x", 10)]).is_empty());
    assert!(apply(&store, list(11, vec![object("x", 4)])).is_empty());
    assert_eq!(store.get(&key("x")).unwrap().resource_version(), "10");
}

#[test]
fn a_stale_list_does_not_show_what_was_deleted() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4), object("y", 5)]));
    apply(
        &store,
        [Delta::Deleted(object("x", 6)), Delta::Reached { resource_version: "6".to_owned() }],
    );
    assert!(
        apply(&store, [Delta::ListBegun { new_history: false }, Delta::Listed(object("x", 4))])
            .is_empty()
    );
    assert!(store.get(&key("x")).is_none());
    // A whole list at a later version is to be believed.
    assert_eq!(apply(&store, list(9, vec![object("x", 4), object("y", 5)])), ["+x@4"]);
}

#[test]
fn a_list_of_a_new_history_is_believed_whatever_its_versions() {
    let store = store();
    let before = vec![object("same", 3), object("older", 90), object("gone", 95)];
    apply(&store, list(100, before));
    wrote(&store, "older", 101);
    let mut again = list(5, vec![object("same", 3), object("older", 4), object("new", 5)]);
    again[0] = Delta::ListBegun { new_history: true };
    let told = apply(&store, again);
    assert_eq!(told, ["same@3..3", "older@90..4", "+new@5", "-gone@95 unknown"]);
    assert_eq!(store.unknown(), [key("older")], "nobody knows what became of the write");
    store.resolve(&key("older"), Some(&object("older", 4)));
    assert_eq!(version(&store, "older").as_deref(), Some("4"));
    assert_eq!(apply(&store, [updated("older", 6)]), ["older@4..6"]);
    assert_eq!(apply(&store, [updated("older", 4)]), [""; 0], "from here on versions count");
}

#[test]
fn another_object_of_the_same_name_is_a_deletion_and_an_addition() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4)]));
    let other = object_with("x", 9, &json!({"metadata": {"uid": "other"}}));
    assert_eq!(apply(&store, [Delta::Updated(other)]), ["-x@4 unknown", "+x@9"]);
    // The end of the first one comes late.
    assert!(apply(&store, [Delta::Deleted(object("x", 8))]).is_empty());
    assert_eq!(store.get(&key("x")).unwrap().uid(), "other");
    // The end of a third one, of which nothing else was heard, is the end of the second one too.
    let third = object_with("x", 12, &json!({"metadata": {"uid": "third"}}));
    assert_eq!(apply(&store, [Delta::Deleted(third)]), ["-x@9 unknown"]);
}

#[test]
fn a_malformed_object_keeps_its_last_good_state_and_disturbs_no_other() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4), object("y", 5)]));
    let bad = || {
        malformed(
            &json!({"metadata": {"namespace": "a", "name": "x", "resourceVersion": "9", "generation": "no"}}),
        )
    };
    assert_eq!(apply(&store, [Delta::Malformed(bad()), updated("y", 10)]), ["y@5..10"]);
    assert_eq!(store.get(&key("x")).unwrap().resource_version(), "4");
    assert!(store.malformed_at(&key("x")).is_some());
    let again = vec![
        Delta::ListBegun { new_history: false },
        Delta::Malformed(bad()),
        Delta::Listed(object("y", 10)),
    ];
    assert!(apply(&store, again).is_empty());
    let end = Delta::ListEnded { resource_version: "12".to_owned() };
    assert!(apply(&store, [end]).is_empty(), "it exists, so it has not vanished");
    assert!(store.malformed_at(&key("x")).is_some(), "the list named it");
    assert_eq!(apply(&store, [updated("x", 13)]), ["x@4..13"]);
    assert!(store.malformed_at(&key("x")).is_none());
}

#[test]
fn a_malformed_object_that_vanished_is_forgotten() {
    let store = store();
    let bad = json!({"metadata": {"namespace": "a", "name": "x", "resourceVersion": "9", "generation": "no"}});
    apply(&store, [Delta::Malformed(malformed(&bad))]);
    assert!(store.malformed_at(&key("x")).is_some());
    apply(&store, list(12, vec![]));
    assert!(store.malformed_at(&key("x")).is_none());
}

#[test]
fn a_live_object_is_never_shown_as_deleted_because_its_name_cannot_be_read() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4), object("y", 5)]));
    let broken = RawObject::parse(bytes::Bytes::from_static(b"{\"metadata\":"), false).unwrap_err();
    let end = |version: &str| Delta::ListEnded { resource_version: version.to_owned() };
    let items = [
        Delta::ListBegun { new_history: false },
        Delta::Malformed(broken),
        Delta::Listed(object("y", 5)),
        end("9"),
    ];
    assert!(apply(&store, items).is_empty());
    assert_eq!(apply(&store, list(10, vec![object("y", 5)])), ["-x@4 unknown"]);
}

#[test]
fn an_object_that_is_not_what_its_type_says_is_an_error_of_that_object_only() {
    let store = store();
    let odd = object_with("odd", 4, &json!({"data": {"secret": 17}}));
    apply(&store, list(5, vec![colored("x", 3, "red"), odd]));
    let lister: Lister<ConfigMap> = store.lister();
    assert_eq!(names(&lister.list()), ["x"]);
    let error = lister.get("a", "odd").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let told = "failed to read `a/odd` as ConfigMap at resource version 4: ";
    assert!(error.chain().starts_with(told) && !error.chain().contains("17"), "{error:?}");
    assert!(lister.get("a", "none").unwrap().is_none());
}

#[test]
fn an_index_finds_what_its_function_gives_now() {
    let store = store();
    store.add_index(by_color);
    apply(&store, list(5, vec![colored("x", 3, "red"), colored("y", 4, "red"), object("z", 5)]));
    store.add_index(by_first_letter);
    let lister: Lister<ConfigMap> = store.lister();
    let red = || names(&lister.by(by_color, &"red".to_owned()));
    assert_eq!(red(), ["x", "y"]);
    apply(&store, [Delta::Updated(colored("x", 6, "blue"))]);
    assert_eq!(red(), ["y"]);
    assert_eq!(names(&lister.by(by_color, &"blue".to_owned())), ["x"]);
    apply(&store, [Delta::Deleted(colored("y", 7, "red"))]);
    assert!(red().is_empty());
    apply(&store, list(9, vec![colored("x", 6, "blue")]));
    assert!(lister.by(by_first_letter, &Some('z')).is_empty());
    assert_eq!(names(&lister.by(by_first_letter, &Some('x'))), ["x"]);
}

#[test]
fn a_function_that_is_no_index_is_asked_about_every_object() {
    let store = store();
    apply(&store, list(5, vec![colored("x", 3, "red"), colored("y", 4, "blue")]));
    let lister: Lister<ConfigMap> = store.lister();
    assert_eq!(names(&lister.by(by_color, &"red".to_owned())), ["x"]);
}

#[test]
fn indices_of_several_types_over_one_cache_each_get_their_own() {
    fn by_name(object: &PartialObjectMetadata) -> Option<String> {
        object.metadata.name.clone()
    }
    let store = store();
    store.add_index(by_color);
    store.add_index(by_name);
    store.add_index(by_first_letter);
    apply(&store, list(5, vec![colored("x", 3, "red")]));
    let maps: Lister<ConfigMap> = store.lister();
    assert_eq!(names(&maps.by(by_color, &"red".to_owned())), ["x"]);
    assert_eq!(names(&maps.by(by_first_letter, &Some('x'))), ["x"]);
    let found = store.by::<PartialObjectMetadata, _, _, _>(by_name, &"x".to_owned());
    assert_eq!(found.len(), 1);
}

#[test]
fn an_index_that_is_added_while_an_object_is_made_ready_has_the_object() {
    let mut indexer = Indexer::new(Cache::Packed);
    let ready = indexer.prepare(Delta::Updated(colored("x", 3, "red")));
    indexer.add_index(Box::new(ByFunction::new(by_color)));
    indexer.commit(ready, &mut Vec::new());
    assert_eq!(having(&indexer, by_color, "red"), 1);
}

#[test]
fn an_index_function_that_panics_costs_the_object_its_place_in_the_index_only() {
    let store = store();
    store.add_index(panics);
    store.add_index(by_color);
    apply(&store, list(5, vec![colored("x", 3, "red")]));
    let lister: Lister<ConfigMap> = store.lister();
    assert!(lister.by(panics, &"x".to_owned()).is_empty());
    assert_eq!(names(&lister.by(by_color, &"red".to_owned())), ["x"]);
}

#[test]
fn listers_read_by_namespace_by_labels_and_by_owner() {
    let store = store();
    let mine = json!({"metadata": {"labels": {"app": "web"}, "ownerReferences": [
        {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "n-1", "controller": true}]}});
    let elsewhere = raw(&json!({"metadata": {
        "namespace": "b", "name": "far", "resourceVersion": "4", "labels": {"app": "web"}}}));
    apply(&store, list(5, vec![object_with("x", 3, &mine), object("y", 4), elsewhere]));
    let lister: Lister<ConfigMap> = store.lister();
    assert_eq!(names(&lister.namespace("a").list()), ["x", "y"]);
    assert!(lister.namespace("a").get("x").unwrap().is_some());
    assert!(lister.namespace("b").get("x").unwrap().is_none());
    assert_eq!(names(&lister.namespace("a").labels("app=web").list().unwrap()), ["x"]);
    assert_eq!(names(&lister.labels("app=web").list().unwrap()), ["far", "x"]);
    assert_eq!(names(&lister.labels("!app").list().unwrap()), ["y"]);
    assert!(lister.labels("app in (").list().is_err());
    assert_eq!(names(&lister.owned_by("n-1")), ["x"]);
    apply(&store, [updated("x", 9)]);
    assert!(lister.owned_by("n-1").is_empty());
    assert!(lister.namespace("c").list().is_empty());
}

#[test]
fn a_decoded_object_is_shared_while_somebody_holds_it() {
    let store = store();
    apply(&store, list(5, vec![colored("x", 3, "red")]));
    let lister: Lister<ConfigMap> = store.lister();
    let first = lister.get("a", "x").unwrap().unwrap();
    let second = lister.get("a", "x").unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    apply(&store, [Delta::Updated(colored("x", 6, "blue"))]);
    let third = lister.get("a", "x").unwrap().unwrap();
    assert_eq!(
        (by_color(&first).as_deref(), by_color(&third).as_deref()),
        (Some("red"), Some("blue"))
    );
}

#[test]
fn a_typed_cache_keeps_what_was_read_until_it_changes() {
    let everything = LabelSelector::everything();
    let store = Store::new(ConfigMap::RESOURCE, None, everything, Cache::Typed);
    apply(&store, list(5, vec![colored("x", 3, "red"), colored("y", 4, "red")]));
    let lister: Lister<ConfigMap> = store.lister();
    let read = |name: &str| Arc::downgrade(&lister.get("a", name).unwrap().unwrap());
    let (x, y) = (read("x"), read("y"));
    assert!(x.upgrade().is_some(), "nobody holds it but the cache");
    assert!(x.ptr_eq(&read("x")));
    apply(
        &store,
        [Delta::Updated(colored("x", 6, "blue")), Delta::Deleted(colored("y", 7, "red"))],
    );
    assert!(x.upgrade().is_none() && y.upgrade().is_none());
    assert_eq!(by_color(&read("x").upgrade().unwrap()).as_deref(), Some("blue"));
    // Another type is read all the same; it is not the one that stays.
    let other: Lister<PartialObjectMetadata> = store.lister();
    assert_eq!(other.get("a", "x").unwrap().unwrap().kind, "ConfigMap");
    assert!(read("x").upgrade().is_some());
}
