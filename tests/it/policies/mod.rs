//! The recorded judgements of admission policies and match conditions, asked again: of a genuine Kubernetes, and of the embedded server.
//!
//! A genuine server that judges otherwise than it is recorded to fails the test; `KUBE_POLICIES_RECORD=PATH` writes what it says now.

mod operator;
mod typed;

use std::time::Duration;

use kube_core::Client;
use kube_core::Error;
use kube_core::Method;
use kube_core::request::Request;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use crate::real::RealCluster;
use crate::rules::with_warnings;

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/policies/recorded.json");
/// A genuine server learns of a policy within a second or two.
const TRIES: u32 = 100;

async fn sent(
    client: &Client,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<(Value, Vec<String>), Error> {
    let content = match method {
        Method::Patch => "application/merge-patch+json",
        _ => "application/json",
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut request = Request::raw(method, path).unwrap();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        request.query.push((name.into_owned().into(), value.into_owned()));
    }
    if !body.is_null() {
        request.headers.push(("content-type".into(), content.to_owned()));
        request.body = Some(body.to_string().into());
    }
    with_warnings(client, request).await
}

/// What the server said, without what differs from one server to the next.
async fn answer(client: &Client, ask: &Value) -> Value {
    let text = |member: &str| ask[member].as_str().unwrap();
    let method = match text("method") {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        _ => Method::Delete,
    };
    match sent(client, method, text("path"), &ask["body"]).await {
        Ok((object, warnings)) => {
            let mut told = json!({});
            if !warnings.is_empty() {
                told["warnings"] = json!(warnings);
            }
            if text("path").contains("admissionregistration") {
                for part in ["spec", "status"] {
                    told[part] = object[part].clone();
                }
            }
            told
        }
        Err(error) => {
            let status = error.status().unwrap_or_else(|| panic!("{}", error.chain()));
            let called = status.message.contains("failed calling webhook");
            let message = status.message.split(": failed to call webhook").next();
            let mut told =
                json!({"code": status.code, "reason": status.reason, "message": message});
            if !called {
                let details = &status.details;
                let about = [&details.group, &details.kind, &details.name];
                told["about"] = json!(about);
                let causes = details.causes.iter();
                told["causes"] =
                    causes.map(|cause| json!([cause.reason, cause.field, cause.message])).collect();
            }
            told
        }
    }
}

/// Registers all policies and webhooks, and makes the objects that are asked about.
async fn set_up(client: &Client, cases: &[Value]) {
    for case in cases {
        for object in case["setup"].as_array().unwrap() {
            let path = object["path"].as_str().unwrap();
            let made = sent(client, Method::Post, path, &object["body"]).await;
            made.unwrap_or_else(|error| panic!("{}: {}", case["about"], error.chain()));
        }
    }
}

/// Asks a server everything that is recorded; the cases with its answers.
async fn judged(client: &Client, cases: &[Value], patient: bool) -> Vec<Value> {
    let mut judged = cases.to_vec();
    let mut tries = if patient { TRIES } else { 0 };
    for case in &mut judged {
        for ask in case["asks"].as_array_mut().unwrap() {
            let mut told = answer(client, ask).await;
            while told != ask["answer"] && tries > 0 {
                tries -= 1;
                catch_up(Duration::from_millis(100)).await;
                told = answer(client, ask).await;
            }
            ask["answer"] = told;
        }
    }
    judged
}

#[expect(clippy::disallowed_methods, reason = "another process has to catch up")]
async fn catch_up(wait: Duration) {
    tokio::time::sleep(wait).await;
}

fn recorded() -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(RECORDED).unwrap()).unwrap()
}

fn assert_same(cases: &[Value], judged: &[Value]) {
    let mut wrong = Vec::new();
    for (case, judged) in cases.iter().zip(judged) {
        let asks = case["asks"].as_array().unwrap().iter();
        for (ask, now) in asks.zip(judged["asks"].as_array().unwrap()) {
            if ask != now {
                let (recorded, now) = (&ask["answer"], &now["answer"]);
                let (about, body) = (&case["about"], &ask["body"]);
                wrong.push(format!("{about} {body}\n  recorded {recorded}\n  now      {now}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_genuine_server_judges_by_policies_as_it_is_recorded_to() {
    let Some(cluster) = RealCluster::start() else { return };
    let (client, cases) = (cluster.client(), recorded());
    set_up(&client, &cases).await;
    let Some(path) = std::env::var_os("KUBE_POLICIES_RECORD") else {
        return assert_same(&cases, &judged(&client, &cases, true).await);
    };
    catch_up(Duration::from_secs(6)).await;
    let judged = judged(&client, &cases, false).await;
    let lines: Vec<String> = judged.iter().map(ToString::to_string).collect();
    std::fs::write(path, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
}

#[kube_testing::test]
async fn the_embedded_server_judges_by_policies_as_a_genuine_one_is_recorded_to(cluster: Cluster) {
    let cases = recorded();
    set_up(cluster.client(), &cases).await;
    assert_same(&cases, &judged(cluster.client(), &cases, false).await);
}
