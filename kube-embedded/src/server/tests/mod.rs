//! The whole server in process: what a client sees.

mod autoscalers;
mod candidates;
mod certificates;
mod concurrent;
mod containers;
mod definitions;
mod nodes;
mod protobuf;
mod proxy;
mod rules;

use super::*;
use crate::behaviour::Behaviours;
use crate::clock::Clock;
use futures::StreamExt;
use serde_json::json;

pub(crate) struct Client {
    pub(crate) server: Server,
    token: String,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::with(Behaviours::bare())
    }

    fn with(behaviours: Behaviours) -> Self {
        let clock = Clock::new("2026-01-02T03:04:05Z".parse().unwrap());
        let server = Server::builder().clock(clock).seed(1).behaviours(behaviours).build();
        let token = server.admin_token();
        Self { server, token }
    }

    async fn raw(&self, method: &str, uri: &str, media: &str, body: Vec<u8>) -> Response<Body> {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", format!("Bearer {}", self.token))
            .header("user-agent", "test/1.0")
            .header("content-type", media)
            .body(Bytes::from(body))
            .unwrap();
        self.server.handle(request).await.unwrap()
    }

    async fn send(&self, method: &str, uri: &str, media: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let response = self.raw(method, uri, media, body).await;
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap();
        (code, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, uri: &str) -> (u16, Value) {
        self.send("GET", uri, "application/json", Value::Null).await
    }

    async fn post(&self, uri: &str, body: Value) -> (u16, Value) {
        self.send("POST", uri, "application/json", body).await
    }

    async fn put(&self, uri: &str, body: Value) -> (u16, Value) {
        self.send("PUT", uri, "application/json", body).await
    }

    async fn merge(&self, uri: &str, body: Value) -> (u16, Value) {
        self.send("PATCH", uri, "application/merge-patch+json", body).await
    }

    async fn apply(&self, uri: &str, body: Value) -> (u16, Value) {
        self.send("PATCH", uri, "application/apply-patch+yaml", body).await
    }

    async fn delete(&self, uri: &str, body: Value) -> (u16, Value) {
        self.send("DELETE", uri, "application/json", body).await
    }

    async fn watch(&self, uri: &str) -> Body {
        let response = self.raw("GET", uri, "application/json", Vec::new()).await;
        assert_eq!(response.status(), 200);
        response.into_body()
    }
}

/// The events of the next piece of a watch.
async fn events(body: &mut Body) -> Vec<Value> {
    let piece = body.next().await.unwrap().unwrap();
    let text = String::from_utf8(piece.to_vec()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn map(name: &str) -> Value {
    json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}, "data": {"a": "1"}})
}

fn deployment(name: &str) -> Value {
    json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": name}, "spec": {
        "selector": {"matchLabels": {"a": "x"}}, "template": {
            "metadata": {"labels": {"a": "x"}},
            "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}}})
}

#[tokio::test(start_paused = true)]
async fn an_object_lives_from_creation_to_deletion() {
    let client = Client::new();
    let (code, created) = client.post(MAPS, map("m")).await;
    assert_eq!(code, 201, "{created}");
    assert_eq!(created["metadata"]["creationTimestamp"], "2026-01-02T03:04:05Z");
    assert_eq!(created["metadata"]["managedFields"][0]["manager"], "test");
    let (code, read) = client.get(&format!("{MAPS}/m")).await;
    assert_eq!((code, &read), (200, &created));
    let (code, again) = client.put(&format!("{MAPS}/m"), map("m")).await;
    assert_eq!((code, &again), (200, &created), "nothing changed, so nothing is written");
    let (_, changed) = client.merge(&format!("{MAPS}/m"), json!({"data": {"b": "2"}})).await;
    assert_ne!(changed["metadata"]["resourceVersion"], created["metadata"]["resourceVersion"]);
    let mut stale = created.clone();
    stale["data"]["a"] = "3".into();
    let (code, conflict) = client.put(&format!("{MAPS}/m"), stale).await;
    assert_eq!((code, &conflict["reason"]), (409, &json!("Conflict")));
    let (code, gone) = client.delete(&format!("{MAPS}/m"), Value::Null).await;
    assert_eq!((code, &gone["status"]), (200, &json!("Success")));
    let (code, missing) = client.get(&format!("{MAPS}/m")).await;
    assert_eq!((code, &missing["message"]), (404, &json!("configmaps \"m\" not found")));
}

#[tokio::test(start_paused = true)]
async fn a_watch_from_a_list_misses_nothing() {
    let client = Client::new();
    client.post(MAPS, map("a")).await;
    let (_, list) = client.get(MAPS).await;
    assert_eq!(list["items"][0].get("kind"), None);
    client.post(MAPS, map("b")).await;
    let from = list["metadata"]["resourceVersion"].as_str().unwrap();
    let mut watch = client.watch(&format!("{MAPS}?watch=1&resourceVersion={from}")).await;
    let seen = events(&mut watch).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (&seen[0]["type"], &seen[0]["object"]["kind"]),
        (&json!("ADDED"), &json!("ConfigMap"))
    );
    client.merge(&format!("{MAPS}/b"), json!({"data": {"b": "2"}})).await;
    client.delete(&format!("{MAPS}/b"), Value::Null).await;
    let seen = events(&mut watch).await;
    let types: Vec<_> = seen.iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types, ["MODIFIED", "DELETED"]);
    let version = |event: &Value| {
        let text = event["object"]["metadata"]["resourceVersion"].as_str().unwrap();
        text.parse::<u64>().unwrap()
    };
    assert!(version(&seen[1]) > version(&seen[0]));
    client.server.end_watches(Some("configmaps"), Ending::Expired);
    let seen = events(&mut watch).await;
    assert_eq!(seen[0]["object"]["code"], 410);
    assert!(watch.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_streaming_list_ends_with_its_bookmark() {
    let client = Client::new();
    client.post(MAPS, map("a")).await;
    let query =
        "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watch = client.watch(&format!("{MAPS}?{query}")).await;
    let seen = events(&mut watch).await;
    let types: Vec<_> = seen.iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types, ["ADDED", "BOOKMARK"]);
    let mark = &seen[1]["object"]["metadata"];
    assert_eq!(mark["annotations"]["k8s.io/initial-events-end"], "true");
    let before = tokio::time::Instant::now();
    let seen = events(&mut watch).await;
    assert_eq!(seen[0]["type"], "BOOKMARK");
    assert_eq!(before.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_revision_is_told_within_the_stream() {
    let client = Client::new();
    client.post(MAPS, map("a")).await;
    client.server.compact();
    let mut watch = client.watch(&format!("{MAPS}?watch=1&resourceVersion=1")).await;
    let seen = events(&mut watch).await;
    assert_eq!((&seen[0]["type"], &seen[0]["object"]["code"]), (&json!("ERROR"), &json!(410)));
    assert!(watch.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_leaves_a_selection_is_deleted_to_its_watcher() {
    let client = Client::new();
    let mut watch =
        client.watch(&format!("{MAPS}?watch=1&labelSelector=on%3Dyes&resourceVersion=0")).await;
    client.post(MAPS, map("a")).await;
    client.merge(&format!("{MAPS}/a"), json!({"metadata": {"labels": {"on": "yes"}}})).await;
    client.merge(&format!("{MAPS}/a"), json!({"metadata": {"labels": null}})).await;
    let seen = events(&mut watch).await;
    let types: Vec<_> = seen.iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types, ["ADDED", "DELETED"]);
    assert_eq!(seen[1]["object"]["metadata"]["labels"]["on"], "yes");
}

#[tokio::test(start_paused = true)]
async fn pages_show_one_moment() {
    let client = Client::new();
    for name in ["a", "b", "c"] {
        client.post(MAPS, map(name)).await;
    }
    let (_, first) = client.get(&format!("{MAPS}?limit=2")).await;
    assert_eq!(first["metadata"]["remainingItemCount"], 1);
    client.delete(&format!("{MAPS}/c"), Value::Null).await;
    let token = first["metadata"]["continue"].as_str().unwrap();
    let (_, second) = client.get(&format!("{MAPS}?limit=2&continue={token}")).await;
    assert_eq!(second["items"][0]["metadata"]["name"], "c");
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    client.server.compact();
    let (code, expired) = client.get(&format!("{MAPS}?limit=2&continue={token}")).await;
    assert_eq!((code, &expired["reason"]), (410, &json!("Expired")));
    assert!(expired["metadata"]["continue"].is_string());
}

#[tokio::test(start_paused = true)]
async fn finalizers_hold_an_object_until_the_last_is_gone() {
    let client = Client::new();
    let mut object = deployment("d");
    object["metadata"]["finalizers"] = json!(["ex.com/a"]);
    let (code, created) = client.post(DEPLOYMENTS, object).await;
    assert_eq!((code, &created["metadata"]["generation"]), (201, &json!(1)), "{created}");
    let one = format!("{DEPLOYMENTS}/d");
    let (code, held) = client.delete(&one, Value::Null).await;
    assert_eq!((code, &held["metadata"]["generation"]), (200, &json!(2)));
    assert!(held["metadata"]["deletionTimestamp"].is_string());
    let (_, again) = client.delete(&one, Value::Null).await;
    assert_eq!(again, held);
    let (code, answer) = client.merge(&one, json!({"metadata": {"finalizers": null}})).await;
    assert_eq!(
        (code, &answer["metadata"]["resourceVersion"]),
        (200, &held["metadata"]["resourceVersion"])
    );
    assert_eq!(client.get(&one).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn status_and_spec_are_written_apart() {
    let client = Client::new();
    let (_, created) = client.post(DEPLOYMENTS, deployment("d")).await;
    assert_eq!(created["status"], json!({}));
    let one = format!("{DEPLOYMENTS}/d");
    let status = json!({"status": {"replicas": 1}, "spec": {"replicas": 9}});
    let (code, changed) = client.merge(&format!("{one}/status"), status).await;
    assert_eq!((code, &changed["spec"]["replicas"]), (200, &json!(1)), "{changed}");
    assert_eq!(
        (&changed["status"]["replicas"], &changed["metadata"]["generation"]),
        (&json!(1), &json!(1))
    );
    let (_, changed) =
        client.merge(&one, json!({"status": {"replicas": 7}, "spec": {"replicas": 3}})).await;
    assert_eq!(
        (&changed["status"]["replicas"], &changed["metadata"]["generation"]),
        (&json!(1), &json!(2))
    );
    let (code, scale) =
        client.merge(&format!("{one}/scale"), json!({"spec": {"replicas": 5}})).await;
    assert_eq!(
        (code, &scale["kind"], &scale["spec"]["replicas"]),
        (200, &json!("Scale"), &json!(5))
    );
    assert_eq!(client.get(&one).await.1["metadata"]["generation"], 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_applied_again_is_not_written() {
    let client = Client::new();
    let one = format!("{DEPLOYMENTS}/d?fieldManager=me");
    let (code, created) = client.apply(&one, deployment("d")).await;
    assert_eq!(code, 201, "{created}");
    assert_eq!(created["spec"]["replicas"], 1);
    let (code, again) = client.apply(&one, deployment("d")).await;
    assert_eq!((code, &again), (200, &created));
    let mut other = deployment("d");
    other["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2".into();
    let (code, conflict) = client.apply(&format!("{DEPLOYMENTS}/d?fieldManager=you"), other).await;
    assert_eq!(code, 409);
    let text = "Apply failed with 1 conflict: conflict with \"me\": \
                .spec.template.spec.containers[name=\"c\"].image";
    assert_eq!(conflict["message"], text);
    let (code, missing) = client.apply(&format!("{DEPLOYMENTS}/d"), deployment("d")).await;
    assert_eq!((code, &missing["reason"]), (422, &json!("Invalid")));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_leaves_no_trace() {
    let client = Client::new();
    let before = client.server.revision();
    let (code, created) = client.post(&format!("{MAPS}?dryRun=All"), map("m")).await;
    assert_eq!(code, 201);
    assert_eq!(created["metadata"].get("resourceVersion"), None);
    assert!(created["metadata"]["uid"].is_string());
    assert_eq!(client.server.revision(), before);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_worded_as_the_api_server_words_them() {
    let client = Client::new();
    let text =
        |answer: (u16, Value)| (answer.0, answer.1["message"].as_str().unwrap_or("").to_owned());
    let (code, message) = text(client.post(MAPS, json!({"metadata": {}})).await);
    assert_eq!(code, 422);
    assert_eq!(
        message,
        "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required"
    );
    let (code, message) = text(client.get("/api/v1/nope").await);
    assert_eq!((code, message.as_str()), (404, "the server could not find the requested resource"));
    let (code, message) = text(client.delete("/api/v1/namespaces", Value::Null).await);
    assert_eq!(
        (code, message.as_str()),
        (405, "the server does not allow this method on the requested resource")
    );
    let (code, message) = text(client.get(&format!("{MAPS}?fieldSelector=spec.x%3D1")).await);
    assert_eq!(code, 400);
    assert!(message.contains("is not a known field selector"), "{message}");
    let strict = json!({"metadata": {"name": "x"}, "dato": {}});
    let (code, message) =
        text(client.post(&format!("{MAPS}?fieldValidation=Strict"), strict.clone()).await);
    assert_eq!(code, 400);
    let wanted = "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"dato\"";
    assert_eq!(message, wanted);
    let response =
        client.raw("POST", MAPS, "application/json", strict.to_string().into_bytes()).await;
    assert_eq!(response.headers()["warning"], "299 - \"unknown field \\\"dato\\\"\"");
}

#[tokio::test(start_paused = true)]
async fn without_a_good_token_nothing_is_told() {
    let client = Client::new();
    let ask = async |token: Option<&str>, uri: &str| {
        let mut request = Request::builder().uri(uri);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = client.server.handle(request.body(Bytes::new()).unwrap()).await.unwrap();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap();
        (code, String::from_utf8(bytes.to_vec()).unwrap())
    };
    assert_eq!(ask(Some("wrong"), "/api/v1/pods").await.0, 401);
    let (code, body) = ask(None, "/api/v1/pods").await;
    assert_eq!(code, 403);
    assert!(body.contains("pods is forbidden: User \\\"system:anonymous\\\" cannot list resource \\\"pods\\\" in API group \\\"\\\" at the cluster scope"), "{body}");
    assert_eq!(ask(None, "/version").await.0, 200);
    let entry = client.server.journal().pop().unwrap();
    assert_eq!((entry.path.as_str(), entry.status), ("/version", 200));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_leaves_the_write_done() {
    let client = Client::new();
    client.server.faults().inject(crate::Fault::lose_answer().on("create", "configmaps"));
    let request = Request::builder()
        .method("POST")
        .uri(MAPS)
        .header("authorization", format!("Bearer {}", client.token))
        .body(Bytes::from(map("m").to_string()))
        .unwrap();
    assert_eq!(client.server.handle(request).await.unwrap_err(), Disconnected);
    assert_eq!(client.get(&format!("{MAPS}/m")).await.0, 200);
    assert_eq!(client.server.faults().hits()[0].fault, "lose answer");
}

#[tokio::test(start_paused = true)]
async fn a_running_pod_ends_gracefully_and_an_unscheduled_one_at_once() {
    let client = Client::new();
    let pods = "/api/v1/namespaces/default/pods";
    let pod = json!({"metadata": {"name": "p"}, "spec": {"nodeName": "n",
        "containers": [{"name": "c", "image": "i"}]}});
    let (code, created) = client.post(pods, pod).await;
    assert_eq!(code, 201, "{created}");
    let one = format!("{pods}/p");
    let (_, ending) = client.delete(&one, Value::Null).await;
    assert_eq!(ending["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(ending["metadata"]["deletionTimestamp"], "2026-01-02T03:04:35Z");
    let (_, shorter) = client.delete(&one, json!({"gracePeriodSeconds": 5})).await;
    assert_eq!(shorter["metadata"]["deletionTimestamp"], "2026-01-02T03:04:10Z");
    let (code, gone) = client.delete(&one, json!({"gracePeriodSeconds": 0})).await;
    assert_eq!((code, &gone["metadata"]["deletionGracePeriodSeconds"]), (200, &json!(0)));
    assert_eq!(client.get(&one).await.0, 404);
    let pod =
        json!({"metadata": {"name": "q"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    client.post(pods, pod).await;
    assert_eq!(client.delete(&format!("{pods}/q"), Value::Null).await.1["kind"], "Pod");
    assert_eq!(client.get(&format!("{pods}/q")).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_not_replaced_blindly() {
    let client = Client::new();
    let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    let lease = json!({"metadata": {"name": "l"}, "spec": {"holderIdentity": "me",
        "renewTime": "2026-01-02T03:04:05.000001Z"}});
    let one = format!("{leases}/l");
    assert_eq!(client.put(&one, lease.clone()).await.0, 201);
    let (code, refused) = client.put(&one, lease).await;
    assert_eq!(code, 422);
    let text = "leases.coordination.k8s.io \"l\" is invalid: metadata.resourceVersion: Invalid \
                value: 0: must be specified for an update";
    assert_eq!(refused["message"], text);
}

#[tokio::test(start_paused = true)]
async fn a_slow_watcher_is_ended_and_the_others_go_on() {
    let server =
        Server::builder().seed(1).behaviours(Behaviours::bare()).history(10, 1 << 20).build();
    let token = server.admin_token();
    let client = Client { server, token };
    let from = client.server.revision();
    let mut slow = client.watch(&format!("{MAPS}?watch=1&resourceVersion={from}")).await;
    for round in 0..20 {
        client.post(MAPS, map(&format!("m{round}"))).await;
    }
    assert!(slow.next().await.is_none(), "what it needs is forgotten");
    let mut late = client.watch(&format!("{MAPS}?watch=1&resourceVersion={}", from + 15)).await;
    assert_eq!(events(&mut late).await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn many_hours_of_an_idle_watch_cost_a_bookmark_a_minute() {
    let client = Client::new();
    let query = "watch=1&allowWatchBookmarks=true&resourceVersion=0&timeoutSeconds=3600";
    let mut watch = client.watch(&format!("{MAPS}?{query}")).await;
    assert_eq!(events(&mut watch).await.len(), 1);
    let before = tokio::time::Instant::now();
    let mut pieces = 0;
    while let Some(piece) = watch.next().await {
        assert!(piece.unwrap().starts_with(b"{\"type\":\"BOOKMARK\""));
        pieces += 1;
    }
    assert_eq!(before.elapsed().as_secs(), 3600);
    assert!((59..=60).contains(&pieces), "{pieces}");
}

#[tokio::test(start_paused = true)]
async fn planned_endings_of_watches_come_as_planned() {
    let client = Client::new();
    let watch = |after, ending| {
        client.server.faults().inject(crate::Fault::end_watch(after, ending));
        client.watch("/api/v1/configmaps?watch=1&resourceVersion=0")
    };
    client.post(MAPS, map("a")).await;
    client.post(MAPS, map("b")).await;
    let mut closed = watch(1, Ending::Close).await;
    assert_eq!(events(&mut closed).await.len(), 2, "the state is told as a whole");
    assert!(closed.next().await.is_none());
    let mut cut = watch(0, Ending::CutInFrame).await;
    assert_eq!(events(&mut cut).await.len(), 2);
    let half = cut.next().await.unwrap().unwrap();
    assert!(serde_json::from_slice::<Value>(&half).is_err());
    assert!(cut.next().await.unwrap().is_err());
    assert!(cut.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_delayed_request_waits_on_the_servers_clock() {
    let client = Client::new();
    let delay = std::time::Duration::from_secs(7);
    client.server.faults().inject(crate::Fault::delay(delay).on("list", "pods"));
    let before = tokio::time::Instant::now();
    assert_eq!(client.get("/api/v1/pods").await.0, 200);
    assert_eq!(before.elapsed(), delay);
}

#[tokio::test(start_paused = true)]
async fn who_asks_to_be_another_is_that_other_if_allowed() {
    let client = Client::new();
    let ask = async |token: &str| {
        let request = Request::builder()
            .uri(MAPS)
            .header("authorization", format!("Bearer {token}"))
            .header("impersonate-user", "bob");
        let answer = client.server.handle(request.body(Bytes::new()).unwrap()).await.unwrap();
        let bytes = answer.into_body().collect().await.unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()["message"].clone()
    };
    let text = "configmaps is forbidden: User \"bob\" cannot list resource \"configmaps\" in API \
                group \"\" in the namespace \"default\"";
    assert_eq!(ask(&client.token).await, text);
    let eve = client.server.user_token("eve", &[]);
    let text = "users \"bob\" is forbidden: User \"eve\" cannot impersonate resource \"users\" in \
                API group \"\" at the cluster scope";
    assert_eq!(ask(&eve).await, text);
}
