//! Everything that a user can get wrong, over real HTTP: each is one line that says what was tried, why it failed and what to do.

use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Client;
use kube_core::Config;
use kube_core::Error;
use kube_core::Patch;
use kube_core::config::LoadingRules;
use kube_embedded::Listening;
use kube_embedded::Server;
use serde_json::json;

struct Served {
    server: Server,
    listening: Listening,
    client: Client,
}

async fn served() -> Served {
    let server = Server::builder().seed(1).build();
    let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let client = with_token(&listening, &server.admin_token());
    Served { server, listening, client }
}

fn with_token(listening: &Listening, token: &str) -> Client {
    Client::new(Config::new(&listening.url()).unwrap().token(token)).unwrap()
}

impl Served {
    /// The error is one line with all these words, and the server goes on.
    async fn check(&self, error: &Error, words: &[&str]) {
        let line = error.chain();
        assert!(!line.contains('\n'), "more than one line: {line}");
        for word in words {
            assert!(line.contains(word), "`{word}` is missing in: {line}");
        }
        self.client.namespace("default").list::<ConfigMap>().await.expect("the server goes on");
    }
}

fn config_map(name: &str) -> ConfigMap {
    serde_json::from_value(json!({ "metadata": { "name": name }, "data": { "key": "value" } }))
        .unwrap()
}

#[tokio::test]
async fn an_unknown_kind_is_named_with_what_to_do() {
    let served = served().await;
    let error = served.client.dynamic("nonsenses").get("x").await.unwrap_err();
    served.check(&error, &["nonsenses"]).await;
}

#[tokio::test]
async fn a_refused_connection_names_the_server() {
    let served = served().await;
    let url = served.listening.url();
    served.listening.stop().await;
    let error = served.client.namespace("default").get::<ConfigMap>("x").await.unwrap_err();
    let line = error.chain();
    assert!(
        line.contains(url.trim_start_matches("http://")) && line.contains("configmaps `x`"),
        "{line}"
    );
    assert!(!line.contains('\n'), "{line}");
}

#[tokio::test]
async fn a_wrong_token_is_unauthorized_and_is_not_shown() {
    let served = served().await;
    let stranger = with_token(&served.listening, "wrong-secret-token");
    let error = stranger.namespace("default").get::<ConfigMap>("x").await.unwrap_err();
    assert!(error.is_unauthorized());
    assert!(!format!("{error:?} {}", error.chain()).contains("wrong-secret-token"));
    served.check(&error, &["configmaps `x`", "default", "Unauthorized"]).await;
}

#[tokio::test]
async fn a_forbidden_verb_names_user_verb_and_resource() {
    let served = served().await;
    let accounts = served.client.namespace("default").api::<ServiceAccount>();
    let metadata = kube_core::ObjectMeta { name: Some("nobody".to_owned()), ..Default::default() };
    accounts.create(&ServiceAccount { metadata, ..Default::default() }).await.unwrap();
    let token = accounts.create_token("nobody").await.unwrap();
    let nobody = with_token(&served.listening, token.expose());
    let error = nobody.namespace("default").delete::<ConfigMap>("x").await.unwrap_err();
    assert!(error.is_forbidden());
    let words =
        ["system:serviceaccount:default:nobody", "delete", "configmaps", "namespace \"default\""];
    served.check(&error, &words).await;
}

#[tokio::test]
async fn an_invalid_object_names_the_field() {
    let served = served().await;
    let broken =
        served.client.namespace("default").create(&config_map("Not_A_Name")).await.unwrap_err();
    served.check(&broken, &["Not_A_Name"]).await;
    let patch = Patch::Merge(json!({ "data": { "bad key!": "value" } }));
    served.client.namespace("default").create(&config_map("fine")).await.unwrap();
    let invalid =
        served.client.namespace("default").patch::<ConfigMap>("fine", patch).await.unwrap_err();
    assert!(invalid.is_invalid(), "{}", invalid.chain());
    served.check(&invalid, &["fine", "bad key!"]).await;
}

#[tokio::test]
async fn a_conflicting_apply_names_the_manager_and_the_field() {
    let served = served().await;
    let objects = served.client.namespace("default");
    objects.apply(&config_map("shared")).field_manager("first").await.unwrap();
    let mut other = config_map("shared");
    other.data = Some([("key".to_owned(), "other".to_owned())].into());
    let error = objects.apply(&other).field_manager("second").await.unwrap_err();
    assert!(error.is_conflict());
    served.check(&error, &["shared", "first", ".data.key"]).await;
    objects.apply(&other).field_manager("second").force(true).await.unwrap();
}

#[tokio::test]
async fn a_stale_replace_is_a_conflict() {
    let served = served().await;
    let objects = served.client.namespace("default");
    let old = objects.create(&config_map("shared")).await.unwrap();
    let mut new = old.clone();
    new.data = None;
    objects.replace(&new).await.unwrap();
    let error = objects.replace(&old).await.unwrap_err();
    assert!(error.is_conflict());
    served.check(&error, &["shared", "modified"]).await;
}

#[test]
fn a_kubeconfig_that_was_named_and_is_not_there_is_an_error_never_skipped() {
    let error = LoadingRules::new().kubeconfig("/nowhere/kubeconfig").load().unwrap_err();
    assert!(error.chain().contains("/nowhere/kubeconfig"), "{}", error.chain());
}

#[tokio::test]
async fn a_missing_context_names_those_that_there_are() {
    let served = served().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    std::fs::write(&path, served.server.kubeconfig(&served.listening.url(), "secret-token"))
        .unwrap();
    let error = LoadingRules::new().kubeconfig(&path).context("elsewhere").load().unwrap_err();
    assert!(error.chain().contains("elsewhere"), "{}", error.chain());
    assert!(!error.chain().contains("secret-token"));
    served.check(&error, &["kubeconfig"]).await;
}

#[test]
fn a_kubeconfig_with_a_typo_does_not_show_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    std::fs::write(&path, "users:\n- name: me\n  user:\n    token: [very-secret-token\n").unwrap();
    let error = LoadingRules::new().kubeconfig(&path).load().unwrap_err();
    let line = error.chain();
    assert!(line.contains(path.to_str().unwrap()), "{line}");
    assert!(!format!("{line} {error:?}").contains("very-secret"), "{line}");
}
