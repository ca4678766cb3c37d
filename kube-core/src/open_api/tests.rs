//! The promises of OpenAPI, against a script.

use serde_json::Value;
use serde_json::json;

use super::*;
use crate::error::ErrorKind;
use crate::object::Scope;
use crate::transport::script::Script;
use crate::transport::script::ok;

fn document() -> Value {
    json!({ "openapi": "3.0.0", "components": { "schemas": {
        "io.k8s.api.apps.v1.DeploymentSpec": { "type": "object" },
        "io.k8s.api.apps.v1.Deployment": {
            "type": "object",
            "properties": { "spec": { "$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec" } },
            "x-kubernetes-group-version-kind": [{ "group": "apps", "version": "v1", "kind": "Deployment" }],
        },
    } } })
}

fn index(hash: &str) -> Value {
    json!({ "paths": {
        "version": { "serverRelativeURL": "/openapi/v3/version?hash=0" },
        "apis/apps": { "serverRelativeURL": "/openapi/v3/apis/apps?hash=0" },
        "apis/apps/v1": { "serverRelativeURL": format!("/openapi/v3/apis/apps/v1?hash={hash}") },
        "api/v1": { "serverRelativeURL": "https://evil.example.com/secrets?hash=%2F..%26x&watch=true" },
    } })
}

fn deployments() -> ApiResource {
    ApiResource::of("apps", "v1", "Deployment", "deployments", Scope::Namespaced)
}

#[tokio::test]
async fn a_document_is_read_again_only_when_its_hash_has_changed() {
    let script = Script::new(|request, before| match request.path.as_str() {
        INDEX => ok(index(if before < 4 { "A" } else { "B" })),
        _ => ok(document()),
    });
    let client = Client::over(Arc::<Script>::clone(&script));
    for _ in 0..3 {
        let schema = client.open_api().schema(&deployments()).await.unwrap();
        assert_eq!(schema["type"], "object");
    }
    assert_eq!(
        script.seen(),
        [
            "GET /openapi/v3",
            "GET /openapi/v3/apis/apps/v1?hash=A",
            "GET /openapi/v3",
            "GET /openapi/v3"
        ]
    );
    client.open_api().document("apps/v1").await.unwrap();
    assert_eq!(script.seen().last().unwrap(), "GET /openapi/v3/apis/apps/v1?hash=B");
    assert_eq!(client.open_api().group_versions().await.unwrap(), ["v1", "apps/v1"]);
}

#[tokio::test]
async fn an_index_cannot_lead_to_another_path() {
    let script = Script::new(|request, _| match request.path.as_str() {
        INDEX => ok(index("A")),
        _ => ok(json!({})),
    });
    let documents = Client::over(Arc::<Script>::clone(&script)).open_api();
    documents.document("v1").await.unwrap();
    assert_eq!(script.seen()[1], "GET /openapi/v3/api/v1?hash=%2F..%26x");
    for named in ["apps/v9", "../secrets", "", "v1?watch=true"] {
        let error = documents.document(named).await.unwrap_err();
        assert!(error.is_not_found(), "{named}: {error:?}");
    }
    let error = documents.document("apps/v9").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to find the OpenAPI document of `apps/v9`: https://script as user `jane` has none; name a group and a version that it serves, as `apps/v1`"
    );
}

#[tokio::test]
async fn an_answer_that_is_no_document_says_so() {
    let script = Script::new(|_, _| ok("<html>"));
    let documents = Client::over(script).open_api();
    let error = documents.group_versions().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.chain().contains("`/openapi/v3`"), "{error:?}");
    let schemas = Document::new(document());
    let spec = schemas.schema(&deployments()).unwrap()["properties"]["spec"]["$ref"].clone();
    assert_eq!(schemas.referred(spec.as_str().unwrap()).unwrap(), &json!({ "type": "object" }));
    for other in [
        ApiResource { kind: "Pod".into(), ..deployments() },
        ApiResource { group: "demo.io".into(), ..deployments() },
        ApiResource { version: "v2".into(), ..deployments() },
    ] {
        assert_eq!(schemas.schema(&other), None, "{other}");
    }
    assert_eq!(format!("{schemas:?}"), "Document(2 schemas)");
}
