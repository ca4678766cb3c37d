//! What a program has from its user: a name, namespace, label or selector that is none, given to every call, in; an error before
//! anything leaves out.

use std::collections::BTreeMap;
use std::future::IntoFuture;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod, Service, ServiceAccount};
use kube_core::{Api, Client, Config, DynamicObject, Error, ErrorKind, Patch, Resource as _};
use serde_json::{Value, json};

use crate::stranger::{Says, Stranger};

/// A call, and how it is named where it does not fail.
type Call = (&'static str, BoxFuture<'static, Result<(), Error>>);

/// Names of which one each sort of check is about; `names` has more.
const NAMES: [&str; 6] = ["", "..", "a/b", "a%2fb", "a?dryRun=All", "ä"];
const NAMESPACES: [&str; 6] = ["", "..", "a/b", "Prod", "-a", "a.b"];
const LABELS: [&str; 6] = ["=", "a b=c", "a in", "a=b c", "A_/b", "a=-b"];
const FIELDS: [&str; 3] = ["=a", "metadata.name", "a b=c"];

fn call<T>(
    name: &'static str,
    call: impl IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>,
) -> Call {
    (name, call.into_future().map(|result| result.map(drop)).boxed())
}

fn map(name: &str, namespace: Option<&str>, labels: &[(&str, &str)]) -> ConfigMap {
    let labels: BTreeMap<_, _> = labels.iter().copied().collect();
    let metadata = json!({ "name": name, "namespace": namespace, "labels": labels });
    serde_json::from_value(json!({ "metadata": metadata })).unwrap()
}

/// Every call about one object.
fn of_a_name(client: &Client, name: &'static str) -> Vec<Call> {
    let prod = client.namespace("prod");
    let (maps, pods) = (prod.api::<ConfigMap>(), prod.api::<Pod>());
    let dynamic = client.api::<DynamicObject>(ConfigMap::RESOURCE, Some("prod"));
    let any = maps.subresource::<Value>("any");
    let scale = prod.api::<Deployment>().scale();
    let object = map(name, None, &[]);
    let patch = || Patch::Merge(json!({}));
    let pod = prod.pod(name);
    let here = std::env::temp_dir().join("nothing-is-copied");
    let mut calls = vec![
        call("get", maps.get(name)),
        call("get optional", maps.get(name).optional()),
        call("get metadata", maps.metadata_only().get(name)),
        call("get dynamic", dynamic.get(name)),
        call("get of a namespace", prod.get::<ConfigMap>(name)),
        call("get table", maps.table().get(name)),
        call("delete", maps.delete(name)),
        call("delete of a namespace", prod.delete::<ConfigMap>(name)),
        call("patch", maps.patch(name, patch())),
        call("modify", maps.modify(name, |_: &mut ConfigMap| {})),
        call("until", maps.until(name, |map: Option<&ConfigMap>| map.is_some())),
        call("replace", maps.replace(&object)),
        call("apply", maps.apply(&object).field_manager("me")),
        call("status get", maps.status().get(name)),
        call("status patch", maps.status().patch(name, patch())),
        call("status replace", maps.status().replace(&object)),
        call("status apply", maps.status().apply(&object).field_manager("me")),
        call("subresource get", any.get(name)),
        call("subresource patch", any.patch(name, patch())),
        call("subresource replace", any.replace(name, &json!({}))),
        call("subresource create", any.create::<_, _, Value>(name, &json!({}))),
        call("subresource delete", any.delete(name)),
        call("scale get", scale.get(name)),
        call("scale set", scale.set(name, 3)),
        call("scale patch", scale.patch(name, patch())),
        call("scale replace", scale.replace(name, &Default::default())),
        call("evict", pods.evict(name)),
        call("bind", pods.bind(name, "node")),
        call("ephemeral containers", pods.ephemeral_containers().patch(name, patch())),
        call("resize", pods.resize().patch(name, patch())),
        call("token", prod.api::<ServiceAccount>().create_token(name)),
        call("proxy to a pod", pods.proxy(name).get("a")),
        call("proxy to a service", prod.api::<Service>().proxy(name).get("a")),
        call("proxy to a node", client.all::<Node>().proxy(name).get("a")),
        call("log", pod.log()),
        call("exec", pod.exec(["true"])),
        call("attach", pod.attach()),
        call("port-forward", pod.port_forward()),
        call("copy from", pod.copy_from("/a", &here)),
        call("copy to", pod.copy_to(std::env::current_exe().unwrap(), "/a")),
    ];
    // Of an object without a name the server makes one up.
    if !name.is_empty() {
        calls.push(call("create", maps.create(&object)));
    }
    calls
}

/// Every call about one namespace, or all objects in it.
fn of_a_namespace(client: &Client, namespace: &'static str) -> Vec<Call> {
    let there = client.namespace(namespace);
    let maps = there.api::<ConfigMap>();
    let mut calls = vec![
        call("api", client.api::<ConfigMap>(ConfigMap::RESOURCE, Some(namespace)).list()),
        call("all, then one", client.all::<ConfigMap>().namespace(namespace).list()),
        call("list of a namespace", there.list::<ConfigMap>()),
        call("create of a namespace", there.create(&map("a", None, &[]))),
        call("get", maps.get("a")),
        call("create", maps.create(&map("a", None, &[]))),
        call("exec", there.pod("a").exec(["true"])),
    ];
    // Without one of its own an object goes where it is sent; `""` is none.
    if !namespace.is_empty() {
        let object = map("a", Some(namespace), &[]);
        calls.push(call("replace of its own", client.all::<ConfigMap>().replace(&object)));
        let apply = client.all::<ConfigMap>().apply(&object).field_manager("me");
        calls.push(call("apply of its own", apply));
    }
    calls.extend(of_a_selection(&maps, "", ""));
    calls
}

/// Every call about a collection.
fn of_a_selection(maps: &Api<ConfigMap>, labels: &'static str, fields: &'static str) -> Vec<Call> {
    let table = maps.table();
    let list = || maps.list().labels(labels).fields(fields);
    let watch = || maps.watch().resource_version("1").labels(labels).fields(fields);
    let mut tables = table.list().labels(labels).fields(fields).pages(5);
    let mut resumed = watch().resumed();
    vec![
        call("list", list()),
        call("raw list", list().raw().boxed()),
        call("pages", list().pages(5).whole().boxed()),
        call("watch", watch()),
        call("raw watch", watch().raw().boxed()),
        call("watch resumed", async move { resumed.next().await }.boxed()),
        call("delete collection", maps.delete_collection().labels(labels).fields(fields)),
        call("table list", table.list().labels(labels).fields(fields)),
        call("table pages", async move { tables.next().await }.boxed()),
        call("table watch", table.watch().labels(labels).fields(fields)),
    ]
}

/// Every call that sends an object.
fn of_a_label(client: &Client, label: (&str, &str)) -> Vec<Call> {
    let maps = client.namespace("prod").api::<ConfigMap>();
    let object = map("a", None, &[label]);
    vec![
        call("create", maps.create(&object)),
        call("replace", maps.replace(&object)),
        call("apply", maps.apply(&object).field_manager("me")),
    ]
}

async fn refused(calls: Vec<Call>, given: &str) {
    for (name, call) in calls {
        let Err(error) = call.await else { panic!("{name} with `{given}` is no error") };
        let chain = error.chain();
        assert_eq!(error.kind(), ErrorKind::Input, "{name} with `{given}`: {chain}");
        assert!(!error.is_outcome_unknown() && !error.is_retryable(), "{name}: {chain}");
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_an_error_of_every_call_and_nothing_leaves() {
    let nothing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec();
    let stranger = Stranger::saying(Says::Once(nothing)).await;
    let client = Client::new(Config::new(&stranger.url("http")).unwrap()).unwrap();
    for name in NAMES {
        refused(of_a_name(&client, name), name).await;
    }
    for namespace in NAMESPACES {
        refused(of_a_namespace(&client, namespace), namespace).await;
    }
    let maps = client.namespace("prod").api::<ConfigMap>();
    for labels in LABELS {
        refused(of_a_selection(&maps, labels, ""), labels).await;
    }
    for fields in FIELDS {
        refused(of_a_selection(&maps, "", fields), fields).await;
    }
    for label in [("", "b"), ("a b", "c"), ("a", "b c"), ("A_/b", "c"), ("a", "-b")] {
        refused(of_a_label(&client, label), label.0).await;
    }
    assert_eq!(*stranger.heard.lock().unwrap(), "", "nothing has left");

    // And it would have been heard: the same calls with what can be meant.
    let meant = of_a_name(&client, "web").into_iter().chain(of_a_namespace(&client, "prod"));
    let meant =
        meant.chain(of_a_label(&client, ("in", "b"))).chain(of_a_selection(&maps, "a=b", "a=b"));
    for (name, call) in meant {
        let before = stranger.heard.lock().unwrap().len();
        let error = call.await.err().map(|error| error.chain());
        assert!(stranger.heard.lock().unwrap().len() > before, "{name} has not left: {error:?}");
    }
}
