//! The client against the embedded API server, over real HTTP on this machine.

use k8s_openapi::api::core::v1::{ConfigMap, Node, ServiceAccount};
use kube_core::api::Event;
use kube_core::{Client, Config, ResourceExt as _};
use kube_embedded::{Listening, Server};
use serde_json::json;

use crate::story::{every_verb, map, namespace};

pub(crate) async fn served() -> (Server, Listening, Client) {
    let server = Server::builder().build();
    let listening = server.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let config = Config::new(&listening.url()).unwrap().token(server.admin_token());
    (server, listening, Client::new(config).unwrap().with_field_manager("kube-core-test"))
}

#[tokio::test]
async fn every_verb_works() {
    let (_server, _listening, client) = served().await;
    every_verb(&client).await;
}

#[tokio::test]
async fn kinds_are_found_by_name_and_metadata_comes_alone() {
    let (_server, _listening, client) = served().await;
    for (word, expected) in [
        ("po", "pods"),
        ("deploy", "deployments.apps"),
        ("crd", "customresourcedefinitions.apiextensions.k8s.io"),
    ] {
        assert_eq!(client.discovery().resolve(word).await.unwrap().to_string(), expected);
    }
    let nodes = client.dynamic("no").list().await.unwrap().items;
    assert!(!nodes.is_empty());
    let one = client.metadata::<Node>().get(nodes[0].name()).await.unwrap();
    assert_eq!((one.kind.as_str(), one.name()), ("PartialObjectMetadata", nodes[0].name()));
    assert_eq!(client.metadata::<Node>().list().await.unwrap().items.len(), nodes.len());
}

#[tokio::test]
async fn the_present_objects_come_first_where_a_watch_asks_for_them() {
    let (_server, _listening, client) = served().await;
    let maps = client.namespace("default").api::<ConfigMap>();
    maps.create(&map("a")).await.unwrap();
    let mut watch = maps.watch().labels("app=core").send_initial_events().await.unwrap();
    assert!(matches!(watch.next().await.unwrap(), Some(Event::Added(map)) if map.name() == "a"));
    let bookmark = watch.next().await.unwrap();
    assert!(matches!(bookmark, Some(Event::Bookmark { initial_events_end: true, .. })));
    maps.delete("a").await.unwrap();
    assert!(matches!(watch.next().await.unwrap(), Some(Event::Deleted(map)) if map.name() == "a"));
}

#[tokio::test]
async fn a_service_accounts_token_is_that_account() {
    let (_server, listening, client) = served().await;
    let place = namespace(&client).await;
    let account = json!({ "metadata": { "name": "nobody" } });
    let account: ServiceAccount = serde_json::from_value(account).unwrap();
    let here = client.namespace(&place);
    here.create(&account).await.unwrap();
    let token = here.api::<ServiceAccount>().create_token("nobody").await.unwrap();
    let config = Config::new(&listening.url()).unwrap().token(token.expose());
    let nobody = Client::new(config).unwrap();
    let error = nobody.namespace(&place).list::<ConfigMap>().await.unwrap_err();
    assert!(error.is_forbidden());
    let user = format!("system:serviceaccount:{place}:nobody");
    assert!(error.chain().contains(&user), "{error:?}");
}
