//! What the conversion of custom kinds by a webhook promises, with a webhook that a script plays.

use crate::behaviour::Behaviours;
use crate::outbound::Answering;
use crate::outbound::Outbound;
use crate::outbound::OutboundCall;
use crate::outbound::OutboundError;
use crate::server::Server;
use bytes::Bytes;
use futures::StreamExt;
use http::Request;
use parking_lot::Mutex;
use serde_json::Value;
use serde_json::json;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

type Spoil = dyn Fn(&mut Value) -> Result<(), OutboundError> + Send + Sync;

/// A webhook that turns `size: 1` of v1 into `width: "1"` of v2 and back, and may spoil its answer.
struct Converter {
    spoil: Mutex<Box<Spoil>>,
    /// The versions that it was asked for, with the names of the objects.
    asked: Mutex<Vec<String>>,
    /// Where the last call went.
    place: Mutex<String>,
}

impl fmt::Debug for Converter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Converter")
    }
}

impl Outbound for Converter {
    fn call(&self, call: OutboundCall) -> Answering<'_> {
        let request = &call.body["request"];
        let desired = request["desiredAPIVersion"].as_str().unwrap();
        let objects = request["objects"].as_array().unwrap();
        let names = objects.iter().map(|object| {
            assert_eq!(object["metadata"].get("resourceVersion"), None);
            object["metadata"]["name"].as_str().unwrap()
        });
        let names: Vec<&str> = names.collect();
        *self.place.lock() = call.place.url();
        self.asked.lock().push(format!("{desired} {}", names.join(" ")));
        let converted: Vec<Value> =
            objects.iter().map(|object| converted(object, desired)).collect();
        let mut answer = json!({
            "kind": "ConversionReview",
            "apiVersion": call.body["apiVersion"],
            "response": {"uid": request["uid"], "result": {"status": "Success"},
                "convertedObjects": converted},
        });
        let spoiled = (self.spoil.lock())(&mut answer);
        Box::pin(async move { spoiled.map(|()| answer) })
    }
}

fn converted(object: &Value, desired: &str) -> Value {
    let mut object = object.clone();
    let spec = &object["spec"];
    let width = spec["width"].as_str().map_or(0, |width| width.parse().unwrap());
    let size = spec["size"].as_i64().unwrap_or(width);
    object["spec"] = match desired {
        "g.ex/v1" => json!({"size": size}),
        _ => json!({"width": size.to_string()}),
    };
    object["apiVersion"] = desired.into();
    object
}

struct Setup {
    server: Server,
    converter: Arc<Converter>,
}

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const V1: &str = "/apis/g.ex/v1/namespaces/default/gadgets";
const V2: &str = "/apis/g.ex/v2/namespaces/default/gadgets";

impl Setup {
    async fn new() -> Self {
        let converter = Arc::new(Converter {
            spoil: Mutex::new(Box::new(|_| Ok(()))),
            asked: Mutex::default(),
            place: Mutex::default(),
        });
        let server = Server::builder()
            .seed(1)
            .behaviours(Behaviours::bare())
            .outbound(Arc::clone(&converter))
            .build();
        let setup = Self { server, converter };
        let (code, answer) = setup.send("POST", DEFINITIONS, definition()).await;
        assert_eq!(code, 201, "{answer}");
        pass().await;
        setup
    }

    async fn send(&self, method: &str, uri: &str, body: Value) -> (u16, Value) {
        let response = self.respond(method, uri, body).await;
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap();
        (code, serde_json::from_slice(&bytes).unwrap())
    }

    async fn respond(&self, method: &str, uri: &str, body: Value) -> http::Response<crate::Body> {
        let media = match method {
            "PATCH" => "application/merge-patch+json",
            "APPLY" => "application/apply-patch+yaml",
            _ => "application/json",
        };
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let request = Request::builder()
            .method(if method == "APPLY" { "PATCH" } else { method })
            .uri(uri)
            .header("authorization", format!("Bearer {}", self.server.admin_token()))
            .header("content-type", media)
            .body(body)
            .unwrap();
        self.server.handle(request).await.unwrap()
    }

    async fn get(&self, uri: &str) -> Value {
        let (code, answer) = self.send("GET", uri, Value::Null).await;
        assert_eq!(code, 200, "{answer}");
        answer
    }

    /// What was asked for so far; it is not told twice.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.converter.asked.lock())
    }

    fn spoil(
        &self,
        spoil: impl Fn(&mut Value) -> Result<(), OutboundError> + Send + Sync + 'static,
    ) {
        *self.converter.spoil.lock() = Box::new(spoil);
    }

    fn stored(&self, name: &str) -> Value {
        let all = self.server.dump().into_iter();
        let mut found = all.filter(|(resource, value)| {
            resource == "g.ex/gadgets" && value["metadata"]["name"] == name
        });
        found.next().unwrap().1
    }
}

/// With the clock stopped, this is as long as everything that is due takes.
async fn pass() {
    let five = Duration::from_secs(5);
    let _ = tokio::time::timeout(five, std::future::pending::<()>()).await;
}

fn definition() -> Value {
    let version = |name: &str, storage: bool, field: &str, type_: &str| {
        let spec = json!({"type": "object", "properties": {
            field: {"type": type_},
            format!("in{name}"): {"type": "string", "default": name}}});
        json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema":
            {"type": "object", "properties": {"spec": spec}}},
            "selectableFields": [{"jsonPath": format!(".spec.{field}")}]})
    };
    let versions =
        [version("v1", true, "size", "integer"), version("v2", false, "width", "string")];
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.g.ex"}, "spec": {
            "group": "g.ex", "scope": "Namespaced", "versions": versions,
            "names": {"plural": "gadgets", "kind": "Gadget"},
            "conversion": {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"],
                "clientConfig": {"url": "https://hook/convert"}}}}})
}

fn gadget(version: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": format!("g.ex/{version}"), "kind": "Gadget", "metadata": {"name": name},
        "spec": spec})
}

#[tokio::test(start_paused = true)]
async fn an_object_is_stored_in_one_version_and_shown_in_every_other() {
    let setup = Setup::new().await;
    let (code, made) = setup.send("POST", V1, gadget("v1", "a", &json!({"size": 1}))).await;
    assert_eq!((code, &made["spec"]), (201, &json!({"size": 1, "inv1": "v1"})));
    assert_eq!(setup.asked(), [""; 0], "the stored version is not converted");
    let (code, made) = setup.send("POST", V2, gadget("v2", "b", &json!({"width": "2"}))).await;
    assert_eq!((code, &made["spec"]), (201, &json!({"width": "2"})), "{made}");
    assert_eq!(made["apiVersion"], "g.ex/v2");
    let stored = setup.stored("b");
    assert_eq!((&stored["apiVersion"], &stored["spec"]["size"]), (&json!("g.ex/v1"), &json!(2)));
    setup.asked();
    let read = setup.get(&format!("{V2}/a")).await;
    assert_eq!((&read["apiVersion"], &read["spec"]), (&json!("g.ex/v2"), &json!({"width": "1"})));
    assert_eq!(
        read["metadata"]["resourceVersion"],
        setup.stored("a")["metadata"]["resourceVersion"]
    );
    assert_eq!(setup.asked(), ["g.ex/v2 a"]);
    let list = setup.get(V2).await;
    let widths: Vec<&Value> =
        list["items"].as_array().unwrap().iter().map(|item| &item["spec"]["width"]).collect();
    assert_eq!(widths, ["1", "2"]);
    assert_eq!(setup.asked(), ["g.ex/v2 a b"], "a list is converted by one call");
}

#[tokio::test(start_paused = true)]
async fn an_object_is_changed_through_every_version() {
    let setup = Setup::new().await;
    setup.send("POST", V1, gadget("v1", "a", &json!({"size": 1}))).await;
    let uri = format!("{V2}/a");
    let (code, changed) = setup.send("PATCH", &uri, json!({"spec": {"width": "7"}})).await;
    assert_eq!((code, &changed["spec"]["width"]), (200, &json!("7")), "{changed}");
    assert_eq!(setup.stored("a")["spec"]["size"], 7);
    let mut next = setup.get(&uri).await;
    next["spec"]["width"] = "8".into();
    let (code, changed) = setup.send("PUT", &uri, next).await;
    assert_eq!((code, &changed["metadata"]["generation"]), (200, &json!(3)), "{changed}");
    assert_eq!(setup.get(&format!("{V1}/a")).await["spec"]["size"], 8);
    let (code, _) = setup.send("DELETE", &uri, Value::Null).await;
    assert_eq!(code, 200);
    assert_eq!(setup.send("GET", &uri, Value::Null).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_watch_shows_the_version_that_it_is_for() {
    let setup = Setup::new().await;
    setup.send("POST", V1, gadget("v1", "a", &json!({"size": 1}))).await;
    let mut watch = setup.respond("GET", &format!("{V2}?watch=1"), Value::Null).await.into_body();
    let mut next = async || {
        let piece = watch.next().await.unwrap().unwrap();
        let event: Value = serde_json::from_slice(&piece).unwrap();
        (event["type"].clone(), event["object"].clone())
    };
    let (type_, object) = next().await;
    assert_eq!((&type_, &object["spec"]["width"]), (&json!("ADDED"), &json!("1")));
    setup.send("PATCH", &format!("{V1}/a"), json!({"spec": {"size": 2}})).await;
    let (type_, object) = next().await;
    assert_eq!((&type_, &object["spec"]["width"]), (&json!("MODIFIED"), &json!("2")));
    setup.send("DELETE", &format!("{V1}/a"), Value::Null).await;
    let (type_, object) = next().await;
    assert_eq!((&type_, &object["spec"]["width"]), (&json!("DELETED"), &json!("2")));
    assert_eq!(object["apiVersion"], "g.ex/v2");
}

#[tokio::test(start_paused = true)]
async fn fields_select_what_they_are_in_the_version_that_is_asked_for() {
    let setup = Setup::new().await;
    setup.send("POST", V1, gadget("v1", "a", &json!({"size": 1}))).await;
    setup.send("POST", V2, gadget("v2", "b", &json!({"width": "2"}))).await;
    let names = async |uri: &str| {
        let list = setup.get(uri).await;
        let items = list["items"].as_array().unwrap().iter();
        items.map(|item| item["metadata"]["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&format!("{V1}?fieldSelector=spec.size%3D2")).await, ["b"]);
    assert_eq!(names(&format!("{V2}?fieldSelector=spec.width%3D1")).await, ["a"]);
    let uri = format!("{V2}?watch=1&fieldSelector=spec.width%3D1");
    let mut watch = setup.respond("GET", &uri, Value::Null).await.into_body();
    let mut next = async || {
        let piece = watch.next().await.unwrap().unwrap();
        let event: Value = serde_json::from_slice(&piece).unwrap();
        format!("{} {}", event["type"], event["object"]["metadata"]["name"])
    };
    assert_eq!(next().await, r#""ADDED" "a""#);
    setup.send("PATCH", &format!("{V1}/a"), json!({"spec": {"size": 3}})).await;
    assert_eq!(next().await, r#""DELETED" "a""#);
    setup.send("PATCH", &format!("{V1}/b"), json!({"spec": {"size": 1}})).await;
    assert_eq!(next().await, r#""ADDED" "b""#);
}

#[tokio::test(start_paused = true)]
async fn a_watch_asks_the_webhook_where_it_is_now() {
    let setup = Setup::new().await;
    let mut watch = setup.respond("GET", &format!("{V2}?watch=1"), Value::Null).await.into_body();
    setup.send("POST", V1, gadget("v1", "a", &json!({"size": 1}))).await;
    watch.next().await.unwrap().unwrap();
    assert_eq!(*setup.converter.place.lock(), "https://hook/convert");
    let moved = json!({"spec": {"conversion": {"webhook": {"clientConfig": {
        "url": "https://hook/moved"}}}}});
    let (code, answer) = setup.send("PATCH", &format!("{DEFINITIONS}/gadgets.g.ex"), moved).await;
    assert_eq!(code, 200, "{answer}");
    pass().await;
    setup.send("PATCH", &format!("{V1}/a"), json!({"spec": {"size": 2}})).await;
    watch.next().await.unwrap().unwrap();
    assert_eq!(*setup.converter.place.lock(), "https://hook/moved");
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_before_the_storage_version_changed_is_still_shown() {
    let setup = Setup::new().await;
    setup.send("POST", V1, gadget("v1", "a", &json!({"size": 1}))).await;
    let uri = format!("{DEFINITIONS}/gadgets.g.ex");
    let mut definition = setup.get(&uri).await;
    definition["spec"]["versions"][0]["storage"] = false.into();
    definition["spec"]["versions"][1]["storage"] = true.into();
    assert_eq!(setup.send("PUT", &uri, definition).await.0, 200);
    pass().await;
    setup.asked();
    assert_eq!(setup.get(&format!("{V1}/a")).await["spec"]["size"], 1);
    assert_eq!(setup.asked(), [""; 0]);
    assert_eq!(setup.get(&format!("{V2}/a")).await["spec"]["width"], "1");
    assert_eq!(setup.asked(), ["g.ex/v2 a"]);
    setup.send("PATCH", &format!("{V1}/a"), json!({"spec": {"size": 2}})).await;
    assert_eq!(setup.stored("a")["apiVersion"], "g.ex/v2");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_the_protocol_is_told_in_the_servers_words() {
    type Break = fn(&mut Value);
    let setup = Setup::new().await;
    setup.send("POST", V1, gadget("v1", "a", &json!({"size": 1}))).await;
    let rows: [(Break, &str); 10] = [
        (
            |answer| answer["response"]["result"] = json!({"status": "Failure", "message": "no"}),
            "failed: no",
        ),
        (
            |answer| answer["response"]["result"] = json!({"status": "Failure"}),
            "failed: response.result.status was 'Failure', not 'Success'",
        ),
        (
            |answer| answer["response"]["convertedObjects"] = json!([]),
            "returned 0 objects, expected 1",
        ),
        (
            |answer| answer["response"]["convertedObjects"][0]["apiVersion"] = "g.ex/v3".into(),
            "returned invalid object at index 0: invalid groupVersion (expected g.ex/v2, received \
             g.ex/v3)",
        ),
        (
            |answer| answer["response"]["convertedObjects"][0]["kind"] = "Foo".into(),
            "returned invalid object at index 0: invalid kind (expected Gadget, received Foo)",
        ),
        (
            |answer| answer["response"]["convertedObjects"][0]["metadata"]["name"] = "z".into(),
            "returned invalid object: must have the same name: a != z",
        ),
        (
            |answer| {
                answer["response"]["convertedObjects"][0]["metadata"]["labels"] = json!({"a": 1})
            },
            "returned invalid metadata: metadata.labels[a] must be a string, but is int64 in \
             converted object",
        ),
        (
            |answer| *answer = json!({}),
            "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got \
             /, Kind=",
        ),
        (
            |answer| answer["apiVersion"] = "apiextensions.k8s.io/v2".into(),
            "failed: no kind \"ConversionReview\" is registered for version \
             \"apiextensions.k8s.io/v2\" in scheme \"pkg/runtime/scheme.go:111\"",
        ),
        (
            |answer| {
                answer.as_object_mut().unwrap().remove("response");
            },
            "failed: no response provided",
        ),
    ];
    for (spoil, text) in rows {
        setup.spoil(move |answer| {
            spoil(answer);
            Ok(())
        });
        let (code, status) = setup.send("GET", &format!("{V2}/a"), Value::Null).await;
        let message = format!("conversion webhook for g.ex/v1, Kind=Gadget {text}");
        assert_eq!((code, &status["message"]), (500, &json!(message)));
    }
    setup.spoil(|_| Err(OutboundError::failed("EOF")));
    let (_, status) = setup.send("POST", V2, gadget("v2", "b", &json!({}))).await;
    let text = "conversion webhook for g.ex/v2, Kind=Gadget failed: Post \
                \"https://hook/convert?timeout=30s\": EOF";
    assert_eq!(status["message"], text);
}

#[tokio::test(start_paused = true)]
async fn a_conversion_changes_no_metadata_but_labels_and_annotations() {
    let setup = Setup::new().await;
    let (_, made) = setup.send("POST", V1, gadget("v1", "a", &json!({"size": 1}))).await;
    setup.spoil(|answer| {
        let metadata = &mut answer["response"]["convertedObjects"][0]["metadata"];
        metadata["labels"] = json!({"l": "1"});
        metadata["annotations"] = json!({"a": "b"});
        metadata["finalizers"] = json!(["x/y"]);
        metadata["generation"] = 9.into();
        Ok(())
    });
    let read = setup.get(&format!("{V2}/a")).await;
    let mut expected = made["metadata"].clone();
    expected["labels"] = json!({"l": "1"});
    expected["annotations"] = json!({"a": "b"});
    assert_eq!(read["metadata"], expected);
}

#[tokio::test(start_paused = true)]
async fn fields_are_owned_across_versions() {
    let setup = Setup::new().await;
    let one = format!("{V1}/a?fieldManager=one");
    let two = format!("{V2}/a?fieldManager=two");
    let (code, _) = setup.send("APPLY", &one, gadget("v1", "a", &json!({"size": 3}))).await;
    assert_eq!(code, 201);
    let (code, shared) = setup.send("APPLY", &two, gadget("v2", "a", &json!({"width": "3"}))).await;
    assert_eq!((code, &shared["metadata"]["generation"]), (200, &json!(1)), "{shared}");
    let (code, refused) = setup.send("APPLY", &one, gadget("v1", "a", &json!({"size": 4}))).await;
    let text = "Apply failed with 1 conflict: conflict with \"two\": .spec.width";
    assert_eq!((code, &refused["message"]), (409, &json!(text)));
    // What is given up in one version stays for whoever owns it in the other.
    let (_, left) = setup.send("APPLY", &one, gadget("v1", "a", &json!({}))).await;
    assert_eq!(left["spec"]["size"], 3, "{left}");
}
