//! Operators that are wrong in one way each, which torture has to find, and one that is right.

use std::hash::BuildHasher as _;
use std::hash::RandomState;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::api::core::v1::ServiceSpec;
use kube_core::Patch;
use kube_runtime::prelude::*;
use serde_json::json;

use super::torture;
use crate::cluster::Cluster;

fn map(name: &str, value: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    let data = [("value".to_owned(), value.to_owned())].into();
    ConfigMap { metadata, data: Some(data), ..ConfigMap::default() }
}

fn secret(name: &str, value: &str) -> Secret {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    let data = [("value".to_owned(), value.to_owned())].into();
    Secret { metadata, string_data: Some(data), ..Secret::default() }
}

fn value(map: &ConfigMap) -> String {
    map.data.as_ref().map(|data| data["value"].clone()).unwrap_or_default()
}

async fn two_maps_one_of_which_changes(cluster: &Cluster) {
    cluster.create(&map("one", "1")).await;
    cluster.advance("1m").await;
    cluster.create(&map("two", "1")).await;
    cluster.advance("1m").await;
    cluster.patch::<ConfigMap>("one", json!({ "data": { "value": "2" } })).await;
    cluster.advance("1m").await;
}

#[controller(owns(Secret))]
async fn keeper(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
    if map.name() != "kube-root-ca.crt" {
        cx.apply(secret(map.name(), &value(&map))).await?;
    }
    Ok(Action::done())
}

#[test]
fn an_operator_that_goes_by_what_is_there_ends_the_same_each_time() {
    let plays = torture(keeper, two_maps_one_of_which_changes);
    assert!(plays.crashes >= 6 && plays.behind >= 10 && plays.missed >= 1, "{plays:?}");
}

/// It makes up a password where there is none, and the server an address.
#[controller(owns(Secret, Service))]
async fn host(
    map: Object<ConfigMap>,
    secrets: Lister<Secret>,
    cx: Cx<ConfigMap>,
) -> Result<Action> {
    if map.name() == "kube-root-ca.crt" {
        return Ok(Action::done());
    }
    if secrets.find(cx.key())?.is_none() {
        let password = RandomState::new().hash_one(()).to_string();
        cx.apply(secret(map.name(), &password)).await?;
    }
    let metadata = ObjectMeta { name: map.metadata.name.clone(), ..ObjectMeta::default() };
    let ports = vec![ServicePort { port: 80, ..ServicePort::default() }];
    let spec = ServiceSpec {
        ports: Some(ports),
        type_: Some("NodePort".to_owned()),
        ..ServiceSpec::default()
    };
    cx.apply(Service { metadata, spec: Some(spec), ..Service::default() }).await?;
    Ok(Action::done())
}

#[test]
fn what_is_made_up_anew_each_time_is_no_other_end() {
    torture(host, two_maps_one_of_which_changes);
}

/// It deletes what has no object in its cache, and makes what it makes only once.
#[controller(permissions(Secret: list, create, delete, ConfigMap: patch))]
async fn sweeper(
    map: Object<ConfigMap>,
    maps: Lister<ConfigMap>,
    client: Client,
) -> Result<Action> {
    let secrets = client.namespace("default").api::<Secret>();
    for orphan in secrets.list().await?.items {
        let name = orphan.metadata.name.unwrap_or_default();
        if maps.get("default", &name)?.is_none() {
            secrets.delete(&name).await?;
        }
    }
    let made = map.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key("made"));
    if map.name() != "kube-root-ca.crt" && !made {
        secrets.create(&secret(map.name(), "")).await.or_else(|error| {
            match error.is_already_exists() {
                true => Ok(Secret::default()),
                false => Err(error),
            }
        })?;
        let mark = Patch::Merge(json!({ "metadata": { "labels": { "made": "yes" } } }));
        client.namespace("default").patch::<ConfigMap>(map.name(), mark).await?;
    }
    Ok(Action::done())
}

#[test]
#[should_panic(expected = "with caches of configmaps that were as before write")]
fn who_deletes_what_a_cache_that_is_behind_does_not_have_is_found() {
    torture(sweeper, async |cluster: &Cluster| {
        cluster.create(&map("one", "1")).await;
        cluster.advance("1m").await;
        cluster.create(&map("two", "1")).await;
        cluster.advance("1m").await;
    });
}

/// It keeps every value that it has seen, and takes for granted that it sees each.
#[controller(permissions(Secret: patch))]
async fn historian(map: Object<ConfigMap>, client: Client) -> Result<Action> {
    if map.name() != "kube-root-ca.crt" {
        let seen = Patch::Merge(json!({ "stringData": { value(&map): "seen" } }));
        client.namespace("default").patch::<Secret>("history", seen).await?;
    }
    Ok(Action::done())
}

#[test]
#[should_panic(expected = "when the operator was not told of write")]
fn who_needs_every_event_is_found() {
    torture(historian, async |cluster: &Cluster| {
        cluster.create(&secret("history", "")).await;
        cluster.create(&map("one", "1")).await;
        cluster.advance("1m").await;
        cluster.patch::<ConfigMap>("one", json!({ "data": { "value": "2" } })).await;
        cluster.advance("1m").await;
    });
}

#[test]
#[should_panic(expected = "the story does not end after a crash")]
fn a_story_that_waits_for_what_a_crash_prevents_ends_all_the_same() {
    let lives = std::cell::Cell::new(0);
    let operator = || {
        lives.set(lives.get() + 1);
        keeper
    };
    torture(operator, async |cluster: &Cluster| {
        lives.set(1);
        cluster.create(&map("one", "1")).await;
        cluster.settled().await;
        // Only a play without a crash has one life.
        while lives.get() > 1 {
            cluster.advance("1m").await;
        }
        cluster.advance("1m").await;
    });
}
