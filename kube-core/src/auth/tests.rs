//! The promises of credentials, on a paused clock.

use std::time::Duration;

use secrecy::SecretString;

use super::*;
use crate::config::Caller;
use crate::config::User;

async fn sent(credentials: &Credentials) -> String {
    let headers = headers(credentials).await;
    headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

async fn headers(credentials: &Credentials) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let proof = credentials.proof().await.unwrap();
    credentials.authorize(&mut headers, &proof);
    headers
}

fn of(user: &User) -> Result<Credentials> {
    let mut config = Config::new("https://here").unwrap();
    config.user = user.clone();
    Credentials::of(&config)
}

fn user() -> User {
    User { origin: "user `jane`".to_owned(), ..User::default() }
}

#[tokio::test]
async fn a_password_is_sent_as_basic_and_never_printed() {
    let basic = Some(("jane".to_owned(), SecretString::from("s3cret")));
    let user = User { basic, ..user() };
    let credentials = of(&user).unwrap();
    assert_eq!(sent(&credentials).await, "Basic amFuZTpzM2NyZXQ=");
    let headers = headers(&credentials).await;
    let printed = format!("{user:?} {credentials:?} {headers:?}");
    assert!(!printed.contains("s3cret") && !printed.contains("amFuZ"), "{printed}");
}

#[tokio::test]
async fn a_token_with_a_line_break_is_refused_without_being_printed() {
    let user = User { token: Some(SecretString::from("abc\r\nX-Evil: 1")), ..user() };
    let error = of(&user).unwrap_err();
    assert!(error.to_string().contains("user `jane`"), "{error}");
    assert!(!format!("{error:?} {error}").contains("abc"), "{error:?}");
}

#[tokio::test]
async fn a_request_that_says_who_sends_it_is_left_alone() {
    let user = User { token: Some(SecretString::from("abc")), ..user() };
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer own"));
    let credentials = of(&user).unwrap();
    credentials.authorize(&mut headers, &credentials.proof().await.unwrap());
    assert_eq!(headers[AUTHORIZATION], "Bearer own");
}

#[tokio::test(start_paused = true)]
async fn a_token_file_is_read_again_after_a_minute_and_after_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "one\n").unwrap();
    let user = User { token_file: Some(path.clone()), ..user() };
    let credentials = of(&user).unwrap();
    assert_eq!(sent(&credentials).await, "Bearer one");

    std::fs::write(&path, "two").unwrap();
    assert_eq!(sent(&credentials).await, "Bearer one", "read twice in a minute");
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(sent(&credentials).await, "Bearer two");

    std::fs::write(&path, "three").unwrap();
    assert!(credentials.refused(&credentials.proof().await.unwrap()));
    assert_eq!(sent(&credentials).await, "Bearer three");

    std::fs::remove_file(&path).unwrap();
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(sent(&credentials).await, "Bearer three", "the last good token was forgotten");
}

#[tokio::test]
async fn a_bad_token_file_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let check = async |content: Option<&[u8]>, reason: &str| {
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let user = User { token_file: Some(path.clone()), ..user() };
        let credentials = of(&user).unwrap();
        let error = credentials.proof().await.unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains(path.to_str().unwrap()), "{error}");
    };
    check(None, "check that it exists").await;
    check(Some(b"  \n"), "empty").await;
    check(Some(b"a\nb"), "more than one line").await;
    check(Some(&[b'a'; 70_000]), "larger than 64 KiB").await;
    check(Some(&[0xff, 0xfe]), "check that it exists").await;
}

#[tokio::test]
async fn impersonation_is_sent_and_its_keys_are_escaped() {
    let impersonate = Caller {
        user: "system:admin".to_owned(),
        uid: Some("7".to_owned()),
        groups: vec!["a".to_owned(), "b".to_owned()],
        extra: vec![("Example.com/Team %".to_owned(), vec!["x".to_owned()])],
    };
    let user = User { impersonate: Some(impersonate), ..user() };
    let headers = headers(&of(&user).unwrap()).await;
    assert_eq!(headers["impersonate-user"], "system:admin");
    assert_eq!(headers["impersonate-uid"], "7");
    assert_eq!(headers.get_all("impersonate-group").iter().count(), 2);
    assert_eq!(headers["impersonate-extra-example.com%2fteam%20%25"], "x");
}

#[tokio::test]
async fn a_proxy_says_who_called_it_and_nobody_else_does() {
    let caller = Caller::new("jane").uid("7").group("a").group("b").extra("Example.com/Team", "x");
    let user = User { proxied: Some(caller), ..user() };
    let credentials = of(&user).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("x-remote-user", HeaderValue::from_static("admin"));
    headers.insert("x-remote-extra-other", HeaderValue::from_static("y"));
    credentials.authorize(&mut headers, &Proof::default());
    let mut names: Vec<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    let expected =
        ["x-remote-extra-example.com%2fteam", "x-remote-group", "x-remote-uid", "x-remote-user"];
    assert_eq!(names, expected);
    assert_eq!(headers["x-remote-user"], "jane");
    assert_eq!(headers.get_all("x-remote-group").iter().collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test]
async fn a_request_that_says_whom_it_acts_as_is_left_alone_and_others_always_say_it() {
    let user = User { impersonate: Some(Caller::new("jane")), ..user() };
    let credentials = of(&user).unwrap();
    let sent = |name: &'static str, value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        credentials.authorize(&mut headers, &Proof::default());
        headers["impersonate-user"].clone()
    };
    assert_eq!(sent("impersonate-user", "joe"), "joe");
    assert_eq!(sent("authorization", "Bearer own"), "jane");
}
