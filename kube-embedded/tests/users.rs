//! Users, roles and definitions as a client meets them: requests in process, answers checked.

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use kube_embedded::Clock;
use kube_embedded::Server;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;

struct Client<'a> {
    server: &'a Server,
    token: String,
}

impl Client<'_> {
    async fn send(&self, method: &str, path: &str, accept: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let mut request = Request::builder().method(method).uri(path).header("accept", accept);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let request = request.body(body).expect("a good request");
        let answer = self.server.handle(request).await.expect("no fault is planned");
        let code = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.expect("a whole body");
        (code, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, "application/json", Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (code, answer) = self.send("POST", path, "application/json", body).await;
        assert_eq!(code, 201, "{answer}");
        answer
    }
}

fn server() -> Server {
    Server::builder().clock(Clock::new(Timestamp::UNIX_EPOCH)).seed(7).build()
}

fn admin(server: &Server) -> Client<'_> {
    Client { server, token: server.admin_token() }
}

async fn pass(milliseconds: u64) {
    #[expect(clippy::disallowed_methods, reason = "the clock of the test is stopped")]
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.g.ex" },
        "spec": {
            "group": "g.ex", "scope": "Namespaced",
            "names": { "plural": "widgets", "kind": "Widget", "shortNames": ["wg"] },
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": { "status": {} },
                "additionalPrinterColumns": [
                    { "name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas" },
                ],
                "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": {
                    "type": "object",
                    "properties": { "replicas": { "type": "integer", "default": 1 } },
                } } } },
            }],
        },
    })
}

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// A service account that may get widgets in `default`, and its token.
async fn reader(server: &Server) -> Client<'_> {
    let admin = admin(server);
    let namespace = "/api/v1/namespaces/default";
    let accounts = format!("{namespace}/serviceaccounts");
    admin.post(&accounts, json!({ "metadata": { "name": "reader" } })).await;
    let rule = json!({ "apiGroups": ["g.ex"], "resources": ["widgets"], "verbs": ["get"] });
    let role = json!({ "metadata": { "name": "reader" }, "rules": [rule] });
    admin.post(&format!("{RBAC}/clusterroles"), role).await;
    let binding = json!({
        "metadata": { "name": "reader" },
        "roleRef": { "kind": "ClusterRole", "name": "reader", "apiGroup": "rbac.authorization.k8s.io" },
        "subjects": [{ "kind": "ServiceAccount", "name": "reader", "namespace": "default" }],
    });
    admin.post(&format!("{RBAC}/namespaces/default/rolebindings"), binding).await;
    let request = json!({ "spec": { "expirationSeconds": 600 } });
    let answer = admin.post(&format!("{accounts}/reader/token"), request).await;
    let token = answer["status"]["token"].as_str().expect("a token").to_owned();
    Client { server, token }
}

#[tokio::test(start_paused = true)]
async fn a_service_account_may_do_what_its_role_says_and_no_more() {
    let server = server();
    admin(&server)
        .post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition())
        .await;
    pass(1000).await;
    let reader = reader(&server).await;
    let widgets = "/apis/g.ex/v1/namespaces/default/widgets";
    let (code, missing) = reader.get(&format!("{widgets}/shop")).await;
    assert_eq!((code, &missing["message"]), (404, &json!("widgets.g.ex \"shop\" not found")));
    let (code, refused) = reader.get(widgets).await;
    assert_eq!(code, 403);
    assert_eq!(
        refused["message"],
        "widgets.g.ex is forbidden: User \"system:serviceaccount:default:reader\" cannot list resource \
         \"widgets\" in API group \"g.ex\" in the namespace \"default\""
    );
    let (_, elsewhere) = reader.get("/apis/g.ex/v1/namespaces/prod/widgets/shop").await;
    assert_eq!(
        elsewhere["message"],
        "widgets.g.ex \"shop\" is forbidden: User \"system:serviceaccount:default:reader\" cannot get \
         resource \"widgets\" in API group \"g.ex\" in the namespace \"prod\""
    );
    let question = json!({ "spec": { "resourceAttributes": {
        "verb": "get", "group": "g.ex", "resource": "widgets", "namespace": "default",
    } } });
    let reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let answer = reader.post(reviews, question).await;
    assert_eq!(
        answer["status"],
        json!({
            "allowed": true,
            "reason": "RBAC: allowed by RoleBinding \"reader/default\" of ClusterRole \"reader\" to \
                       ServiceAccount \"reader/default\"",
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_taken_away_holds_no_longer() {
    let server = server();
    let reader = reader(&server).await;
    let widget = "/apis/g.ex/v1/namespaces/default/widgets/shop";
    assert_eq!(reader.get(widget).await.0, 404);
    let binding = format!("{RBAC}/namespaces/default/rolebindings/reader");
    admin(&server).send("DELETE", &binding, "application/json", Value::Null).await;
    assert_eq!(reader.get(widget).await.0, 403);
}

#[tokio::test(start_paused = true)]
async fn a_token_ends_after_its_time_or_with_its_account() {
    let server = server();
    let (first, namespace) = (reader(&server).await, "/api/v1/namespaces/default");
    let review = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let me = first.post(review, json!({})).await;
    assert_eq!(me["status"]["userInfo"]["username"], "system:serviceaccount:default:reader");
    pass(599_000).await;
    assert_eq!(first.get("/version").await.0, 200);
    pass(2_000).await;
    let (code, refused) = first.get("/version").await;
    assert_eq!((code, &refused["message"]), (401, &json!("Unauthorized")));
    let token = server.service_account_token("default", "reader").unwrap();
    let second = Client { server: &server, token };
    assert_eq!(second.get("/version").await.0, 200);
    let account = format!("{namespace}/serviceaccounts/reader");
    admin(&server).send("DELETE", &account, "application/json", Value::Null).await;
    assert_eq!(second.get("/version").await.0, 401);
    assert_eq!(server.service_account_token("default", "reader"), None);
}

#[tokio::test(start_paused = true)]
async fn a_token_may_come_in_the_path_and_is_not_journaled() {
    let server = server();
    let nobody = Client { server: &server, token: String::new() };
    let path = format!("/.token/{}/api/v1/namespaces?limit=1", server.admin_token());
    let (code, list) = nobody.get(&path).await;
    assert_eq!((code, &list["kind"]), (200, &json!("NamespaceList")));
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "the query is kept");
    assert_eq!(nobody.get("/.token/wrong/api/v1/namespaces").await.0, 401);
    assert_eq!(nobody.get("/api/v1/namespaces").await.0, 403);
    let journal = format!("{:?}", server.journal());
    assert!(!journal.contains(&server.admin_token()), "{journal}");
    assert!(!format!("{server:?}").contains(&server.admin_token()));
}

#[tokio::test(start_paused = true)]
async fn a_definition_brings_discovery_and_a_table() {
    let server = server();
    let admin = admin(&server);
    admin.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition()).await;
    pass(1000).await;
    let (_, resources) = admin.get("/apis/g.ex/v1").await;
    let names: Vec<&Value> =
        resources["resources"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["widgets", "widgets/status"]);
    let widgets = "/apis/g.ex/v1/namespaces/default/widgets";
    let widget = json!({
        "apiVersion": "g.ex/v1", "kind": "Widget", "metadata": { "name": "shop" }, "spec": {},
    });
    admin.post(widgets, widget).await;
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    let (_, table) = admin.send("GET", widgets, accept, Value::Null).await;
    assert_eq!(table["rows"][0]["cells"], json!(["shop", 1]));
    let definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.g.ex";
    admin.send("DELETE", definition, "application/json", Value::Null).await;
    pass(1000).await;
    assert_eq!(admin.get("/apis/g.ex/v1").await.0, 404);
    assert_eq!(admin.get(widgets).await.0, 404);
}
