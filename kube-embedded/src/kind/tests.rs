//! The table of built-in kinds, and the defaults that apply and no-op detection lean on.

use super::*;
use serde_json::{Value, json};

fn find(group: &str, kind: &str) -> Kind {
    let kinds = builtin_kinds().into_iter();
    kinds.into_iter().find(|own| own.group == group && own.kind == kind).unwrap()
}

fn defaulted(kind: &Kind, mut object: Value) -> Value {
    kind.strategy.decode(kind, &mut object).unwrap();
    kind.strategy.default(kind, &mut object);
    object
}

#[test]
fn every_built_in_kind_has_its_types() {
    for kind in builtin_kinds() {
        assert!(kind.types.is_some(), "{} {}", kind.api_version(), kind.kind);
    }
}

#[test]
fn a_deployment_gets_the_defaults_of_the_real_server_once() {
    let kind = find("apps", "Deployment");
    let spec = json!({"selector": {"matchLabels": {"a": "x"}}, "template": {
        "metadata": {"labels": {"a": "x"}},
        "spec": {"containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]}]}}});
    let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "d"}, "spec": spec});
    let object = defaulted(&kind, object);
    let spec = &object["spec"];
    assert_eq!(spec["replicas"], 1);
    assert_eq!(spec["strategy"]["rollingUpdate"]["maxSurge"], "25%");
    let container = &spec["template"]["spec"]["containers"][0];
    assert_eq!(container["imagePullPolicy"], "Always");
    assert_eq!(container["ports"][0]["protocol"], "TCP");
    assert_eq!(container["resources"], json!({}));
    assert_eq!(defaulted(&kind, object.clone()), object);
    assert!(kind.strategy.validate(&object, None).is_empty());
}

#[test]
fn a_deployment_whose_labels_do_not_fit_is_refused_in_the_servers_words() {
    let kind = find("apps", "Deployment");
    let object = defaulted(&kind, json!({"metadata": {"name": "d"}, "spec": {}}));
    let errors = kind.strategy.validate(&object, None);
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    let wanted =
        ["spec.selector", "spec.template.metadata.labels", "spec.template.spec.containers"];
    assert_eq!(fields, wanted);
}

#[test]
fn a_pod_is_given_time_only_where_a_kubelet_could_use_it() {
    let strategy = find("", "Pod").strategy;
    let pod = |node: &str, phase: &str| {
        json!({"spec": {"nodeName": node,
        "terminationGracePeriodSeconds": 20}, "status": {"phase": phase}})
    };
    assert_eq!(strategy.grace(&pod("", "Pending"), None), Some(0));
    assert_eq!(strategy.grace(&pod("n", "Running"), None), Some(20));
    assert_eq!(strategy.grace(&pod("n", "Running"), Some(5)), Some(5));
    assert_eq!(strategy.grace(&pod("n", "Running"), Some(-5)), Some(1));
    assert_eq!(strategy.grace(&pod("n", "Succeeded"), None), Some(0));
}

#[test]
fn a_secret_takes_texts_and_refuses_what_is_not_base64() {
    let kind = find("", "Secret");
    let object = json!({"metadata": {"name": "s"}, "stringData": {"a": "hi"}});
    let object = defaulted(&kind, object);
    assert_eq!(object["data"]["a"], "aGk=");
    assert_eq!(object.get("stringData"), None);
    let mut bad = json!({"metadata": {"name": "s"}, "data": {"a": "!!"}});
    let error = kind.strategy.decode(&kind, &mut bad).unwrap_err();
    assert_eq!(error, "illegal base64 data at input byte 0");
}
