//! The same of built-in kinds, whose structs are always there and whose defaults belong to whoever wrote the object.

use serde_json::{Value, json};

use super::{Outcome, Story};

/// A Deployment as it is after the kind's defaults.
fn deployment() -> Value {
    json!({"spec": {
        "progressDeadlineSeconds": 600, "replicas": 1, "revisionHistoryLimit": 10,
        "selector": {"matchLabels": {"a": "x"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "template": {"metadata": {"labels": {"a": "x"}}, "spec": {
            "containers": [{
                "name": "c", "image": "i", "imagePullPolicy": "Always", "resources": {},
                "ports": [{"containerPort": 80, "protocol": "TCP"}],
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            }],
            "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
            "securityContext": {}, "terminationGracePeriodSeconds": 30,
        }},
    }})
}

#[test]
fn a_creator_owns_the_defaults_and_no_struct_that_is_always_there() {
    let mut story = Story::built_in("apps/v1", "Deployment");
    story.put("U", &deployment());
    let container = json!({
        ".": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:name": {}, "f:resources": {},
        "f:ports": {".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}, "f:protocol": {}}},
        "f:terminationMessagePath": {}, "f:terminationMessagePolicy": {},
    });
    assert_eq!(
        story.owned("U"),
        json!({"f:spec": {
            "f:progressDeadlineSeconds": {}, "f:replicas": {}, "f:revisionHistoryLimit": {}, "f:selector": {},
            "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}, "f:maxUnavailable": {}}, "f:type": {}},
            "f:template": {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}, "f:spec": {
                "f:containers": {"k:{\"name\":\"c\"}": container},
                "f:dnsPolicy": {}, "f:restartPolicy": {}, "f:schedulerName": {}, "f:securityContext": {},
                "f:terminationGracePeriodSeconds": {},
            }},
        }})
    );
}

#[test]
fn an_applier_owns_only_the_leaves_that_it_applies() {
    let mut story = Story::built_in("apps/v1", "Deployment");
    let applied = json!({"spec": {
        "replicas": 2, "selector": {"matchLabels": {"a": "x"}},
        "template": {"metadata": {"labels": {"a": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
    }});
    story.apply("A", &applied);
    let owned = json!({"f:spec": {
        "f:replicas": {}, "f:selector": {},
        "f:template": {"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:image": {}, "f:name": {}}}}},
    }});
    assert_eq!(story.owned("A"), owned);
    assert_eq!(story.at("/status"), json!({}));
    assert_eq!(story.apply("A", &applied), Outcome::Nothing);
    assert_eq!(story.owned("A"), owned);
}

#[test]
fn two_appliers_share_a_deployment() {
    let mut story = Story::built_in("apps/v1", "Deployment");
    story.put("kubectl-create", &deployment());
    story.conflicts(
        "operator",
        &json!({"spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "c", "image": "j"}]}}}}),
        "Apply failed with 2 conflicts: conflicts with \"kubectl-create\" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name=\"c\"].image",
    );
    story.force("operator", &json!({"spec": {"replicas": 3}}));
    assert_eq!(story.at("/spec/replicas"), 3);
    assert_eq!(story.owned("operator"), json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!(story.owned("kubectl-create")["f:spec"].get("f:replicas"), None);
    story.apply(
        "sidecar",
        &json!({"spec": {"template": {"spec": {"containers": [{"name": "s", "image": "k"}]}}}}),
    );
    assert_eq!(story.at("/spec/template/spec/containers").as_array().unwrap().len(), 2);
    story.apply("sidecar", &json!({}));
    assert_eq!(story.at("/spec/template/spec/containers").as_array().unwrap().len(), 1);
    assert_eq!(story.at("/spec/template/spec/containers/0/name"), "c");
}

#[test]
fn a_list_of_a_built_in_kind_that_loses_its_last_item_is_absent() {
    let mut story = Story::built_in("v1", "ServiceAccount");
    story.apply("A", &json!({"secrets": [{"name": "s"}], "metadata": {"annotations": {"a": "b"}}}));
    story.apply("A", &json!({}));
    assert_eq!(story.stored.as_ref().unwrap().get("secrets"), None);
    assert_eq!(story.stored.as_ref().unwrap()["metadata"].get("annotations"), None);
}

#[test]
fn unknown_fields_and_wrong_types_of_built_in_kinds_are_refused() {
    let mut story = Story::built_in("apps/v1", "Deployment");
    let prefix = "failed to create typed patch object (ns/x; apps/v1, Kind=Deployment): ";
    story.refuses(
        &json!({"spec": {"foo": 1}}),
        500,
        &format!("{prefix}.spec.foo: field not declared in schema"),
    );
    let replicas = format!("{prefix}.spec.replicas: expected numeric (int or float), got string");
    story.refuses(&json!({"spec": {"replicas": "3"}}), 500, &replicas);
}

#[test]
fn repeated_items_are_owned_as_items_and_conflict_as_items() {
    let pod = |env: Value| json!({"spec": {"containers": [{"name": "c", "env": env}]}});
    let mut story = Story::built_in("v1", "Pod");
    let twice = json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "B"}]);
    story.put("U", &pod(twice));
    let env = &story.owned("U")["f:spec"]["f:containers"]["k:{\"name\":\"c\"}"]["f:env"];
    assert_eq!(
        *env,
        json!({".": {}, "k:{\"name\":\"A\"}": {}, "k:{\"name\":\"B\"}": {".": {}, "f:name": {}}})
    );
    let once = || pod(json!([{"name": "A", "value": "3"}]));
    story.conflicts(
        "A",
        &once(),
        r#"Apply failed with 1 conflict: conflict with "U" using v1: .spec.containers[name="c"].env[name="A"]"#,
    );
    story.force("A", &once());
    assert_eq!(
        story.at("/spec/containers/0/env"),
        json!([{"name": "A", "value": "3"}, {"name": "B"}])
    );
}

#[test]
fn keys_of_a_config_map_are_owned_one_by_one() {
    let mut story = Story::built_in("v1", "ConfigMap");
    story.put("U", &json!({"data": {"a": "1"}}));
    assert_eq!(story.owned("U"), json!({"f:data": {".": {}, "f:a": {}}}));
    story.apply("A", &json!({"data": {"b": "2"}}));
    story.change("U", |object| {
        object["data"].as_object_mut().unwrap().remove("a");
    });
    assert_eq!(story.at("/data"), json!({"b": "2"}));
    assert_eq!(story.owned("U"), json!({"f:data": {}}));
}
