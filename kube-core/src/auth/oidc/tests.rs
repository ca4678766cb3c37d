//! The promises of OpenID Connect, with a small issuer on this machine that takes each refresh token once.

use std::convert::Infallible;
use std::path::PathBuf;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderMap};
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;
use crate::auth::Credentials;
use crate::config::LoadingRules;
use crate::error::Result;

const CANARY: &str = "c4nary";

/// An id-token that is good for so many seconds.
fn jwt(seconds: i64, name: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({ "exp": now.cast_signed() + seconds, "sub": name }).to_string();
    format!("{}.{}.signature", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(claims))
}

/// What an issuer answers to the next refresh, and what it was asked.
#[derive(Default)]
struct Desk {
    asked: Vec<String>,
    /// The refresh token that is good.
    good: String,
    answer: Option<(u16, String)>,
    /// Where it says that tokens are given, if not there.
    elsewhere: Option<String>,
    wants_form: bool,
}

struct Issuer {
    url: String,
    desk: Arc<Mutex<Desk>>,
    _tasks: JoinSet<()>,
}

impl Issuer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/realms/shop", listener.local_addr().unwrap());
        let desk = Arc::new(Mutex::new(Desk { good: "r1".to_owned(), ..Desk::default() }));
        let (open, endpoint) = (Arc::clone(&desk), format!("{url}/token"));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (desk, endpoint) = (Arc::clone(&open), endpoint.clone());
                connections.spawn(async move {
                    let service = service_fn(move |call: hyper::Request<hyper::body::Incoming>| {
                        let (desk, endpoint) = (Arc::clone(&desk), endpoint.clone());
                        async move {
                            let path = call.uri().path().to_owned();
                            let login = call.headers().get("authorization").cloned();
                            let form = call.headers().get("content-type").cloned();
                            let form = form
                                .is_some_and(|form| form == "application/x-www-form-urlencoded");
                            let body = call.into_body().collect().await.unwrap().to_bytes();
                            let body = String::from_utf8(body.to_vec()).unwrap();
                            let (code, text) = match path.as_str() {
                                "/realms/shop/.well-known/openid-configuration" => {
                                    let elsewhere = desk.lock().elsewhere.clone();
                                    let endpoint = elsewhere.unwrap_or(endpoint);
                                    (200, json!({ "token_endpoint": endpoint }).to_string())
                                }
                                "/realms/shop/token" if !form => (415, String::new()),
                                "/realms/shop/token" => desk.lock().token(&body, login.is_some()),
                                _ => (404, String::new()),
                            };
                            let reply = hyper::Response::builder().status(code);
                            Ok::<_, Infallible>(reply.body(Full::new(Bytes::from(text))).unwrap())
                        }
                    });
                    let server = hyper::server::conn::http1::Builder::new();
                    let _ = server.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { url, desk, _tasks: tasks }
    }
}

impl Desk {
    fn token(&mut self, body: &str, login: bool) -> (u16, String) {
        self.asked.push(body.to_owned());
        if let Some(answer) = &self.answer {
            return answer.clone();
        }
        if login && self.wants_form {
            return (401, json!({ "error": "invalid_client" }).to_string());
        }
        if !body.contains(&format!("refresh_token={}", self.good)) {
            return (
                400,
                json!({ "error": "invalid_grant", "error_description": body }).to_string(),
            );
        }
        let next = format!("r{}", self.good[1..].parse::<u32>().unwrap() + 1);
        self.good.clone_from(&next);
        (200, json!({ "id_token": jwt(3600, &next), "refresh_token": next }).to_string())
    }
}

/// A kubeconfig with comments, whose user logs in there.
fn kubeconfig(folder: &tempfile::TempDir, issuer: &str, id_token: &str, more: &str) -> PathBuf {
    let text = format!(
        "# the shop\napiVersion: v1\nkind: Config\ncurrent-context: dev\n\
         contexts: [{{name: dev, context: {{cluster: here, user: jane}}}}]\n\
         clusters: [{{name: here, cluster: {{server: https://here}}}}]\n\
         users:\n- name: other # not this one\n  user: {{token: abc}}\n- name: jane\n  user:\n    auth-provider:\n      name: oidc\n      config:\n        \
         idp-issuer-url: {issuer}\n        client-id: kube # ours\n        id-token: {id_token}\n        {more}\n"
    );
    let path = folder.path().join("config");
    std::fs::write(&path, text).unwrap();
    path
}

fn credentials(path: &std::path::Path) -> Credentials {
    Credentials::of(&LoadingRules::new().kubeconfig(path).load().unwrap()).unwrap()
}

async fn sent(credentials: &Credentials) -> Result<String> {
    let mut headers = HeaderMap::new();
    let proof = credentials.proof().await?;
    credentials.authorize(&mut headers, &proof);
    Ok(headers[AUTHORIZATION].to_str().unwrap().trim_start_matches("Bearer ").to_owned())
}

#[tokio::test]
async fn an_id_token_is_used_while_it_is_good_and_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let token = jwt(1000, "jane");
    let path = kubeconfig(&folder, "http://127.0.0.1:9", &token, "");
    assert_eq!(sent(&credentials(&path)).await.unwrap(), token);
}

#[tokio::test]
async fn an_expired_id_token_is_renewed_once_for_all_and_written_back_to_where_it_was() {
    let issuer = Issuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let old = jwt(-1000, "old");
    let path = kubeconfig(&folder, &issuer.url, &old, "refresh-token: r1");
    let before = std::fs::read_to_string(&path).unwrap();
    let credentials = credentials(&path);
    let many = futures::future::join_all((0..20).map(|_| sent(&credentials))).await;
    let new = many[0].as_ref().unwrap().clone();
    assert!(new != old && many.iter().all(|sent| *sent.as_ref().unwrap() == new));
    assert_eq!(
        issuer.desk.lock().asked,
        ["grant_type=refresh_token&refresh_token=r1&client_id=kube"]
    );
    let quoted = |text: &str| format!("\"{text}\"");
    let after = before.replace(&old, &quoted(&new)).replace("r1", &quoted("r2"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), after);

    // Refused, as after a change of the issuer's keys: the next one, by the new refresh token.
    assert!(credentials.refused(&credentials.proof().await.unwrap()));
    assert_ne!(sent(&credentials).await.unwrap(), new);
    assert!(issuer.desk.lock().asked[1].contains("refresh_token=r2"));
}

#[tokio::test]
async fn what_another_process_has_renewed_is_used() {
    let issuer = Issuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = kubeconfig(&folder, &issuer.url, &jwt(-1000, "old"), "refresh-token: r0");
    let ours = credentials(&path);
    let theirs = jwt(1000, "theirs");
    kubeconfig(&folder, &issuer.url, &theirs, "refresh-token: r1");
    assert_eq!(sent(&ours).await.unwrap(), theirs);
    assert_eq!(issuer.desk.lock().asked.len(), 0);
    // It is refused: the refresh token that they left is the one that is good.
    assert!(ours.refused(&ours.proof().await.unwrap()));
    assert_ne!(sent(&ours).await.unwrap(), theirs);
    assert!(issuer.desk.lock().asked[0].contains("refresh_token=r1"));
}

#[tokio::test]
async fn a_file_that_cannot_be_written_does_not_stop_this_process() {
    let issuer = Issuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = kubeconfig(&folder, &issuer.url, &jwt(-1000, "old"), "refresh-token: r1");
    let credentials = credentials(&path);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let first = sent(&credentials).await.unwrap();
    assert!(credentials.refused(&credentials.proof().await.unwrap()));
    assert_ne!(sent(&credentials).await.unwrap(), first);
    assert!(issuer.desk.lock().asked[1].contains("refresh_token=r2"));
}

#[tokio::test]
async fn a_clients_secret_goes_where_the_issuer_takes_it() {
    for wants_form in [false, true] {
        let issuer = Issuer::start().await;
        issuer.desk.lock().wants_form = wants_form;
        let folder = tempfile::tempdir().unwrap();
        let more = format!("refresh-token: r1\n        client-secret: {CANARY}");
        let path = kubeconfig(&folder, &issuer.url, &jwt(-1000, "old"), &more);
        sent(&credentials(&path)).await.unwrap();
        let asked = issuer.desk.lock().asked.join(" ");
        assert_eq!(asked.contains(CANARY), wants_form, "{asked}");
    }
}

/// One row: what stands in the entry, what the issuer answers, and what the error says.
#[tokio::test]
async fn every_failure_says_which_user_of_which_file_which_issuer_and_what_to_do() {
    let issuer = Issuer::start().await;
    let url = issuer.url.clone();
    let refresh = format!("refresh-token: {CANARY}");
    let good = json!({ "id_token": jwt(-5, "x") }).to_string();
    let rows = [
        (url.clone(), "", None, "no refresh-token: log in again"),
        (
            url.clone(),
            refresh.as_str(),
            None,
            "refused to renew the token (400 invalid_grant): log in again",
        ),
        (
            url.clone(),
            &refresh,
            Some((200, "{}".to_owned())),
            "no `id_token`: the login needs the scope",
        ),
        (
            url.clone(),
            &refresh,
            Some((200, format!("{{\"id_token\": \"{CANARY}\"}}"))),
            "no JWT that is good now",
        ),
        (url.clone(), &refresh, Some((200, good)), "no JWT that is good now"),
        (url.clone(), &refresh, Some((200, CANARY.to_owned())), "not the JSON that was expected"),
        (url.clone(), &refresh, Some((200, "x".repeat(2 << 20))), "more than 1048576 bytes"),
        (url.clone(), &refresh, Some((503, CANARY.to_owned())), "(503)"),
        (format!("{url}/other"), &refresh, None, "answered 404: check `idp-issuer-url`"),
        ("http://issuer.example".to_owned(), &refresh, None, "no `https` address"),
        ("http://127.0.0.1:9".to_owned(), &refresh, None, "cannot be asked: Connection refused"),
    ];
    for (url, more, answer, part) in rows {
        issuer.desk.lock().answer = answer;
        let folder = tempfile::tempdir().unwrap();
        let path = kubeconfig(&folder, &url, &jwt(-1000, CANARY), more);
        let error = sent(&credentials(&path)).await.unwrap_err();
        let line = error.chain();
        assert!(line.contains(part), "`{part}` is not in: {line}");
        let owner = format!("user `jane` of kubeconfig `{}` with the issuer `", path.display());
        assert!(line.contains(&owner) && !line.contains('\n'), "{line}");
        assert!(!format!("{error:?} {line}").contains(CANARY), "{error:?}");
        let config = LoadingRules::new().kubeconfig(&path).load().unwrap();
        assert!(!format!("{config:?}").contains(CANARY), "{config:?}");
    }
}

#[tokio::test]
async fn an_issuer_can_send_its_tokens_users_nowhere_without_tls() {
    let issuer = Issuer::start().await;
    for (elsewhere, words) in [
        ("http://issuer.example/token", "no `https` address"),
        ("http://localhost.example/token", "no `https` address"),
        ("/token", "is no URL"),
    ] {
        issuer.desk.lock().elsewhere = Some(elsewhere.to_owned());
        let folder = tempfile::tempdir().unwrap();
        let more = format!("refresh-token: {CANARY}");
        let path = kubeconfig(&folder, &issuer.url, &jwt(-1000, "old"), &more);
        let line = sent(&credentials(&path)).await.unwrap_err().chain();
        assert!(line.contains(words) && !line.contains(CANARY), "{elsewhere}: {line}");
    }
    assert!(issuer.desk.lock().asked.is_empty());
}

/// The environment of a process cannot be changed in it: another test is run in another one.
#[tokio::test]
async fn an_issuer_on_this_machine_is_asked_past_the_proxies_of_the_environment() {
    let name = "auth::oidc::tests::a_clients_secret_goes_where_the_issuer_takes_it";
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name]).kill_on_drop(true);
    for (variable, proxy) in
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:9"))
    {
        child.env(variable, proxy);
    }
    for variable in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        child.env_remove(variable);
    }
    let ended = tokio::time::timeout(Duration::from_secs(60), child.output()).await;
    let output = ended.expect("it hangs").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
