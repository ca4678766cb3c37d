//! What readers see of this process's own writes.

use kube_core::client::Write;

use super::*;

fn gone(store: &Store, name: &str, uid: Option<&str>) {
    let (namespace, uid) = (Some("a".to_owned()), uid.map(str::to_owned));
    store.wrote(&Write::Deleted { namespace, name: name.to_owned(), uid });
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

#[test]
fn a_lost_answer_says_nothing_about_other_objects() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4), object("y", 5)]));
    store.wrote(&Write::Unknown { namespace: Some("a".to_owned()), name: "x".to_owned() });
    wrote(&store, "y", 6);
    assert!(!store.is_unknown(&key("y")) && !store.is_unknown(&key("z")));
    assert!(!store.is_in_doubt(), "only one object is concerned, and its name is known");
}

#[test]
fn a_lost_answer_without_a_name_casts_doubt_on_its_namespace_only() {
    let store = Store::new(ConfigMap::RESOURCE, Some("a"), LabelSelector::everything(), Cache::Raw);
    let nameless = |namespace: &str| Write::Unknown {
        namespace: Some(namespace.to_owned()),
        name: String::new(),
    };
    store.wrote(&nameless("b"));
    store.wrote(&Write::Collection { namespace: Some("b".to_owned()) });
    assert_eq!((store.is_in_doubt(), store.doubts()), (false, 0));
    store.wrote(&nameless("a"));
    assert!(store.is_in_doubt() && store.unknown().is_empty());
    store.wrote(&Write::Collection { namespace: None });
    assert_eq!(store.doubts(), 2);
    store.settle_doubts(1, &hashbrown::HashSet::new(), "5");
    assert!(store.is_in_doubt(), "the list was asked for before the second one");
    store.settle_doubts(2, &hashbrown::HashSet::new(), "6");
    assert!(!store.is_in_doubt());
}

fn under(fields: &str) -> Store {
    let store = Store::new(ConfigMap::RESOURCE, None, LabelSelector::everything(), Cache::Raw);
    store.under(fields.parse().unwrap())
}

#[test]
fn what_a_name_decides_is_shown_and_hidden_at_once() {
    let store = under("metadata.name!=y");
    apply(&store, list(5, vec![object("x", 4)]));
    wrote(&store, "x", 6);
    wrote(&store, "y", 7);
    assert_eq!(version(&store, "x").as_deref(), Some("6"));
    assert_eq!(version(&store, "y"), None);
    assert!(store.unknown().is_empty());
}

#[test]
fn where_only_the_server_knows_what_is_selected_it_is_asked_about_own_writes() {
    let store = under("spec.nodeName=a");
    apply(&store, list(5, vec![object("x", 4), object("y", 4)]));
    for name in ["x", "y", "z"] {
        wrote(&store, name, 6);
        assert!(store.is_unknown(&key(name)), "{name}");
    }
    assert_eq!((version(&store, "x").as_deref(), version(&store, "z")), (Some("4"), None));
    store.resolve(&key("x"), Some(&object("x", 6)));
    store.resolve(&key("y"), None);
    store.resolve(&key("z"), Some(&object("z", 6)));
    assert!(store.unknown().is_empty());
    assert_eq!(version(&store, "x").as_deref(), Some("6"));
    assert_eq!(version(&store, "y"), None, "it was written out of the selection");
    assert_eq!(version(&store, "z").as_deref(), Some("6"));
    // It is the same object that comes back.
    apply(&store, [Delta::Deleted(object("y", 6)), updated("y", 8)]);
    assert_eq!(version(&store, "y").as_deref(), Some("8"));
}

#[test]
fn what_the_watch_has_passed_is_not_asked_for() {
    let store = under("spec.nodeName=a");
    apply(&store, list(5, vec![object("x", 4)]));
    wrote(&store, "x", 3);
    assert!(store.unknown().is_empty());
    let passes: [fn() -> Delta; 3] = [
        || updated("x", 6),
        || Delta::Deleted(object("x", 7)),
        || Delta::Reached { resource_version: "6".to_owned() },
    ];
    for pass in passes {
        let store = under("spec.nodeName=a");
        apply(&store, list(5, vec![object("x", 4)]));
        wrote(&store, "x", 6);
        apply(&store, [pass()]);
        assert!(store.unknown().is_empty());
    }
}
