//! Which writes a webhook is for.

use super::*;

/// Registers one webhook, does these writes and tells which of them it was asked about.
async fn asked_about(webhook: Value, writes: &[(&str, &str, Value)]) -> Vec<bool> {
    let setup = Setup::new(|_, _| Ok(allowed()));
    setup.register(false, "v", &[webhook]).await;
    let mut asked = Vec::new();
    for (method, uri, body) in writes {
        let (code, answer, _) = setup.send(method, uri, body.clone()).await;
        assert!(code < 300, "{answer}");
        asked.push(!setup.paths().is_empty());
    }
    asked
}

fn rule(resources: &[&str], scope: &str) -> Value {
    json!({"rules": [{"operations": ["CREATE", "UPDATE"], "apiGroups": [""], "apiVersions": ["v1"],
        "resources": resources, "scope": scope}]})
}

const ONE: &str = "/api/v1/namespaces/default/configmaps/m";
const SPACES: &str = "/api/v1/namespaces";

#[tokio::test(start_paused = true)]
async fn rules_are_for_operations_resources_and_scopes() {
    let writes = [
        ("POST", MAPS, map("m")),
        ("DELETE", ONE, Value::Null),
        ("POST", SPACES, json!({"metadata": {"name": "s"}})),
        ("PUT", "/api/v1/namespaces/s/status", json!({"metadata": {"name": "s"}, "status": {}})),
    ];
    let rows = [
        (rule(&["configmaps"], "*"), [true, false, false, false]),
        (rule(&["*"], "*"), [true, false, true, false]),
        (rule(&["*/*"], "*"), [true, false, true, true]),
        (rule(&["namespaces/*"], "*"), [false, false, true, true]),
        (rule(&["*/status"], "*"), [false, false, false, true]),
        (rule(&["*"], "Cluster"), [false, false, true, false]),
        (rule(&["*"], "Namespaced"), [true, false, false, false]),
    ];
    for (webhook, expected) in rows {
        assert_eq!(asked_about(webhook.clone(), &writes).await, expected, "{webhook}");
    }
}

#[tokio::test(start_paused = true)]
async fn selectors_look_at_the_object_before_and_after_and_at_its_namespace() {
    let writes = [
        ("POST", MAPS, map("m")),
        ("PATCH", ONE, json!({"metadata": {"labels": {"o": "1"}}})),
        ("PATCH", ONE, json!({"metadata": {"labels": {"o": null}}})),
        ("PATCH", ONE, json!({"data": {"b": "1"}})),
    ];
    let object = json!({"objectSelector": {"matchLabels": {"o": "1"}}});
    assert_eq!(asked_about(object, &writes).await, [false, true, true, false]);
    let name = "kubernetes.io/metadata.name";
    let within = |operator: &str| {
        json!({"namespaceSelector": {"matchExpressions": [
            {"key": name, "operator": operator, "values": ["default"]}]}})
    };
    assert_eq!(asked_about(within("In"), &writes).await, [true; 4]);
    assert_eq!(asked_about(within("NotIn"), &writes).await, [false; 4]);
    let space = json!({"metadata": {"name": "s", "labels": {"own": "1"}}});
    let own = json!({"namespaceSelector": {"matchLabels": {"own": "1"}}});
    assert_eq!(asked_about(own, &[("POST", SPACES, space)]).await, [true]);
}

#[tokio::test(start_paused = true)]
async fn another_version_is_shown_to_a_webhook_that_knows_no_other() {
    let event = json!({"metadata": {"name": "e"}, "type": "Normal", "reason": "R", "message": "m",
        "involvedObject": {"kind": "ConfigMap", "namespace": "default", "name": "x"},
        "source": {"component": "c"}, "count": 1});
    let events = "/api/v1/namespaces/default/events";
    for (policy, asked) in [("Equivalent", 1), ("Exact", 0)] {
        let setup = Setup::new(|_, _| Ok(allowed()));
        let rules = json!([{"operations": ["*"], "apiGroups": ["events.k8s.io"],
            "apiVersions": ["v1"], "resources": ["events"]}]);
        setup.register(false, "v", &[json!({"matchPolicy": policy, "rules": rules})]).await;
        let (code, answer, _) = setup.send("POST", events, event.clone()).await;
        assert_eq!(code, 201, "{answer}");
        let requests = setup.requests();
        assert_eq!(requests.len(), asked, "{policy}");
        for (_, request) in requests {
            assert_eq!(request["kind"]["group"], "events.k8s.io");
            assert_eq!(request["requestKind"]["group"], "");
            assert_eq!(request["object"]["note"], "m");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn configurations_of_webhooks_are_never_reviewed_by_webhooks() {
    let setup = Setup::new(|_, _| Ok(json!({"allowed": false})));
    let all = json!({"rules": [{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"],
        "resources": ["*/*"]}]});
    setup.register(false, "v", std::slice::from_ref(&all)).await;
    setup.register(true, "m", &[all]).await;
    for plural in ["validatingwebhookconfigurations/v", "mutatingwebhookconfigurations/m"] {
        let uri = format!("/apis/admissionregistration.k8s.io/v1/{plural}");
        assert_eq!(setup.send("DELETE", &uri, Value::Null).await.0, 200);
    }
    assert_eq!(setup.send("POST", MAPS, map("m")).await.0, 201, "nobody refuses any more");
}
