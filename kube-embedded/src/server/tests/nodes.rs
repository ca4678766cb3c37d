//! A Pod's node: a scheduler gives it, an eviction takes it away, and containers join the Pod there.

use super::*;

const PODS: &str = "/api/v1/namespaces/default/pods";
const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

impl Client {
    /// A Pod with the label `app` that runs, and is ready.
    async fn runs(&self, name: &str, app: &str) {
        let pod = json!({"metadata": {"name": name, "labels": {"app": app}}, "spec": {
            "nodeName": "n", "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "a", "image": "i"}]}});
        assert_eq!(self.post(PODS, pod).await.0, 201);
        let ready = json!({"type": "Ready", "status": "True"});
        let status = json!({"status": {"phase": "Running", "conditions": [ready]}});
        assert_eq!(self.merge(&format!("{PODS}/{name}/status"), status).await.0, 200);
    }

    async fn evict(&self, name: &str, query: &str) -> (u16, String) {
        let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": {"name": name}});
        self.told(&format!("{PODS}/{name}/eviction{query}"), eviction).await
    }

    /// The code of a creation, and the message or the first cause.
    async fn told(&self, uri: &str, body: Value) -> (u16, String) {
        let (code, answer) = self.post(uri, body).await;
        let cause = &answer["details"]["causes"][0]["message"];
        let text = cause.as_str().or(answer["message"].as_str()).unwrap_or_default();
        (code, text.to_owned())
    }

    async fn budget(&self, name: &str, status: Value) {
        let budget = json!({"metadata": {"name": name}, "spec": {"minAvailable": 2,
            "selector": {"matchLabels": {"app": "b"}}}});
        assert_eq!(self.post(BUDGETS, budget).await.0, 201);
        let (code, _) =
            self.merge(&format!("{BUDGETS}/{name}/status"), json!({"status": status})).await;
        assert_eq!(code, 200);
    }
}

#[tokio::test]
async fn an_eviction_deletes_a_pod_unless_its_budget_is_spent() {
    let client = Client::new();
    client.runs("one", "a").await;
    client.runs("two", "b").await;
    client.runs("three", "b").await;
    // The words of kube-apiserver 1.36, recorded.
    assert_eq!(client.evict("none", "").await, (404, "pods \"none\" not found".to_owned()));
    let other = json!({"metadata": {"name": "other"}});
    let mismatch = "name in URL does not match name in Eviction object";
    let told = client.told(&format!("{PODS}/one/eviction"), other).await;
    assert_eq!(told, (400, mismatch.to_owned()));
    let pod = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "one"}});
    let told = client.told(&format!("{PODS}/one/eviction"), pod).await;
    let foreign = "Pod in version \"v1\" cannot be handled as a Eviction: converting (v1.Pod) to \
                   (policy.Eviction): unknown conversion";
    assert_eq!(told, (400, foreign.to_owned()));
    assert_eq!(client.evict("one", "?dryRun=All").await.0, 201);
    assert_eq!(client.get(&format!("{PODS}/one")).await.0, 200);
    assert_eq!(client.evict("one", "").await.0, 201);
    assert_eq!(client.get(&format!("{PODS}/one")).await.0, 404);

    let counted = |allowed: i64| {
        json!({"observedGeneration": 1, "desiredHealthy": 2,
        "currentHealthy": 2 + allowed, "expectedPods": 3, "disruptionsAllowed": allowed})
    };
    client.budget("pdb", counted(0)).await;
    let spent = "The disruption budget pdb needs 2 healthy pods and has 2 currently";
    assert_eq!(client.evict("two", "").await, (429, spent.to_owned()));
    let raised = json!({"status": counted(1)});
    assert_eq!(client.merge(&format!("{BUDGETS}/pdb/status"), raised).await.0, 200);
    assert_eq!(client.evict("two", "").await.0, 201);
    let (_, budget) = client.get(&format!("{BUDGETS}/pdb")).await;
    assert_eq!(budget["status"]["disruptionsAllowed"], 0);
    assert!(budget["status"]["disruptedPods"]["two"].is_string(), "{budget}");
    assert_eq!(client.evict("three", "").await.0, 429);

    client.budget("second", json!({})).await;
    let both = "This pod has more than one PodDisruptionBudget, which the eviction subresource does \
                not support.";
    assert_eq!(client.evict("three", "").await, (500, both.to_owned()));
}

#[tokio::test]
async fn a_budget_that_nobody_has_counted_yet_forbids() {
    let client = Client::new();
    client.runs("one", "b").await;
    client.budget("pdb", json!({})).await;
    let early = "The disruption budget pdb is still being processed by the server.";
    assert_eq!(client.evict("one", "").await, (429, early.to_owned()));
}

#[tokio::test]
async fn a_scheduler_binds_a_pod_once() {
    let client = Client::new();
    let pod =
        json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "image": "i"}]}});
    assert_eq!(client.post(PODS, pod).await.0, 201);
    let itself = client.merge(&format!("{PODS}/p"), json!({"spec": {"nodeName": "n"}})).await;
    assert_eq!(itself.0, 422, "only a binding gives it one");
    let uri = format!("{PODS}/p/binding");
    let wrong = json!({"target": {"kind": "Foo"}});
    let text = "[target.kind: Unsupported value: \"Foo\": supported values: \"Node\", \"<empty>\", \
                target.name: Required value]";
    assert_eq!(client.told(&uri, wrong).await, (500, text.to_owned()));
    let binding = json!({"target": {"kind": "Node", "name": "n"}});
    assert_eq!(client.told(&uri, binding.clone()).await.0, 201);
    let (_, bound) = client.get(&format!("{PODS}/p")).await;
    assert_eq!(
        (&bound["spec"]["nodeName"], &bound["metadata"]["generation"]),
        (&json!("n"), &json!(1))
    );
    let condition = &bound["status"]["conditions"][0];
    assert_eq!(
        (&condition["type"], &condition["status"]),
        (&json!("PodScheduled"), &json!("True"))
    );
    let twice = "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to \
                 node \"n\"";
    assert_eq!(client.told(&uri, binding).await, (409, twice.to_owned()));
}

#[tokio::test]
async fn containers_join_a_running_pod_and_stay_as_they_are() {
    let client = Client::new();
    client.runs("p", "a").await;
    let uri = format!("{PODS}/p/ephemeralcontainers");
    let add = async |containers: Value| {
        let body = json!({"metadata": {"labels": {"x": "y"}}, "spec": {"ephemeralContainers": containers}});
        let (code, answer) =
            client.send("PATCH", &uri, "application/strategic-merge-patch+json", body).await;
        (code, answer)
    };
    let (code, pod) = add(json!([{"name": "d", "image": "b"}])).await;
    assert_eq!((code, &pod["metadata"]["labels"]), (200, &json!({"app": "a"})), "{pod}");
    assert_eq!(pod["spec"]["ephemeralContainers"][0]["image"], "b");
    let (code, refused) = add(json!([{"name": "d", "image": "c"}])).await;
    let text = "existing ephemeral containers \"d\" may not be changed";
    assert!(code == 422 && refused.to_string().contains(&text.replace('"', "\\\"")), "{refused}");
    let (code, refused) = add(json!([{"name": "a", "image": "c"}])).await;
    let text = "Pod \"p\" is invalid: spec.ephemeralContainers[0].name: Duplicate value: \"a\"";
    assert_eq!((code, &refused["message"]), (422, &json!(text)));
    let (code, _) =
        client.merge(&format!("{PODS}/p"), json!({"spec": {"ephemeralContainers": []}})).await;
    assert_eq!(code, 422);
}
