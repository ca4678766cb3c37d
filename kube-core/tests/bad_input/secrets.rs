//! Secrets: a canary in each place that has one in; whether it is in a message, in `Debug` or in the log at any level out.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube_core::config::{Caller, LoadingRules};
use kube_core::{Client, Config, Method, Patch, Request};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span;

use crate::stranger::{Says, Stranger, answer};

const CANARY: &str = "c4nary";

/// Everything that is logged by anybody, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn event(&self, event: &tracing::Event<'_>) {
        let mut log = self.0.lock().unwrap();
        let _ = write!(log, "\n{} {}", event.metadata().level(), event.metadata().target());
        event.record(&mut Fields(&mut log));
    }
    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut log = self.0.lock().unwrap();
        let _ = write!(log, "\nspan {}", attributes.metadata().name());
        attributes.record(&mut Fields(&mut log));
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Fields(&mut self.0.lock().unwrap()));
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// A configuration with a canary in it, from a kubeconfig whose user is this.
fn of_user(folder: &std::path::Path, server: &str, user: &serde_json::Value) -> Config {
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "dev",
        "contexts": [{ "name": "dev", "context": { "cluster": "here", "user": "jane" } }],
        "clusters": [{ "name": "here", "cluster": { "server": server } }],
        "users": [{ "name": "jane", "user": user }],
    });
    std::fs::write(folder.join("config"), kubeconfig.to_string()).unwrap();
    LoadingRules::new().kubeconfig(folder.join("config")).load().unwrap()
}

/// Where a secret stands, and a configuration with it there.
fn configurations(folder: &std::path::Path, server: &str) -> Vec<(&'static str, Config)> {
    let plain = || Config::new(server).unwrap();
    std::fs::write(folder.join("token"), CANARY).unwrap();
    let exec = |script: String| {
        json!({ "exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
            "interactiveMode": "Never", "env": [{ "name": "SECRET", "value": CANARY }],
        } })
    };
    let brings = |status: &str| {
        format!(
            r#"echo '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{status}}}'"#
        )
    };
    let oidc = json!({ "auth-provider": { "name": "oidc", "config": {
        "idp-issuer-url": "https://127.0.0.1:9", "client-id": "x", "client-secret": CANARY,
        "id-token": "e30.e30.c4nary", "refresh-token": CANARY,
    } } });
    let user = |user: &serde_json::Value| of_user(folder, server, user);
    vec![
        ("a token", plain().token(CANARY)),
        ("a token with a line break", plain().token(format!("{CANARY}\n{CANARY}"))),
        ("a file of a token", plain().token_file(folder.join("token"))),
        ("a password", plain().basic("jane", CANARY)),
        ("a key that is none", plain().client_certificate("no pem", CANARY)),
        (
            "a key in PEM that is none",
            plain().client_certificate(
                "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n",
                "-----BEGIN PRIVATE KEY-----\nYzRuYXJ5\n-----END PRIVATE KEY-----\n# c4nary\n",
            ),
        ),
        (
            "the password of a proxy",
            plain().proxy(&format!("http://jane:{CANARY}@127.0.0.1:9")).unwrap(),
        ),
        (
            "the password of a SOCKS5 proxy",
            plain().proxy(&format!("socks5://jane:{CANARY}@127.0.0.1:9")).unwrap(),
        ),
        ("the path of an address", Config::new(&format!("{server}/{CANARY}/")).unwrap()),
        (
            "attributes of whom we act as",
            plain().token("x").impersonate(Caller::new("jane").extra("secret", CANARY)),
        ),
        ("a token in a kubeconfig", user(&json!({ "token": CANARY }))),
        ("a password in a kubeconfig", user(&json!({ "username": "jane", "password": CANARY }))),
        ("a token of a plugin", user(&exec(brings(&format!(r#"{{"token":"{CANARY}"}}"#))))),
        (
            "a key of a plugin",
            user(&exec(brings(&format!(
                r#"{{"clientCertificateData":"x","clientKeyData":"{CANARY}"}}"#
            )))),
        ),
        ("nonsense of a plugin", user(&exec(format!("echo {CANARY}")))),
        ("the environment of a plugin", user(&exec("exit 1".to_owned()))),
        ("a login", user(&oidc)),
    ]
}

/// What a server may say with a secret in it.
fn answers() -> Vec<(&'static str, Vec<u8>)> {
    let secret = format!(
        r#"{{"kind":"Secret","metadata":{{"name":"web"}},"data":{{"k":"YzRuYXJ5"}},"stringData":"{CANARY}"}}"#
    );
    let cookie = format!(
        "HTTP/1.1 403 Forbidden\r\nset-cookie: session={CANARY}\r\nwww-authenticate: Bearer {CANARY}\r\ncontent-length: 0\r\n\r\n"
    );
    vec![
        ("a Secret", answer("200 OK", "application/json", secret.as_bytes())),
        (
            "half a Secret",
            answer("200 OK", "application/json", &secret.as_bytes()[..secret.len() - 4]),
        ),
        ("a Secret in a refusal", answer("500 Oh", "application/json", secret.as_bytes())),
        ("a cookie", cookie.into_bytes()),
        ("401", answer("401 Unauthorized", "text/plain", b"no")),
        ("nothing", Vec::new()),
    ]
}

/// Asks for what may fail in every way, and gathers all that is said of it.
async fn story(client: &Client) -> String {
    let secrets = client.namespace("prod").api::<Secret>();
    let mut secret = Secret::default();
    secret.metadata.name = Some("web".to_owned());
    secret.string_data = Some([("k".to_owned(), CANARY.to_owned())].into());
    let patch = Patch::Merge(json!({ "stringData": { "k": CANARY } }));
    let raw = Request::raw(Method::Post, "/api/v1/namespaces/prod/secrets").unwrap();
    let raw = raw.header("authorization", format!("Bearer {CANARY}")).unwrap();
    let raw = raw.with_json(&json!({ "stringData": CANARY })).unwrap();
    let mut story = format!("{client:?} {raw:?} {patch:?}");
    let errors = [
        secrets.get("web").await.map(drop).err(),
        secrets.list().await.map(|list| story.push_str(&format!("{:?}", list.malformed))).err(),
        secrets.watch().await.map(|watch| story.push_str(&format!("{watch:?}"))).err(),
        secrets.create(&secret).await.map(drop).err(),
        secrets.replace(&secret).await.map(drop).err(),
        secrets.patch("web", patch).await.map(drop).err(),
        secrets.delete("web").await.map(drop).err(),
        client.send(raw).await.map(|answer| story.push_str(&format!("{:?}", answer.body))).err(),
        client.discovery().resolve("po").await.map(drop).err(),
    ];
    for error in errors.into_iter().flatten() {
        let _ = write!(story, "\n{error} {error:?} {:#?} {}", error, error.chain());
    }
    story
}

#[tokio::test]
async fn no_secret_is_in_any_message_log_or_debug() {
    let log = Log::default();
    let _here = tracing::subscriber::set_default(log.clone());
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for (of, bytes) in answers() {
        let stranger = Stranger::saying(Says::Once(bytes)).await;
        for (what, config) in configurations(folder.path(), &stranger.url("http")) {
            let config =
                config.timeout(Duration::from_secs(5)).plugin_timeout(Duration::from_secs(5));
            let mut told = format!("{config:?} {config:#?}");
            // The address is the one thing that a configuration shows as it is.
            let address = what == "the path of an address";
            if address {
                told.clear();
            }
            match Client::new(config) {
                Ok(client) => told.push_str(&story(&client).await),
                Err(error) => told.push_str(&format!("{error:?} {error}")),
            }
            told.push_str(&std::mem::take(&mut *log.0.lock().unwrap()));
            rows += 1;
            if let Some(at) = told.find(CANARY) {
                let from = told[..at].char_indices().rev().nth(200).map_or(0, |(index, _)| index);
                wrong.push(format!("{what}, {of}: ..{}", &told[from..at + CANARY.len()]));
            }
        }
    }
    assert_eq!(rows, 6 * 17);
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
}
