//! What a transform does to objects, and what it cannot.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A cache of which objects lose their data, and how many were changed so far.
fn without_data() -> (Store, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let store = store().transformed_by(move |object| {
        counter.fetch_add(1, Ordering::Relaxed);
        object["metadata"]["labels"] = json!({"tier": object["data"]["color"]});
        object.as_object_mut().unwrap().remove("data");
    });
    (store, count)
}

fn tier(store: &Store, name: &str) -> Option<String> {
    let state = store.get(&key(name)).unwrap();
    assert!(!String::from_utf8_lossy(&state.json()).contains("color"), "its data is gone");
    state.labels().remove("tier")
}

#[test]
fn an_object_is_transformed_once_however_it_comes() {
    let (store, count) = without_data();
    apply(&store, list(5, vec![colored("x", 3, "red"), colored("y", 4, "blue")]));
    assert_eq!(count.load(Ordering::Relaxed), 2);
    assert_eq!(tier(&store, "x").as_deref(), Some("red"));
    apply(&store, [Delta::Updated(colored("x", 6, "green"))]);
    assert_eq!((tier(&store, "x").as_deref(), count.load(Ordering::Relaxed)), (Some("green"), 3));
    apply(&store, list(9, vec![colored("x", 6, "green"), colored("z", 8, "red")]));
    assert_eq!((tier(&store, "z").as_deref(), count.load(Ordering::Relaxed)), (Some("red"), 4));
    store.wrote(&Write::Object(colored("z", 12, "white")));
    assert_eq!(tier(&store, "z").as_deref(), Some("white"), "an own write, too");
    let lister: Lister<ConfigMap> = store.lister();
    assert_eq!(names(&lister.labels("tier=white").list().unwrap()), ["z"]);
}

#[test]
fn a_deletion_carries_what_readers_knew() {
    let (store, _) = without_data();
    apply(&store, list(5, vec![colored("x", 3, "red"), colored("y", 4, "blue")]));
    let mut notices = Vec::new();
    store.apply(Delta::Deleted(colored("x", 6, "red")), &mut notices);
    list(9, vec![]).into_iter().for_each(|delta| store.apply(delta, &mut notices));
    assert_eq!(notices.iter().map(show).collect::<Vec<_>>(), ["-x@6", "-y@4 unknown"]);
    for (notice, tier) in notices.iter().zip(["red", "blue"]) {
        assert_eq!(notice.latest().labels()["tier"], tier);
        assert!(!String::from_utf8_lossy(&notice.latest().json()).contains("color"));
    }
}

#[test]
fn a_transform_cannot_take_an_objects_identity() {
    let changes: [fn(&mut Value); 4] = [
        |object| *object = Value::Null,
        |object| object["metadata"] = json!("none"),
        |object| {
            object["metadata"] = json!({"name": "other", "namespace": "b", "resourceVersion": "1"})
        },
        |_| panic!("planted"),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let store = store().transformed_by(change);
        assert_eq!(apply(&store, list(5, vec![colored("x", 3, "red")])), ["+x@3 initial"], "{at}");
        assert_eq!(apply(&store, [Delta::Updated(colored("x", 6, "red"))]), ["x@3..6"], "{at}");
        assert_eq!(store.get(&key("x")).unwrap().uid(), "u-x", "{at}");
        assert_eq!(store.resource_version().as_deref(), Some("5"));
        apply(&store, [Delta::Reached { resource_version: "6".to_owned() }]);
        assert_eq!(store.resource_version().as_deref(), Some("6"));
        assert_eq!(apply(&store, [Delta::Deleted(colored("x", 7, "red"))]), ["-x@7"], "{at}");
    }
}

#[test]
#[should_panic(expected = "a store is given its transform when it is made")]
fn a_transform_that_is_set_when_the_cache_is_in_use_is_a_mistake_that_is_told() {
    let store = store();
    let _reader: Lister<ConfigMap> = store.lister();
    drop(store.transformed_by(|_| ()));
}
