//! The recorded judgements of rules, asked again: of a genuine Kubernetes, and of the embedded server.
//!
//! A genuine server that judges otherwise than it is recorded to fails the test; `KUBE_RULES_RECORD=PATH` writes what it says now.

use std::collections::BTreeSet;
use std::time::Duration;

use kube_core::Client;
use kube_core::Error;
use kube_core::Method;
use kube_core::request::Request;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use crate::real::RealCluster;

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../kube-rules/tests/recorded.json");
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/// So many schemas are put into one definition, each behind a field of its own.
const TOGETHER: usize = 40;

/// What the server said: errors and warnings, or neither.
#[derive(Default, PartialEq, Debug)]
struct Answer {
    errors: BTreeSet<String>,
    warnings: BTreeSet<String>,
}

impl Answer {
    fn recorded(answer: &Value) -> Self {
        let texts = |part: &str| {
            let texts = answer[part].as_array().into_iter().flatten();
            texts.filter_map(Value::as_str).map(comparable).collect()
        };
        Self { errors: texts("errors"), warnings: texts("warnings") }
    }

    fn of(outcome: Result<Vec<String>, Error>, field: &str) -> Self {
        // A field's own name is the same in all recordings.
        let plain = |text: String| comparable(&text.replace(field, "spec.v"));
        match outcome {
            Ok(warnings) => {
                let warnings = warnings.into_iter().map(plain).collect();
                Self { errors: BTreeSet::new(), warnings }
            }
            Err(error) => {
                let status = error.status().unwrap_or_else(|| panic!("{}", error.chain()));
                let causes = status.details.causes.iter();
                let texts =
                    causes.map(|cause| plain(format!("{}: {}", cause.field, cause.message)));
                Self { errors: texts.collect(), warnings: BTreeSet::new() }
            }
        }
    }

    fn write_to(self, row: &mut Value) {
        for (part, texts) in [("errors", self.errors), ("warnings", self.warnings)] {
            let row = row.as_object_mut().unwrap();
            match texts.is_empty() {
                true => drop(row.remove(part)),
                false => drop(row.insert(part.to_owned(), json!(texts))),
            }
        }
    }
}

/// Without what differs from one server to the next: the number of a type, the words of a library of patterns.
fn comparable(text: &str) -> String {
    let head = text.split_once("error parsing regexp: ").map_or(text, |(head, _)| head);
    let mut plain = String::new();
    for (at, part) in head.split("selfType").enumerate() {
        let rest =
            if at == 0 { part } else { part.trim_start_matches(|c: char| c.is_ascii_digit()) };
        plain.push_str(if at == 0 { "" } else { "selfType" });
        plain.push_str(rest);
    }
    plain
}

async fn call(
    client: &Client,
    method: Method,
    path: &str,
    dry: bool,
    body: Value,
) -> Result<Value, Error> {
    answered(client, method, path, dry, body).await.map(|(value, _)| value)
}

async fn answered(
    client: &Client,
    method: Method,
    path: &str,
    dry: bool,
    body: Value,
) -> Result<(Value, Vec<String>), Error> {
    let mut request = Request::raw(method, path).unwrap();
    if dry {
        request.query.push(("dryRun".into(), "All".to_owned()));
    }
    if !body.is_null() {
        request.headers.push(("content-type".into(), "application/json".to_owned()));
        request.body = Some(body.to_string().into());
    }
    with_warnings(client, request).await
}

/// The answer, and what the server warns of.
pub(crate) async fn with_warnings(
    client: &Client,
    request: Request,
) -> Result<(Value, Vec<String>), Error> {
    let response = client.send(request).await?;
    let texts = response.headers.get_all("warning").map(|text| {
        let bare = text.trim_start_matches("299 - \"").trim_end_matches('"');
        bare.replace("\\\"", "\"")
    });
    let warnings = texts.collect();
    let bytes = response.body.collect(1 << 20).await?;
    Ok((serde_json::from_slice(&bytes).unwrap_or_default(), warnings))
}

fn schema_of(row: &Value) -> Value {
    let mut own = row["schema"].clone();
    if row["rules"] != json!([{"rule": "true"}]) {
        own["x-kubernetes-validations"] = row["rules"].clone();
    }
    own
}

fn object_of(properties: &Value) -> Value {
    json!({"type": "object", "properties": properties})
}

fn definition(name: &str, spec: &Value) -> Value {
    let schema = object_of(&json!({"spec": spec}));
    let version = json!({"name": "v1", "served": true, "storage": true,
        "schema": {"openAPIV3Schema": schema}});
    let plural = name.to_lowercase() + "s";
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.rules.example.com")},
        "spec": {"group": "rules.example.com", "scope": "Cluster", "versions": [version],
            "names": {"plural": plural, "kind": name}}})
}

/// Asks a server everything that is recorded; the rows with its answers.
async fn judged(client: &Client, rows: &[Value]) -> Vec<Value> {
    let mut judged = rows.to_vec();
    let mut accepted = Vec::new();
    for (at, row) in judged.iter_mut().enumerate() {
        let alone = definition("Alone", &object_of(&json!({"v": schema_of(row)})));
        let outcome = answered(client, Method::Post, DEFINITIONS, true, alone).await;
        let answer = Answer::of(outcome.map(|(_, warnings)| warnings), "spec.v");
        if answer.errors.is_empty() {
            accepted.push(at);
        } else {
            // There are no objects of a kind that is refused.
            for part in ["values", "changes"] {
                row.as_object_mut().unwrap().remove(part);
            }
        }
        let mut told = json!({});
        answer.write_to(&mut told);
        match told == json!({}) {
            true => drop(row.as_object_mut().unwrap().remove("crd")),
            false => row["crd"] = told,
        }
    }
    for (number, part) in accepted.chunks(TOGETHER).enumerate() {
        let name = format!("Many{number}");
        let behind =
            |at: &usize| (format!("r{at}"), object_of(&json!({"v": schema_of(&rows[*at])})));
        let fields: serde_json::Map<String, Value> = part.iter().map(behind).collect();
        let many = definition(&name, &object_of(&fields.into()));
        call(client, Method::Post, DEFINITIONS, false, many).await.unwrap();
        let path = format!("/apis/rules.example.com/v1/{}s", name.to_lowercase());
        established(client, &path).await;
        for at in part {
            objects(client, &path, &name, *at, &mut judged[*at]).await;
        }
    }
    judged
}

fn array<'a>(row: &'a mut Value, part: &str) -> impl Iterator<Item = &'a mut Value> {
    row.get_mut(part).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Asks a server of the objects and the changes of a row.
async fn objects(client: &Client, path: &str, kind: &str, at: usize, row: &mut Value) {
    let object = |name: &str, value: &Value| {
        json!({"apiVersion": "rules.example.com/v1", "kind": kind, "metadata": {"name": name},
            "spec": {format!("r{at}"): {"v": value}}})
    };
    let field = format!("spec.r{at}.v");
    for answer in array(row, "values") {
        let body = object("a", &answer["is"]);
        let outcome = answered(client, Method::Post, path, true, body).await;
        Answer::of(outcome.map(|(_, warnings)| warnings), &field).write_to(answer);
    }
    for (number, answer) in array(row, "changes").enumerate() {
        let name = format!("r{at}-{number}");
        let before = object(&name, &answer["from"]);
        let stored = call(client, Method::Post, path, false, before).await.unwrap();
        let mut after = object(&name, &answer["to"]);
        after["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"].clone();
        let outcome = answered(client, Method::Put, &format!("{path}/{name}"), true, after).await;
        Answer::of(outcome.map(|(_, warnings)| warnings), &field).write_to(answer);
    }
}

/// Waits until a kind is served, for ten seconds.
#[expect(clippy::disallowed_methods, reason = "another process has to catch up")]
async fn established(client: &Client, path: &str) {
    for _ in 0..100 {
        let there = call(client, Method::Get, path, false, Value::Null).await.is_ok();
        // Served a little before it can be written.
        let probe = json!({"apiVersion": "rules.example.com/v1", "kind": "None"});
        let written = call(client, Method::Post, path, true, probe).await;
        if there && written.is_err_and(|error| !error.is_not_found()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} is not served within ten seconds")
}

fn recorded() -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(RECORDED).unwrap()).unwrap()
}

fn assert_same(rows: &[Value], judged: &[Value]) {
    let answers = |row: &Value| {
        let of = |part: &str| {
            let rows = row[part].as_array().into_iter().flatten();
            rows.map(Answer::recorded).collect::<Vec<_>>()
        };
        (Answer::recorded(&row["crd"]), of("values"), of("changes"))
    };
    let differ = |(row, judged): &(&Value, &Value)| answers(row) != answers(judged);
    let wrong: Vec<String> = rows
        .iter()
        .zip(judged)
        .filter(differ)
        .map(|(row, judged)| format!("  recorded {row}\n  now      {judged}"))
        .collect();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_genuine_server_judges_rules_as_it_is_recorded_to() {
    let Some(cluster) = RealCluster::start() else { return };
    let rows = recorded();
    let judged = judged(&cluster.client(), &rows).await;
    if let Some(path) = std::env::var_os("KUBE_RULES_RECORD") {
        let lines: Vec<String> = judged.iter().map(ToString::to_string).collect();
        std::fs::write(path, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    }
    assert_same(&rows, &judged);
}

#[kube_testing::test]
async fn the_embedded_server_judges_rules_as_a_genuine_one_is_recorded_to(cluster: Cluster) {
    let rows = recorded();
    let judged = judged(cluster.client(), &rows).await;
    assert_same(&rows, &judged);
}
