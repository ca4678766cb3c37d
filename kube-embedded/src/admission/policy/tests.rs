//! What policies promise. Their words are compared with a genuine server's in `tests/it/policies`.

use crate::behaviour::Behaviours;
use crate::server::Server;
use http::Request;
use serde_json::Value;
use serde_json::json;

const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn server() -> Server {
    Server::builder().seed(1).behaviours(Behaviours::bare()).build()
}

async fn send(server: &Server, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", server.admin_token()))
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap();
    let response = server.handle(request).await.unwrap();
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap();
    (code, serde_json::from_slice(&bytes).unwrap_or_default())
}

fn map(name: &str) -> Value {
    json!({"metadata": {"name": name}, "data": {"size": "1"}})
}

fn policy(expression: &str) -> Value {
    json!({"metadata": {"name": "p"}, "spec": {
        "matchConstraints": {"resourceRules": [{"apiGroups": ["*"], "apiVersions": ["*"],
            "operations": ["*"], "resources": ["*"]}]},
        "validations": [{"expression": expression}],
    }})
}

async fn register(server: &Server, expression: &str) {
    let path = format!("{GROUP}/validatingadmissionpolicies");
    let (code, told) = send(server, "POST", &path, &policy(expression)).await;
    assert_eq!(code, 201, "{told}");
}

async fn bind(server: &Server) {
    let binding = json!({"metadata": {"name": "b"},
        "spec": {"policyName": "p", "validationActions": ["Deny"]}});
    let path = format!("{GROUP}/validatingadmissionpolicybindings");
    let (code, told) = send(server, "POST", &path, &binding).await;
    assert_eq!(code, 201, "{told}");
}

#[tokio::test]
async fn a_policy_concerns_nobody_before_it_is_bound() {
    let server = server();
    register(&server, "false").await;
    assert_eq!(send(&server, "POST", MAPS, &map("early")).await.0, 201);
    bind(&server).await;
    let (code, status) = send(&server, "POST", MAPS, &map("late")).await;
    let message = "configmaps \"late\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' \
                   denied request: failed expression: false";
    assert_eq!((code, &status["message"]), (422, &json!(message)));
    assert_eq!(send(&server, "GET", &format!("{MAPS}/late"), &Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_policy_that_changes_judges_the_next_write_as_it_is_then() {
    let server = server();
    register(&server, "false").await;
    bind(&server).await;
    assert_eq!(send(&server, "POST", MAPS, &map("m")).await.0, 422);
    let path = format!("{GROUP}/validatingadmissionpolicies/p");
    let (_, mut stored) = send(&server, "GET", &path, &Value::Null).await;
    stored["spec"]["validations"][0]["expression"] = "object.data.size == '1'".into();
    let (code, changed) = send(&server, "PUT", &path, &stored).await;
    assert_eq!((code, &changed["metadata"]["generation"]), (200, &json!(2)));
    assert_eq!(send(&server, "POST", MAPS, &map("m")).await.0, 201);
    assert_eq!(send(&server, "DELETE", &path, &Value::Null).await.0, 200);
    let other = json!({"metadata": {"name": "other"}, "data": {"size": "2"}});
    assert_eq!(send(&server, "POST", MAPS, &other).await.0, 201);
}

#[tokio::test]
async fn no_policy_locks_out_who_would_change_policies() {
    let server = server();
    register(&server, "false").await;
    bind(&server).await;
    let path = format!("{GROUP}/validatingadmissionpolicybindings/b");
    assert_eq!(send(&server, "DELETE", &path, &Value::Null).await.0, 200);
    assert_eq!(send(&server, "POST", MAPS, &map("m")).await.0, 201);
}

#[tokio::test]
async fn a_policy_sees_the_version_that_it_names() {
    let server = server();
    let mut policy = policy("object.apiVersion == 'events.k8s.io/v1' && object.note == 'm'");
    policy["spec"]["matchConstraints"]["resourceRules"] = json!([{"apiGroups": ["events.k8s.io"],
        "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["events"]}]);
    policy["spec"]["validations"].as_array_mut().unwrap().push(
        json!({"expression": "request.kind.group == request.requestKind.group", "message": "seen"}),
    );
    let path = format!("{GROUP}/validatingadmissionpolicies");
    assert_eq!(send(&server, "POST", &path, &policy).await.0, 201);
    bind(&server).await;
    let event = json!({"metadata": {"name": "e"}, "type": "Normal", "reason": "R", "message": "m",
        "involvedObject": {"kind": "ConfigMap", "namespace": "default", "name": "x"},
        "source": {"component": "c"}, "count": 1});
    let path = "/api/v1/namespaces/default/events";
    let (code, status) = send(&server, "POST", path, &event).await;
    assert!(status["message"].as_str().unwrap().ends_with("denied request: seen"), "{status}");
    assert_eq!(code, 422);
}
