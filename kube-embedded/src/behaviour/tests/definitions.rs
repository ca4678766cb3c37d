//! What happens to definitions after they are created.

use super::*;

pub(super) fn definition(plural: &str, kind: &str) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.g.ex") },
        "spec": {
            "group": "g.ex",
            "scope": "Namespaced",
            "names": { "plural": plural, "kind": kind },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": { "status": {} },
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "properties": { "spec": {
                        "type": "object",
                        "properties": {
                            "replicas": { "type": "integer", "default": 1, "minimum": 0 },
                            "note": { "type": "string" },
                        },
                    } },
                } },
            }],
        },
    })
}

fn widget(name: &str) -> Value {
    json!({
        "apiVersion": "g.ex/v1", "kind": "Widget", "spec": { "unknown": 1, "note": null },
        "metadata": { "name": name, "namespace": "default" },
    })
}

#[tokio::test(start_paused = true)]
async fn a_kind_is_served_soon_after_its_definition_but_not_at_once() {
    let setup = Setup::new(&Behaviours::bare());
    let definition = setup.create(definition("widgets", "Widget"));
    assert_eq!(definition["status"]["acceptedNames"], json!({ "plural": "", "kind": "" }));
    assert!(setup.cluster.kinds.find("g.ex", "v1", "widgets").is_none());
    setup.pass(1000).await;
    let definition = setup.get(&definition).unwrap();
    assert_eq!(condition(&definition, "Established")["status"], "True");
    assert_eq!(definition["metadata"]["generation"], 1);
    let widget = setup.create(widget("w"));
    assert_eq!(widget["spec"], json!({ "replicas": 1 }), "defaulted and pruned");
    let mut wrong = widget;
    wrong["metadata"] = json!({ "name": "x", "namespace": "default" });
    wrong["spec"]["replicas"] = json!(-1);
    let refused = setup.try_create(wrong).unwrap_err();
    assert_eq!(
        refused.message(),
        "Widget.g.ex \"x\" is invalid: spec.replicas: Invalid value: -1: spec.replicas in body should \
         be greater than or equal to 0"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deleted_definition_takes_its_objects_with_it() {
    let setup = Setup::new(&Behaviours::bare());
    let definition = setup.create(definition("widgets", "Widget"));
    setup.pass(1000).await;
    let free = setup.create(widget("free"));
    let held = setup.create(finalized(widget("held"), "e.x/hold"));
    setup.delete(&definition, Policy::Background);
    setup.pass(1000).await;
    let going = setup.get(&definition).expect("waits for its objects");
    assert_eq!(condition(&going, "Terminating")["reason"], "InstanceDeletionInProgress");
    assert_eq!(setup.get(&free), None);
    let refused = setup.try_create(widget("new")).unwrap_err();
    assert_eq!(
        refused.message(),
        "widgets.g.ex \"new\" is forbidden: create not allowed while custom resource definition is \
         terminating"
    );
    let mut held = setup.get(&held).unwrap();
    held["metadata"]["finalizers"] = json!([]);
    setup.update(held);
    setup.pass(1000).await;
    assert_eq!(setup.get(&definition), None);
    assert!(setup.cluster.kinds.find("g.ex", "v1", "widgets").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_changed_schema_holds_for_the_next_write_and_read() {
    let setup = Setup::new(&Behaviours::bare());
    let definition = setup.create(definition("widgets", "Widget"));
    setup.pass(1000).await;
    let before = setup.create(widget("w"));
    let mut definition = setup.get(&definition).unwrap();
    let schema = &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    schema["properties"]["spec"]["properties"]["tier"] =
        json!({ "type": "string", "default": "gold" });
    setup.update(definition);
    setup.pass(1000).await;
    let after = setup.get(&before).unwrap();
    assert_eq!(after["spec"], json!({ "replicas": 1, "tier": "gold" }));
    assert_eq!(after["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"]);
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_is_free_again_when_its_definition_goes() {
    let setup = Setup::new(&Behaviours::bare());
    let first = setup.create(definition("widgets", "Widget"));
    setup.pass(1000).await;
    let second = setup.create(definition("wids", "Widget"));
    setup.pass(1000).await;
    let told = setup.get(&second).unwrap();
    assert_eq!(condition(&told, "NamesAccepted")["reason"], "ListKindConflict");
    assert!(setup.cluster.kinds.find("g.ex", "v1", "wids").is_none());
    setup.delete(&first, Policy::Background);
    setup.pass(1000).await;
    let second = setup.get(&second).unwrap();
    assert_eq!(condition(&second, "Established")["status"], "True");
    assert!(setup.cluster.kinds.find("g.ex", "v1", "wids").is_some());
}
