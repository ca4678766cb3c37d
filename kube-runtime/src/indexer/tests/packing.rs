//! How small objects are kept, and that they come back as they were.

use super::*;

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

/// An object that looks like those with the same `look` and like no other.
fn looks(name: &str, version: u64, look: u64, owner: Option<&str>) -> RawObject {
    let filler: Vec<Value> = (1..100_u64).map(|at| json!(at * (look * 7919 + 104_729))).collect();
    let owners: Vec<Value> = owner
        .iter()
        .map(|uid| json!({"apiVersion": "v1", "kind": "Node", "name": "n", "uid": uid, "controller": true}))
        .collect();
    object_with(name, version, &json!({"metadata": {"ownerReferences": owners}, "filler": filler}))
}

fn kept(store: &Store, name: &str) -> usize {
    store.get(&key(name)).unwrap().kept()
}

/// Which objects are kept in an eighth of their size: those that were packed against one that looks like them.
fn check_alike(store: &Store, size: usize, expected: &[(&str, bool)]) {
    for (name, alike) in expected {
        let kept = kept(store, name);
        assert_eq!(kept * 8 < size, *alike, "{name}: {kept} of {size}");
    }
}

#[test]
fn the_third_member_of_a_family_is_what_the_later_ones_are_packed_against() {
    let store = store();
    apply(&store, [Delta::Updated(looks("other", 1, 1, None))]);
    let member = |version: u64| looks(&format!("m{version}"), version, 2, Some("n-1"));
    let size = member(2).bytes.len();
    apply(&store, (2..=5).map(|version| Delta::Updated(member(version))));
    let state = |name: &str| store.get(&key(name)).unwrap();
    assert!(state("m4").shares_a_dictionary_with(&state("m5")));
    assert!(!state("m4").shares_a_dictionary_with(&state("m3")));
    check_alike(&store, size, &[("m2", false), ("m3", false), ("m4", true), ("m5", true)]);
}

#[test]
fn what_has_no_family_is_packed_against_the_first_object_of_all() {
    let store = store();
    let objects = [looks("a", 1, 1, None), looks("b", 2, 2, None), looks("c", 3, 2, None)];
    let size = objects[0].bytes.len();
    apply(&store, objects.into_iter().map(Delta::Updated));
    apply(&store, [Delta::Updated(looks("d", 4, 1, None))]);
    let total = ["a", "b", "c", "d"].iter().map(|name| kept(&store, name)).sum::<usize>();
    assert_eq!(store.kept(), total);
    check_alike(&store, size, &[("b", false), ("c", false), ("d", true)]);
}

#[test]
fn members_of_a_family_share_their_owners_only_where_these_are_the_same() {
    let store = store();
    let first = looks("x", 1, 1, Some("n-1"));
    let second = looks("y", 2, 1, Some("n-1"));
    let mut owners = json!([{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "n-1", "controller": true}]);
    owners
        .as_array_mut()
        .unwrap()
        .push(json!({"apiVersion": "v1", "kind": "Node", "name": "o", "uid": "o-1"}));
    let third = object_with("z", 3, &json!({"metadata": {"ownerReferences": owners}}));
    apply(&store, [first, second, third].map(Delta::Updated));
    let owners = |name: &str| Arc::clone(store.get(&key(name)).unwrap().shared_owners());
    assert!(Arc::ptr_eq(&owners("x"), &owners("y")));
    assert_eq!((owners("y").len(), owners("z").len()), (1, 2));
}
