//! What the containers of Pods say, and what a genuine server says of those that say nothing.

use super::*;
use crate::container::{Container, Containers, Log};
use jiff::Timestamp;

/// One log for all containers.
#[derive(Debug, Default)]
struct Talking(Log);

impl Containers for Talking {
    fn log(&self, _container: &Container) -> Log {
        self.0.clone()
    }
}

fn container(name: &str) -> Value {
    json!({"name": name, "image": "none"})
}

/// A server with the Pods `one` and `two`, which run, and `waits`, which is on no node.
async fn with(containers: impl Containers) -> Client {
    let clock = Clock::new("2026-01-02T03:04:05Z".parse().unwrap());
    let builder = Server::builder().clock(clock).seed(1).behaviours(Behaviours::bare());
    let server = builder.containers(containers).build();
    let token = server.admin_token();
    let client = Client { server, token };
    for (name, containers) in [
        ("one", vec![container("a")]),
        ("two", vec![container("a"), container("b")]),
        ("waits", vec![container("a")]),
    ] {
        let mut spec = json!({"containers": containers,
            "initContainers": if name == "two" { vec![container("i")] } else { vec![] }});
        if name != "waits" {
            spec["nodeName"] = "n".into();
        }
        let pod = json!({"metadata": {"name": name}, "spec": spec});
        assert_eq!(client.post(PODS, pod).await.0, 201);
    }
    for name in ["one", "two"] {
        let status = json!({"name": "a", "ready": true, "restartCount": 0, "image": "", "imageID": "",
            "state": {"running": {}}});
        let body = json!({"status": {"phase": "Running", "containerStatuses": [status]}});
        let (code, pod) = client.merge(&format!("{PODS}/{name}/status"), body).await;
        assert_eq!(code, 200, "{pod}");
    }
    client
}

const PODS: &str = "/api/v1/namespaces/default/pods";

impl Client {
    async fn text(&self, uri: &str) -> (u16, String) {
        let response = self.raw("GET", uri, "application/json", Vec::new()).await;
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status: Value = serde_json::from_str(&text).unwrap_or_default();
        (code, status["message"].as_str().map_or(text, str::to_owned))
    }
}

#[tokio::test]
async fn a_log_is_read_in_the_parts_that_are_asked_for() {
    let talking = Talking::default();
    let log = talking.0.clone();
    log.write("2026-01-02T03:03:05Z".parse().unwrap(), "first");
    log.write("2026-01-02T03:04:00Z".parse().unwrap(), "second\nthird");
    let client = with(talking).await;
    for (query, text) in [
        ("", "first\nsecond\nthird\n"),
        ("?container=a&tailLines=1", "third\n"),
        ("?sinceSeconds=10", "second\nthird\n"),
        ("?sinceTime=2026-01-02T03:04:00Z&limitBytes=8", "second\nt"),
        ("?tailLines=1&timestamps=true", "2026-01-02T03:04:00.000000000Z third\n"),
    ] {
        let read = client.text(&format!("{PODS}/one/log{query}")).await;
        assert_eq!(read, (200, text.to_owned()), "{query}");
    }
}

#[tokio::test]
async fn who_follows_a_log_hears_what_comes_until_the_pod_has_gone() {
    let talking = Talking::default();
    let log = talking.0.clone();
    let client = with(talking).await;
    let uri = format!("{PODS}/one/log?follow=true");
    let mut body = client.raw("GET", &uri, "", Vec::new()).await.into_body();
    log.write(Timestamp::UNIX_EPOCH, "hello");
    assert_eq!(body.next().await.unwrap().unwrap(), "hello\n");
    let (pod, options) = (format!("{PODS}/one"), json!({"gracePeriodSeconds": 0}));
    let (gone, ()) = tokio::join!(client.delete(&pod, options), async {
        let waited = tokio::time::timeout(std::time::Duration::from_secs(10), body.next());
        assert!(waited.await.expect("the log ends").is_none());
    });
    assert_eq!(gone.0, 200, "{gone:?}");
}

#[tokio::test]
async fn who_may_only_look_at_a_pod_may_not_act_in_it() {
    let client = with(Talking::default()).await;
    let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    let rule = json!({"apiGroups": [""], "verbs": ["get"],
        "resources": ["pods/exec", "pods/log", "pods/attach", "pods/portforward"]});
    let role = json!({"metadata": {"name": "r"}, "rules": [rule]});
    assert_eq!(client.post(&format!("{rbac}/roles"), role).await.0, 201);
    let group = "rbac.authorization.k8s.io";
    let binding = json!({"metadata": {"name": "r"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "r"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": "joe"}]});
    assert_eq!(client.post(&format!("{rbac}/rolebindings"), binding).await.0, 201);
    for (sub, code) in [("log", 200), ("exec", 403), ("attach", 403), ("portforward", 403)] {
        let request = Request::get(format!("{PODS}/one/{sub}?stdout=1"))
            .header("authorization", format!("Bearer {}", client.token))
            .header("impersonate-user", "joe")
            .body(Bytes::new())
            .unwrap();
        assert_eq!(client.server.handle(request).await.unwrap().status(), code, "{sub}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_or_entered_is_told_in_a_genuine_servers_words() {
    let client = with(Talking::default()).await;
    // Recorded from kube-apiserver 1.36, but for what only a node knows.
    for (path, code, text) in [
        ("two/log", 400, "a container name must be specified for pod two, choose one of: [i a b]"),
        ("one/log?container=z", 400, "container z is not valid for pod one"),
        ("two/log?container=b", 400, "container \"b\" in pod \"two\" is not available"),
        ("none/log", 404, "pods \"none\" not found"),
        ("waits/log", 204, ""),
        (
            "one/log?tailLines=-1",
            422,
            "PodLogOptions \"one\" is invalid: tailLines: Invalid value: -1: must be greater than or \
             equal to 0",
        ),
        (
            "one/log?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z",
            422,
            "PodLogOptions \"one\" is invalid: []: Forbidden: at most one of `sinceTime` or \
             `sinceSeconds` may be specified",
        ),
        ("one/log?tailLines=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax"),
        (
            "one/log?previous=true",
            400,
            "previous terminated container \"a\" in pod \"one\" not found",
        ),
        ("one/log/x", 404, "the server could not find the requested resource"),
        ("one/exec?command=date&stdout=1", 400, "Upgrade request required"),
        ("waits/exec?command=date&stdout=1", 400, "pod waits does not have a host assigned"),
        ("none/exec?command=date&stdout=1", 404, "pods \"none\" not found"),
    ] {
        assert_eq!(client.text(&format!("{PODS}/{path}")).await, (code, text.to_owned()), "{path}");
    }
    let (code, _) = client.post(&format!("{PODS}/one/log"), json!({})).await;
    assert_eq!(code, 405);
}
