//! What the garbage collector promises.

use super::*;
use definitions::definition;

fn setup() -> Setup {
    Setup::new(&Behaviours::bare().garbage_collection(true))
}

#[tokio::test(start_paused = true)]
async fn dependents_follow_their_owner() {
    let setup = setup();
    let owner = setup.create(config_map("owner"));
    let child = setup.create(owned(config_map("child"), &owner, true));
    let grandchild = setup.create(owned(config_map("grandchild"), &child, true));
    let other = setup.create(config_map("other"));
    setup.pass(1000).await;
    assert!(setup.get(&child).is_some() && setup.get(&grandchild).is_some());
    setup.delete(&owner, Policy::Background);
    assert!(setup.get(&owner).is_none(), "in the background the owner goes at once");
    assert!(setup.get(&child).is_some(), "and its dependents after it");
    setup.pass(1000).await;
    assert_eq!((setup.get(&child), setup.get(&grandchild)), (None, None));
    assert!(setup.get(&other).is_some());
}

#[tokio::test(start_paused = true)]
async fn an_object_with_a_living_owner_stays_and_loses_the_dead_one() {
    let setup = setup();
    let (one, two) = (setup.create(config_map("one")), setup.create(config_map("two")));
    let child = setup.create(owned(owned(config_map("child"), &one, true), &two, true));
    setup.delete(&one, Policy::Background);
    setup.pass(1000).await;
    let child = setup.get(&child).expect("two still owns it");
    let references = child["metadata"]["ownerReferences"].as_array().unwrap();
    assert_eq!(references.len(), 1);
    assert_eq!(references[0]["name"], "two");
    setup.delete(&two, Policy::Background);
    setup.pass(1000).await;
    assert_eq!(setup.get(&child), None);
}

#[tokio::test(start_paused = true)]
async fn an_owner_of_the_same_name_is_another_owner() {
    let setup = setup();
    let owner = setup.create(config_map("owner"));
    setup.delete(&owner, Policy::Background);
    setup.create(config_map("owner"));
    let child = setup.create(owned(config_map("child"), &owner, true));
    setup.pass(1000).await;
    assert_eq!(setup.get(&child), None);
}

#[tokio::test(start_paused = true)]
async fn in_the_foreground_the_owner_waits_for_those_that_block_it() {
    let setup = setup();
    let owner = setup.create(config_map("owner"));
    let blocking = owned(config_map("blocking"), &owner, true);
    let blocking = setup.create(finalized(blocking, "e.x/hold"));
    let free = setup.create(owned(config_map("free"), &owner, false));
    setup.delete(&owner, Policy::Foreground);
    setup.pass(1000).await;
    let waiting = setup.get(&owner).expect("waits");
    assert_eq!(waiting["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    assert_eq!(setup.get(&free), None);
    let mut held = setup.get(&blocking).expect("its finalizer holds it");
    assert!(held["metadata"]["deletionTimestamp"].is_string());
    held["metadata"]["finalizers"] = json!([]);
    setup.update(held);
    setup.pass(1000).await;
    assert_eq!((setup.get(&blocking), setup.get(&owner)), (None, None));
}

#[tokio::test(start_paused = true)]
async fn in_the_foreground_a_whole_tree_goes_from_its_leaves() {
    let setup = setup();
    let owner = setup.create(config_map("owner"));
    let child = setup.create(owned(config_map("child"), &owner, true));
    let leaf = owned(config_map("leaf"), &child, true);
    let leaf = setup.create(finalized(leaf, "e.x/hold"));
    setup.delete(&owner, Policy::Foreground);
    setup.pass(1000).await;
    let waiting = setup.get(&child).expect("waits for its leaf");
    assert_eq!(waiting["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    assert!(setup.get(&owner).is_some());
    let mut held = setup.get(&leaf).unwrap();
    held["metadata"]["finalizers"] = json!([]);
    setup.update(held);
    setup.pass(1000).await;
    assert_eq!((setup.get(&leaf), setup.get(&child), setup.get(&owner)), (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn a_held_dependent_that_does_not_block_lets_its_owner_go() {
    let setup = setup();
    let owner = setup.create(config_map("owner"));
    let child = owned(config_map("child"), &owner, false);
    let child = setup.create(finalized(child, "e.x/hold"));
    setup.delete(&owner, Policy::Foreground);
    setup.pass(1000).await;
    assert_eq!(setup.get(&owner), None);
    assert!(setup.get(&child).unwrap()["metadata"]["deletionTimestamp"].is_string());
}

#[tokio::test(start_paused = true)]
async fn orphans_stay_without_the_reference() {
    let setup = setup();
    let owner = setup.create(config_map("owner"));
    let child = setup.create(owned(config_map("child"), &owner, true));
    setup.delete(&owner, Policy::Orphan);
    assert_eq!(setup.get(&owner).unwrap()["metadata"]["finalizers"], json!(["orphan"]));
    setup.pass(1000).await;
    assert_eq!(setup.get(&owner), None);
    let child = setup.get(&child).expect("is nobody's now");
    assert!(child["metadata"]["ownerReferences"].is_null(), "{child}");
}

#[tokio::test(start_paused = true)]
async fn owners_that_wait_for_each_other_go_all_the_same() {
    let setup = setup();
    let one = setup.create(config_map("one"));
    let two = setup.create(owned(config_map("two"), &one, true));
    let one = setup.update(owned(one, &two, true));
    setup.delete(&one, Policy::Foreground);
    setup.pass(5000).await;
    assert_eq!((setup.get(&one), setup.get(&two)), (None, None));
}

#[tokio::test(start_paused = true)]
async fn an_owner_of_an_unknown_kind_keeps_its_dependents() {
    let setup = setup();
    let stranger = json!({
        "apiVersion": "g.ex/v1", "kind": "Widget", "metadata": { "name": "w", "uid": "u" },
    });
    let child = setup.create(owned(config_map("child"), &stranger, true));
    setup.pass(60_000).await;
    assert!(setup.get(&child).is_some());
    setup.create(definition("widgets", "Widget"));
    setup.pass(1000).await;
    assert_eq!(setup.get(&child), None, "now the kind is known, and there is no such object");
}

#[tokio::test(start_paused = true)]
async fn dependents_follow_an_owner_whose_kind_goes_with_it() {
    let setup = setup();
    let definition = setup.create(definition("widgets", "Widget"));
    setup.pass(1000).await;
    let metadata = json!({ "name": "w", "namespace": "default" });
    let owner = json!({ "apiVersion": "g.ex/v1", "kind": "Widget", "metadata": metadata });
    let owner = setup.create(owner);
    let child = setup.create(owned(config_map("child"), &owner, true));
    setup.delete(&definition, Policy::Background);
    setup.pass(1000).await;
    assert_eq!((setup.get(&definition), setup.get(&child)), (None, None));
}

#[tokio::test(start_paused = true)]
async fn an_object_of_the_cluster_is_not_collected_for_an_owner_of_a_namespace() {
    let setup = setup();
    let owner = setup.create(config_map("owner"));
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [],
        "metadata": { "name": "role" },
    });
    let role = setup.create(owned(role, &owner, true));
    setup.pass(1000).await;
    setup.delete(&owner, Policy::Background);
    setup.pass(1000).await;
    assert!(setup.get(&role).is_some());
    let events = setup.cluster.store.list(&"/events".into(), Some("default"));
    assert_eq!(events[0].value()["reason"], "OwnerRefInvalidNamespace");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_collected_where_the_collector_is_off() {
    let setup = Setup::new(&Behaviours::bare());
    let owner = setup.create(config_map("owner"));
    let child = setup.create(owned(config_map("child"), &owner, true));
    setup.delete(&owner, Policy::Background);
    setup.pass(60_000).await;
    assert!(setup.get(&child).is_some());
}
