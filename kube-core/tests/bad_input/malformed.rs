//! Answers that make no sense: the bytes of an answer in, an error that names the request and the cause in at most a kilobyte out.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::api::Event;
use kube_core::{Client, Config, Error, ErrorKind};

use crate::stranger::{Says, Stranger, answer};

/// What is asked of the server.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ask {
    Get,
    List,
    Watch,
    Create,
}

/// What must come out.
#[derive(Clone, Copy, Debug)]
enum Out {
    /// An error of this kind, with these words in its chain.
    Error(ErrorKind, &'static str),
    /// A watch goes on or ends in order after it has reported so many things that are malformed.
    Malformed(usize),
}

struct Row {
    name: String,
    ask: Ask,
    bytes: Vec<u8>,
    out: Out,
}

const CANARY: &str = "c4nary";

fn client(stranger: &Stranger) -> Client {
    let config = Config::new(&stranger.url("http")).unwrap().timeout(Duration::from_secs(5));
    Client::new(config.token(CANARY)).unwrap()
}

/// Reads until there is an error; how many things were malformed otherwise.
async fn asked(ask: Ask, client: &Client) -> Result<usize, Error> {
    let maps = client.namespace("prod").api::<ConfigMap>();
    match ask {
        Ask::Get => maps.get("web").await.map(|_| 0),
        Ask::Create => {
            let mut map = ConfigMap::default();
            map.metadata.name = Some("web".to_owned());
            maps.create(&map).await.map(|_| 0)
        }
        Ask::List => maps.list().await.map(|list| list.malformed.len()),
        Ask::Watch => {
            let (mut watch, mut malformed) = (maps.watch().await?, 0);
            while let Some(event) = watch.next().await? {
                malformed += usize::from(matches!(event, Event::Malformed(_)));
            }
            Ok(malformed)
        }
    }
}

/// 8 codes × 9 bodies: what is no success is an error of its code, whatever it says.
fn refusals() -> Vec<Row> {
    let html = format!("<html><body>{}</body></html>", "Bad Gateway ".repeat(4000));
    let secret = format!(r#"{{"kind":"Secret","data":{{"token":"{}"}}}}"#, CANARY.repeat(4000));
    let long = format!(
        r#"{{"kind":"Status","status":"Failure","message":"{}"}}"#,
        "invalid ".repeat(4000)
    );
    let bodies: [(&str, &[u8], &str); 9] = [
        ("nothing", b"", ""),
        ("the page of a gateway", html.as_bytes(), "Bad Gateway"),
        ("a Secret", secret.as_bytes(), ""),
        ("half a Secret", &secret.as_bytes()[..secret.len() / 2], ""),
        ("a Status without end", long.as_bytes(), "invalid"),
        ("half a Status", br#"{"kind":"Status","status":"Fail"#, ""),
        ("bytes that are no text", b"\xff\xfe\x00\x1b[2J", ""),
        ("null", b"null", ""),
        ("a Status of success", br#"{"kind":"Status","status":"Success"}"#, ""),
    ];
    let codes = [
        ("302 Found", ErrorKind::Refused),
        ("400 Bad Request", ErrorKind::BadRequest),
        ("404 Not Found", ErrorKind::NotFound),
        ("410 Gone", ErrorKind::Gone),
        ("429 Too Many Requests", ErrorKind::TooManyRequests),
        ("500 Internal Server Error", ErrorKind::Internal),
        ("502 Bad Gateway", ErrorKind::Internal),
        ("503 Service Unavailable", ErrorKind::Unavailable),
    ];
    let mut rows = Vec::new();
    for (number, (status, kind)) in codes.into_iter().enumerate() {
        for (index, (what, body, words)) in bodies.into_iter().enumerate() {
            let ask = [Ask::Get, Ask::List, Ask::Watch, Ask::Create][(number + index) % 4];
            let bytes = answer(status, "text/html; charset=utf-8", body);
            let name = format!("{status} with {what}");
            rows.push(Row { name, ask, bytes, out: Out::Error(kind, words) });
        }
    }
    assert_eq!(rows.len(), 72, "reliability.md, scorecard 14");
    rows
}

/// Successes that are none.
fn successes() -> Vec<Row> {
    use Ask::{Create, Get, List, Watch};
    use ErrorKind::{Decode, NotFound};
    let rows: [(&str, Ask, &[u8], Out); 25] = [
        ("nothing for an object", Get, b"", Out::Error(Decode, "")),
        ("a page for an object", Get, b"<html>", Out::Error(Decode, "")),
        ("null for an object", Get, b"null", Out::Error(Decode, "")),
        ("a list for an object", Get, b"[]", Out::Error(Decode, "")),
        ("a number for an object", Get, b"7", Out::Error(Decode, "")),
        ("half an object", Get, br#"{"metadata":{"name":"web"#, Out::Error(Decode, "")),
        ("two objects", Get, br#"{"metadata":{}}{"metadata":{}}"#, Out::Error(Decode, "")),
        ("data of another type", Get, br#"{"metadata":{"name":"web"},"data":"c4nary"}"#, Out::Error(Decode, "data")),
        ("metadata of another type", Get, br#"{"metadata":"c4nary"}"#, Out::Error(Decode, "metadata")),
        ("bytes that are no text in an object", Get, b"{\"metadata\":{\"name\":\"\xff\"}}", Out::Error(Decode, "")),
        ("a failure as a success", Get, br#"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#, Out::Error(NotFound, "")),
        ("nothing for what was created", Create, b"", Out::Error(Decode, "")),
        ("a failure for what was created", Create, br#"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#, Out::Error(NotFound, "")),
        ("nothing for a list", List, b"", Out::Error(ErrorKind::Connection, "ends in its middle")),
        ("null for a list", List, b"null", Out::Error(Decode, "")),
        ("a list without items", List, br#"{"kind":"ConfigMapList"}"#, Out::Error(Decode, "")),
        ("items of another type", List, br#"{"kind":"ConfigMapList","metadata":{},"items":"c4nary"}"#, Out::Error(Decode, "items")),
        ("half a list", List, br#"{"kind":"ConfigMapList","metadata":{},"items":[{"metadata":{"name":"a"}},"#, Out::Error(ErrorKind::Connection, "ends in its middle")),
        ("a failure for a list", List, br#"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#, Out::Error(NotFound, "")),
        ("a failure for a watch", Watch, br#"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#, Out::Error(NotFound, "")),
        ("items of which some are broken", List, br#"{"kind":"ConfigMapList","metadata":{},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"},"data":7},null]}"#, Out::Malformed(2)),
        ("events that are none", Watch, b"nonsense\n{\"type\":\"ADDED\"}\n{}\n", Out::Malformed(3)),
        ("an event that servers may learn one day", Watch, b"{\"type\":\"c4nary\",\"object\":{}}\n", Out::Malformed(0)),
        ("events of which one is broken", Watch, b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"},\"data\":7}}\n", Out::Malformed(1)),
        ("half an event", Watch, b"{\"type\":\"ADDED\",\"object\":{\"meta", Out::Error(ErrorKind::Connection, "")),
    ];
    rows.into_iter()
        .map(|(what, ask, body, out)| Row {
            name: format!("200 with {what}"),
            ask,
            bytes: answer("200 OK", "application/json", body),
            out,
        })
        .collect()
}

/// Bytes that are no HTTP, or only nearly.
fn framings() -> Vec<Row> {
    let lost = Out::Error(ErrorKind::Connection, "lost the connection to http://127.0.0.1");
    let rows: [(&str, &[u8]); 16] = [
        ("nothing", b""),
        ("another protocol", b"SSH-2.0-OpenSSH\r\n"),
        ("half a head", b"HTTP/1.1 200"),
        ("a head without end", b"HTTP/1.1 200 OK\r\ncontent-type: a\r\n"),
        ("a version that is none", b"HTTP/9.9 200 OK\r\n\r\n"),
        ("a status of letters", b"HTTP/1.1 abc OK\r\n\r\n"),
        ("a status of nine digits", b"HTTP/1.1 200000000 OK\r\n\r\n"),
        ("a header with a zero", b"HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 2\r\n\r\n{}"),
        ("a header without a name", b"HTTP/1.1 200 OK\r\n: b\r\ncontent-length: 2\r\n\r\n{}"),
        ("less than it said", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}"),
        ("a length below zero", b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}"),
        (
            "a length beyond all numbers",
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n{}",
        ),
        ("two lengths", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
        ("half a chunk", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{}"),
        ("a chunk of no length", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}"),
        (
            "no gzip where it says so",
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}",
        ),
    ];
    rows.into_iter()
        .map(|(name, bytes)| Row {
            name: name.to_owned(),
            ask: Ask::Create,
            bytes: bytes.to_vec(),
            out: lost,
        })
        .collect()
}

#[tokio::test]
async fn whatever_a_server_answers_is_one_typed_line_and_never_a_panic() {
    let rows: Vec<Row> = [refusals(), successes(), framings()].into_iter().flatten().collect();
    assert_eq!(rows.len(), 113);
    let mut wrong = Vec::new();
    for row in &rows {
        let stranger = Stranger::saying(Says::Once(row.bytes.clone())).await;
        let client = client(&stranger);
        let result = tokio::time::timeout(Duration::from_secs(20), asked(row.ask, &client)).await;
        let Ok(result) = result else {
            wrong.push(format!("{}: it hangs", row.name));
            continue;
        };
        if let Err(why) = judge(row, &result) {
            wrong.push(format!("{} ({:?}): {why}", row.name, row.ask));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

fn judge(row: &Row, result: &Result<usize, Error>) -> Result<(), String> {
    let error = match (row.out, result) {
        (Out::Malformed(expected), Ok(found)) if expected == *found => return Ok(()),
        (Out::Error(..), Err(error)) => error,
        (expected, found) => return Err(format!("expected {expected:?}, got {found:?}")),
    };
    let Out::Error(kind, words) = row.out else { return Err("it is an error".to_owned()) };
    let line = error.chain();
    let purpose = match row.ask {
        Ask::Get => "failed to get configmaps `web` in namespace `prod`",
        Ask::List => "failed to list configmaps in namespace `prod`",
        Ask::Watch => "configmaps in namespace `prod`",
        Ask::Create => "failed to create configmaps",
    };
    let printed = format!("{line} {error:?}");
    let checks = [
        (error.kind() == kind, "another kind"),
        (line.contains(purpose), "the request is not named"),
        (line.contains(words), "the cause is not named"),
        (line.len() <= 1024, "more than a kilobyte"),
        (!line.chars().any(char::is_control), "control characters"),
        (!printed.contains(CANARY), "a secret"),
    ];
    match checks.iter().find(|(holds, _)| !holds) {
        None => Ok(()),
        Some((_, what)) => Err(format!("{what}: {:?}: {line}", error.kind())),
    }
}
