//! Credentials that a program brings, over real HTTP.

use std::path::Path;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::config::LoadingRules;
use kube_core::{Client, Method, Request, ResourceExt as _};
use serde_json::json;

use crate::embedded::served;
use crate::story::map;

/// A script that is a credential plugin: it brings the token in a file, and those in `next` the time after.
const SCRIPT: &str = r#"echo run >> "$FOLDER/runs"
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$(cat "$FOLDER/token")"'"}}'
if [ -f "$FOLDER/next" ]; then mv "$FOLDER/next" "$FOLDER/token"; fi"#;

/// A kubeconfig for a server whose user gets tokens from a script.
pub(crate) fn kubeconfig(folder: &Path, cluster: &serde_json::Value) -> LoadingRules {
    std::fs::write(folder.join("plugin.sh"), SCRIPT).unwrap();
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": [folder.join("plugin.sh")],
        "interactiveMode": "IfAvailable", "env": [{ "name": "FOLDER", "value": folder }],
    });
    let kubeconfig = json!({
        "current-context": "dev",
        "contexts": [{ "name": "dev", "context": { "cluster": "here", "user": "jane" } }],
        "clusters": [{ "name": "here", "cluster": cluster }],
        "users": [{ "name": "jane", "user": { "exec": exec } }],
    });
    std::fs::write(folder.join("config"), kubeconfig.to_string()).unwrap();
    LoadingRules::new().kubeconfig(folder.join("config"))
}

#[tokio::test]
async fn a_token_that_is_revoked_costs_one_run_of_the_plugin_and_no_request() {
    let (server, listening, _) = served().await;
    for (next, runs) in [(server.admin_token(), 2), ("revoked too".to_owned(), 2)] {
        let folder = tempfile::tempdir().unwrap();
        let rules = kubeconfig(folder.path(), &json!({ "server": listening.url() }));
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        write("token", "revoked").unwrap();
        write("next", &next).unwrap();
        let client = Client::new(rules.load().unwrap()).unwrap();
        let maps = client.namespace("default").api::<ConfigMap>();
        // A write too: who is not known has done nothing.
        let created = maps.create(&map("a")).await;
        assert_eq!(created.is_ok(), next == server.admin_token(), "{created:?}");
        if let Err(error) = created {
            assert!(error.is_unauthorized() && error.chain().contains("user `jane`"), "{error:?}");
            assert!(maps.get("a").await.unwrap_err().is_unauthorized());
        } else {
            assert_eq!(maps.get("a").await.unwrap().name(), "a");
        }
        let ran = std::fs::read_to_string(folder.path().join("runs")).unwrap();
        assert_eq!(ran.lines().count(), runs);
    }
}

#[tokio::test]
async fn a_request_that_says_who_sends_it_runs_no_plugin() {
    let (server, listening, _) = served().await;
    let folder = tempfile::tempdir().unwrap();
    let rules = kubeconfig(folder.path(), &json!({ "server": listening.url() }));
    let client = Client::new(rules.load().unwrap()).unwrap();
    let request = Request::raw(Method::Get, "/api/v1/nodes").unwrap();
    let request = request.header("authorization", format!("Bearer {}", server.admin_token()));
    assert_eq!(client.send(request.unwrap()).await.unwrap().status, 200);
    assert!(!folder.path().join("runs").exists());
}
