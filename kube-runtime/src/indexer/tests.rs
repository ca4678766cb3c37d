//! The promises of the cache.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::client::Write;
use kube_core::selector::LabelSelector;
use kube_core::wire::RawObject;
use kube_core::{ErrorKind, Malformed, Resource};
use serde_json::{Value, json};

use super::{Cache, Lister, Store};
use crate::flow::sample::{object, object_with, raw};
use crate::flow::{Deletion, Delta, Key, Notice};

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

fn names(maps: &[Arc<ConfigMap>]) -> Vec<String> {
    let mut names: Vec<_> = maps.iter().filter_map(|map| map.metadata.name.clone()).collect();
    names.sort();
    names
}

#[test]
fn every_change_is_one_notice_and_the_cache_has_it() {
    let store = store();
    assert_eq!(apply(&store, list(5, vec![object("x", 3)])), ["+x@3 initial"]);
    assert_eq!(apply(&store, [updated("y", 6)]), ["+y@6"]);
    assert_eq!(apply(&store, [updated("x", 7)]), ["x@3..7"]);
    assert_eq!(store.get(&key("x")).unwrap().resource_version(), "7");
    assert_eq!(apply(&store, [Delta::Deleted(object("x", 8))]), ["-x@8"]);
    assert!(store.get(&key("x")).is_none() && store.len() == 1);
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
    assert_eq!(apply(&store, [updated("x", 13)]), ["x@4..13"]);
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
fn a_family_is_kept_in_a_fraction_of_its_bytes_and_read_back_unchanged() {
    let store = store();
    let filler: Vec<Value> =
        (0..80).map(|at| json!({"name": format!("V{at}"), "value": at * 7919})).collect();
    let member = |number: u64| {
        object_with(
            &format!("m{number}"),
            number,
            &json!({
                "metadata": {"uid": format!("{:x}", number * 2_654_435_761), "ownerReferences": [
                    {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "r-1", "controller": true}]},
                "filler": filler,
            }),
        )
    };
    let size = member(1).bytes.len();
    apply(&store, list(500, (1..=400).map(member).collect()));
    assert!(store.kept() * 8 < size * 400, "{} of {}", store.kept(), size * 400);
    for number in 1..=400 {
        let cached = store.get(&key(&format!("m{number}"))).unwrap();
        assert_eq!(cached.json(), &member(number).bytes[..]);
    }
}

// Own writes.

fn wrote(store: &Store, name: &str, version: u64) {
    store.wrote(&Write::Object(object(name, version)));
}

fn gone(store: &Store, name: &str, uid: Option<&str>) {
    let (namespace, uid) = (Some("a".to_owned()), uid.map(str::to_owned));
    store.wrote(&Write::Deleted { namespace, name: name.to_owned(), uid });
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
fn a_reader_sees_its_own_last_write_until_the_watch_has_a_newer_one() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4)]));
    wrote(&store, "x", 8);
    wrote(&store, "new", 9);
    assert_eq!(version(&store, "x").as_deref(), Some("8"));
    assert_eq!(version(&store, "new").as_deref(), Some("9"));
    wrote(&store, "x", 7);
    assert_eq!(version(&store, "x").as_deref(), Some("8"), "answers may come out of order");
    // Handlers are told what the watch brings, in its order.
    assert_eq!(apply(&store, [updated("x", 6)]), ["x@4..6"]);
    assert_eq!(version(&store, "x").as_deref(), Some("8"));
    assert_eq!(apply(&store, [updated("x", 10), updated("new", 9)]), ["x@6..10", "+new@9"]);
    assert_eq!(version(&store, "x").as_deref(), Some("10"));
    wrote(&store, "x", 8);
    assert_eq!(version(&store, "x").as_deref(), Some("10"), "a late answer changes nothing");
}

#[test]
fn what_this_process_deleted_is_gone_for_its_readers() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4)]));
    gone(&store, "x", Some("u-x"));
    assert_eq!(version(&store, "x"), None);
    apply(&store, [updated("x", 7)]);
    assert_eq!(
        version(&store, "x"),
        None,
        "an event from before the deletion does not bring it back"
    );
    assert_eq!(apply(&store, [Delta::Deleted(object("x", 8))]), ["-x@8"]);
    let other = object_with("x", 9, &json!({"metadata": {"uid": "other"}}));
    apply(&store, [Delta::Updated(other)]);
    assert_eq!(version(&store, "x").as_deref(), Some("9"));
}

#[test]
fn what_this_process_created_and_deleted_never_comes_back() {
    let store = store();
    apply(&store, list(5, vec![]));
    wrote(&store, "x", 6);
    gone(&store, "x", None);
    assert_eq!(version(&store, "x"), None);
    apply(&store, [updated("x", 6)]);
    assert_eq!(version(&store, "x"), None);
}

#[test]
fn an_own_write_that_the_watch_never_brings_ends_when_the_watch_is_past_it() {
    let store = store();
    apply(&store, list(5, vec![]));
    wrote(&store, "x", 6);
    apply(&store, [Delta::Reached { resource_version: "6".to_owned() }]);
    assert_eq!(version(&store, "x"), None);
    wrote(&store, "y", 8);
    apply(&store, list(9, vec![]));
    assert_eq!(version(&store, "y"), None);
}

#[test]
fn an_answer_that_comes_after_the_end_of_its_object_does_not_bring_it_back() {
    let store = store();
    apply(&store, list(5, vec![]));
    apply(&store, [updated("x", 6), Delta::Deleted(object("x", 7))]);
    apply(&store, [Delta::Reached { resource_version: "7".to_owned() }]);
    wrote(&store, "x", 6);
    assert_eq!(version(&store, "x"), None);
}

#[test]
fn own_writes_are_read_by_index_owner_and_namespace_too() {
    let store = store();
    store.add_index(by_color);
    apply(&store, list(5, vec![colored("x", 4, "red")]));
    let owned = json!({"data": {"color": "blue"}, "metadata": {"ownerReferences": [
        {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "n-1"}]}});
    store.wrote(&Write::Object(object_with("x", 8, &owned)));
    let lister: Lister<ConfigMap> = store.lister();
    assert!(lister.by(by_color, &"red".to_owned()).is_empty());
    assert_eq!(names(&lister.by(by_color, &"blue".to_owned())), ["x"]);
    assert_eq!(names(&lister.owned_by("n-1")), ["x"]);
    assert_eq!(lister.namespace("a").list().len(), 1);
}

#[test]
fn an_own_write_outside_of_what_the_cache_holds_is_not_shown() {
    let labels: LabelSelector = "app=web".parse().unwrap();
    let store = Store::new(ConfigMap::RESOURCE, Some("a"), labels, Cache::Raw);
    wrote(&store, "x", 6);
    assert_eq!(version(&store, "x"), None);
    let labelled = json!({"metadata": {"labels": {"app": "web"}}});
    store.wrote(&Write::Object(object_with("x", 7, &labelled)));
    assert_eq!(version(&store, "x").as_deref(), Some("7"));
    let elsewhere = json!({"metadata": {"labels": {"app": "web"}, "namespace": "b"}});
    store.wrote(&Write::Object(object_with("y", 6, &elsewhere)));
    assert!(store.get(&Key::namespaced("b", "y")).is_none());
}

#[test]
fn an_own_write_that_takes_an_object_out_of_the_selection_takes_it_from_readers() {
    let labels: LabelSelector = "app=web".parse().unwrap();
    let store = Store::new(ConfigMap::RESOURCE, None, labels, Cache::Raw);
    let web = |version| object_with("x", version, &json!({"metadata": {"labels": {"app": "web"}}}));
    apply(&store, list(5, vec![web(4)]));
    wrote(&store, "x", 8);
    assert_eq!(version(&store, "x"), None);
    apply(&store, [Delta::Updated(web(7))]);
    assert_eq!(version(&store, "x"), None);
    store.wrote(&Write::Object(web(9)));
    assert_eq!(version(&store, "x").as_deref(), Some("9"));
    wrote(&store, "x", 10);
    apply(&store, [Delta::Updated(web(12))]);
    assert_eq!(version(&store, "x").as_deref(), Some("12"));
}

#[test]
fn a_lost_answer_marks_the_object_until_the_server_was_asked() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4), object("y", 5)]));
    let lost =
        |name: &str| Write::Unknown { namespace: Some("a".to_owned()), name: name.to_owned() };
    store.wrote(&lost("x"));
    store.wrote(&lost("y"));
    assert!(store.is_unknown(&key("x")) && store.unknown().len() == 2);
    apply(&store, [updated("x", 6)]);
    assert!(store.is_unknown(&key("x")), "that event may be older than the write");
    store.resolve(&key("x"), Some(&object("x", 8)));
    store.resolve(&key("y"), None);
    assert_eq!((version(&store, "x").as_deref(), version(&store, "y")), (Some("8"), None));
    assert!(store.unknown().is_empty());
}
