//! How far the cache is, and what becomes of the states that it had.

use crate::delta_fifo::DeltaFifo;
use crate::flow::Change;

use super::*;

/// What the cache tells of changes that nobody read before the last of them came.
fn queued(store: &Store, changes: impl IntoIterator<Item = Change>) -> Vec<String> {
    let (mut fifo, mut deltas) = (DeltaFifo::new(100), Vec::new());
    changes.into_iter().for_each(|change| fifo.push(change));
    while fifo.pop(&mut deltas) {}
    apply(store, deltas)
}

fn cached_as(cache: Cache) -> Store {
    Store::new(ConfigMap::RESOURCE, None, LabelSelector::everything(), cache)
}

#[test]
fn what_was_still_queued_when_a_list_began_is_deleted_by_it_too() {
    let store = store();
    apply(&store, list(5, vec![]));
    let changes = [
        Change::Added(object("x", 6)),
        Change::ListBegun { new_history: false },
        Change::ListEnded { resource_version: "9".to_owned() },
    ];
    assert_eq!(queued(&store, changes), ["+x@6", "-x@6 unknown"]);
    assert!(store.is_empty());
}

#[test]
fn nothing_is_synced_before_a_whole_list() {
    let store = store();
    apply(&store, [updated("x", 3)]);
    assert!(!store.is_synced());
    apply(&store, [Delta::ListBegun { new_history: false }, Delta::Listed(object("y", 4))]);
    assert!(!store.is_synced());
    apply(&store, list(5, vec![]));
    assert!(store.is_synced());
}

#[test]
fn a_deletion_that_was_seen_moves_the_version_and_an_unknown_one_does_not() {
    let store = store();
    apply(&store, list(5, vec![object("x", 4), object("y", 5)]));
    assert_eq!(queued(&store, [Change::Deleted(object("x", 12))]), ["-x@12"]);
    assert_eq!(store.resource_version().as_deref(), Some("12"));
    // Told that it is another object now: the end of the first one was not seen.
    let other = object_with("y", 14, &json!({"metadata": {"uid": "other"}}));
    assert_eq!(apply(&store, [Delta::Updated(other)]), ["-y@5 unknown", "+y@14"]);
    assert_eq!(store.resource_version().as_deref(), Some("12"));
    assert_eq!(apply(&store, list(20, vec![])), ["-y@14 unknown"]);
    assert_eq!(store.resource_version().as_deref(), Some("20"), "that of the list");
}

#[test]
fn what_a_reader_changes_is_its_own_copy() {
    for cache in [Cache::Packed, Cache::Raw, Cache::Typed] {
        let store = cached_as(cache);
        store.add_index(by_color);
        apply(&store, list(5, vec![colored("x", 3, "red")]));
        let lister: Lister<ConfigMap> = store.lister();
        let other = lister.get("a", "x").unwrap().unwrap();
        let mut mine = lister.get("a", "x").unwrap().unwrap();
        Arc::make_mut(&mut mine).data = None;
        assert_eq!(by_color(&other).as_deref(), Some("red"), "{cache:?}: another reader");
        drop(other);
        Arc::make_mut(&mut mine).metadata.name = Some("y".to_owned());
        let again = lister.get("a", "x").unwrap().unwrap();
        assert_eq!(by_color(&again).as_deref(), Some("red"), "{cache:?}: a later one");
        assert_eq!(names(&lister.by(by_color, &"red".to_owned())), ["x"], "{cache:?}");
    }
}

#[test]
fn what_a_list_removes_is_freed_by_whoever_is_told_and_not_under_the_lock() {
    let store = cached_as(Cache::Typed);
    let before = (1..=3).map(|version| colored(&format!("n{version}"), version, "red")).collect();
    apply(&store, list(5, before));
    let lister: Lister<ConfigMap> = store.lister();
    let read = |name: &str| Arc::downgrade(&lister.get("a", name).unwrap().unwrap());
    let (same, changed, vanished) = (read("n1"), read("n2"), read("n3"));
    let mut notices = Vec::new();
    for delta in list(9, vec![colored("n1", 1, "red"), colored("n2", 8, "blue")]) {
        store.apply(delta, &mut notices);
    }
    // The cache has let go of both by now: what frees them is the end of the notices.
    assert!(changed.upgrade().is_some() && vanished.upgrade().is_some());
    drop(notices);
    assert!(changed.upgrade().is_none() && vanished.upgrade().is_none());
    assert!(same.upgrade().is_some(), "what did not change is not even replaced");
}
