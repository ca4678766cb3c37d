//! Objects of built-in kinds, created and changed: of each answer that a genuine Kubernetes is recorded to give, the embedded server gives the same.
//!
//! A row of `recorded.json` is a kind, an object of it, and what each step is answered with: what is stored, or why it is not; and how
//! `kubectl get` prints it. `KINDS_RECORD=1` writes what a genuine server says now.

use kube_core::Client;
use kube_core::Error;
use kube_core::Method;
use kube_core::request::Request;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use crate::real::RealCluster;

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/kinds/recorded.json");
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

fn recorded() -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(RECORDED).unwrap()).unwrap()
}

async fn ask(client: &Client, method: Method, path: &str, body: &Value) -> Result<Value, Error> {
    let kind = match method {
        Method::Get => ("accept", TABLE),
        Method::Patch => ("content-type", "application/merge-patch+json"),
        _ => ("content-type", "application/json"),
    };
    let mut request = Request::raw(method, path).unwrap().header(kind.0, kind.1).unwrap();
    if !body.is_null() {
        request.body = Some(body.to_string().into());
    }
    let bytes = client.send(request).await?.body.collect(1 << 20).await?;
    Ok(serde_json::from_slice(&bytes).unwrap())
}

/// What is another in each run is left out.
fn comparable(answer: Result<Value, Error>) -> Value {
    match answer {
        Ok(mut object) => {
            let metadata = object["metadata"].as_object_mut().unwrap();
            for own in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
                metadata.remove(own);
            }
            if let Some(moment) = object.pointer_mut("/status/lastPhaseTransitionTime") {
                *moment = "now".into();
            }
            object
        }
        Err(error) => {
            let status = error.status().unwrap_or_else(|| panic!("{}", error.chain()));
            json!({ "code": status.code, "message": status.message })
        }
    }
}

/// Columns and cells; ages differ.
fn printed(table: &Value) -> Value {
    let columns = table["columnDefinitions"].as_array().unwrap();
    let column = |(number, column): (usize, &Value)| {
        let is_age = column["name"] == "Age" || column["type"] == "date";
        let cell = if is_age { "age".into() } else { table["rows"][0]["cells"][number].clone() };
        json!([column["name"], column["type"], column["priority"], cell])
    };
    columns.iter().enumerate().map(column).collect()
}

/// The row with the answers of this server. Nothing stays behind.
async fn answered(client: &Client, row: &Value) -> Value {
    let mut row = row.clone();
    let [group, plural] = ["group", "plural"].map(|part| row[part].as_str().unwrap().to_owned());
    let namespaced = row["cluster"] != true;
    let mut path =
        if group.starts_with('v') { format!("/api/{group}") } else { format!("/apis/{group}") };
    if namespaced {
        path.push_str("/namespaces/default");
    }
    let all = format!("{path}/{plural}");
    let one = format!("{all}/{}", row["object"]["metadata"]["name"].as_str().unwrap());
    let created = ask(client, Method::Post, &all, &row["object"]).await;
    let is_there = created.is_ok();
    row["created"] = comparable(created);
    // The controllers of a cluster change some at once.
    let is_left_alone = row["kept"] != true;
    if is_there && is_left_alone {
        row["printed"] = printed(&ask(client, Method::Get, &one, &Value::Null).await.unwrap());
        if let Some(patch) = row.get("patch") {
            row["patched"] = comparable(ask(client, Method::Patch, &one, patch).await);
        }
    }
    if is_there {
        let now = json!({ "gracePeriodSeconds": 0, "propagationPolicy": "Background" });
        ask(client, Method::Delete, &one, &now).await.unwrap();
        // Some are held by a finalizer of the server's.
        let free = json!({ "metadata": { "finalizers": null } });
        _ = ask(client, Method::Patch, &one, &free).await;
    }
    row
}

async fn differences(client: &Client, rows: &[Value]) -> (Vec<Value>, Vec<String>) {
    let (mut now, mut differ) = (Vec::new(), Vec::new());
    for row in rows {
        let answer = answered(client, row).await;
        for part in ["created", "printed", "patched"] {
            if answer[part] != row[part] {
                let (name, kind) = (&row["object"]["metadata"]["name"], &row["plural"]);
                differ.push(format!(
                    "{kind} {name}, {part}:\n  recorded {}\n  now      {}",
                    row[part], answer[part]
                ));
            }
        }
        now.push(answer);
    }
    (now, differ)
}

#[tokio::test]
async fn a_genuine_server_answers_of_each_built_in_kind_as_it_is_recorded_to() {
    let Some(cluster) = RealCluster::start() else { return };
    let (now, differ) = differences(&cluster.client(), &recorded()).await;
    if std::env::var_os("KINDS_RECORD").is_some() {
        let rows: Vec<String> = now.iter().map(ToString::to_string).collect();
        std::fs::write(RECORDED, format!("[\n{}\n]\n", rows.join(",\n"))).unwrap();
        return;
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[kube_testing::test]
async fn the_embedded_server_answers_of_each_built_in_kind_as_a_genuine_one_is_recorded_to(
    cluster: Cluster,
) {
    let (_, differ) = differences(cluster.client(), &recorded()).await;
    assert!(differ.is_empty(), "{} differences\n{}", differ.len(), differ.join("\n"));
}
