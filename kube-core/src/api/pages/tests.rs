//! The promises of pages, against a script.

use std::sync::Arc;

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::Value;
use serde_json::json;

use crate::client::Client;
use crate::error::ErrorKind;
use crate::object::ResourceExt;
use crate::request::ResourceVersionMatch;
use crate::transport::script::Reply;
use crate::transport::script::Script;
use crate::transport::script::failure;
use crate::transport::script::ok;

use super::*;

const PATH: &str = "/api/v1/namespaces/prod/configmaps";

fn page(names: &[&str], token: Option<&str>) -> Reply {
    let map = |name: &&str| match *name {
        "bad" => json!({ "metadata": { "name": "bad" }, "data": 7 }),
        name => json!({ "metadata": { "name": name } }),
    };
    let items: Vec<Value> = names.iter().map(map).collect();
    ok(json!({ "kind": "ConfigMapList", "apiVersion": "v1", "items": items,
        "metadata": { "resourceVersion": "7", "continue": token } }))
}

/// Three pages of two, two and one; the page that this is number of is refused.
fn server(
    refused: Option<(&'static str, u16, &'static str)>,
) -> (Arc<Script>, ListObjects<ConfigMap>) {
    let script = Script::new(move |request, _| {
        let of = |wanted: &str| {
            request.query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        let token = of("continue").unwrap_or_default();
        match refused {
            Some((at, code, reason)) if at == token && of("limit").is_some() => {
                failure(code, reason, &json!({}))
            }
            _ => match (of("limit"), token) {
                (None, _) => page(&["a", "b", "c", "d", "e"], None),
                (_, "") => page(&["a", "b"], Some("2")),
                (_, "2") => page(&["c", "d"], Some("3")),
                _ => page(&["e"], None),
            },
        }
    });
    let client = Client::over(Arc::<Script>::clone(&script));
    let list = client.namespace("prod").api::<ConfigMap>().list();
    (script, list)
}

fn names(maps: &[ConfigMap]) -> String {
    maps.iter().map(ResourceExt::name).collect()
}

#[tokio::test]
async fn later_pages_do_not_send_the_revision_of_the_first() {
    let (script, list) = server(None);
    let list = list.resource_version("5").resource_version_match(ResourceVersionMatch::Exact);
    let mut pages = list.labels("a=b").pages(2);
    let mut read = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        read.push(names(&page.items));
    }
    assert_eq!(read, ["ab", "cd", "e"]);
    assert!(pages.next().await.unwrap().is_none());
    let first = "labelSelector=a%3Db&limit=2";
    assert_eq!(
        script.seen(),
        [
            format!("GET {PATH}?{first}&resourceVersion=5&resourceVersionMatch=Exact"),
            format!("GET {PATH}?{first}&continue=2"),
            format!("GET {PATH}?{first}&continue=3"),
        ]
    );
}

#[tokio::test]
async fn no_more_than_one_page_is_fetched_ahead() {
    let (script, list) = server(None);
    let mut stream = std::pin::pin!(list.pages(2).into_stream());
    assert!(script.seen().is_empty(), "nothing leaves before it is polled");
    let mut read = String::new();
    for requests in [2, 2, 3, 3, 3] {
        read.push_str(stream.next().await.unwrap().unwrap().name());
        tokio::task::yield_now().await;
        assert_eq!(script.seen().len(), requests, "after {read}");
    }
    assert_eq!(read, "abcde");
    assert!(stream.next().await.is_none());
    assert_eq!(script.seen().len(), 3);
}

#[tokio::test]
async fn the_next_page_is_fetched_while_the_second_half_of_one_is_taken() {
    let script = Script::new(|_, before| match before {
        0 => page(&["a", "b", "c", "d", "e"], Some("2")),
        _ => page(&["f"], None),
    });
    let client = Client::over(Arc::<Script>::clone(&script));
    let list = client.namespace("prod").api::<ConfigMap>().list();
    let mut stream = std::pin::pin!(list.pages(5).into_stream());
    for requests in [1, 1, 2, 2, 2, 2] {
        stream.next().await.unwrap().unwrap();
        assert_eq!(script.seen().len(), requests);
    }
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_an_error_among_the_others() {
    let script = Script::new(|_, before| match before {
        0 => page(&["a", "bad", "b"], Some("2")),
        1 => page(&["c"], Some("3")),
        _ => failure(500, "InternalError", &json!({})),
    });
    let client = Client::over(Arc::<Script>::clone(&script));
    let list = client.namespace("prod").api::<ConfigMap>().list();
    let items: Vec<_> = list.pages(3).into_stream().collect().await;
    let shown: Vec<String> = items
        .iter()
        .map(|item| match item {
            Ok(map) => map.name().to_owned(),
            Err(error) => format!("{:?}", error.kind()),
        })
        .collect();
    assert_eq!(shown, ["a", "Decode", "b", "c", "Internal"]);
    assert!(items[1].as_ref().unwrap_err().to_string().contains("`bad`"));
}

#[tokio::test]
async fn a_revision_that_is_forgotten_on_the_way_leads_to_one_full_list() {
    for (refused, requests, kind) in [
        (None, 3, None),
        (Some(("2", 410, "Expired")), 3, None),
        (Some(("3", 410, "Expired")), 4, None),
        (Some(("", 410, "Expired")), 1, Some(ErrorKind::Gone)),
        (Some(("2", 403, "Forbidden")), 2, Some(ErrorKind::Forbidden)),
    ] {
        let (script, list) = server(refused);
        let whole = list.pages(2).whole().await;
        assert_eq!(script.seen().len(), requests, "{refused:?}");
        match kind {
            None => {
                let whole = whole.unwrap();
                assert_eq!(names(&whole.items), "abcde", "{refused:?}");
                assert_eq!(whole.metadata.continue_token, None);
            }
            Some(kind) => assert_eq!(whole.unwrap_err().kind(), kind),
        }
    }
    // After pages that were taken by themselves it is still of the same objects.
    let (script, list) = server(Some(("2", 410, "Expired")));
    let mut pages = list.labels("app=web").pages(2);
    pages.next().await.unwrap().unwrap();
    assert_eq!(names(&pages.whole().await.unwrap().items), "abcde");
    let last = script.seen().pop().unwrap();
    assert_eq!(last, format!("GET {PATH}?labelSelector=app%3Dweb"));
    let (_script, list) = server(None);
    let mut pages = list.pages(2);
    while pages.next().await.unwrap().is_some() {}
    assert!(pages.whole().await.unwrap().items.is_empty(), "nothing is left");
    // One by one, what was read cannot be taken back.
    let (_script, list) = server(Some(("2", 410, "Expired")));
    let items: Vec<_> = list.pages(2).into_stream().collect().await;
    assert_eq!(items.len(), 3);
    assert!(items[2].as_ref().unwrap_err().is_gone());
}

#[tokio::test]
async fn a_wrong_selector_is_the_error_of_the_first_page() {
    let (script, list) = server(None);
    let mut pages = list.labels("a in").pages(2);
    assert_eq!(pages.next().await.unwrap_err().kind(), ErrorKind::Input);
    assert!(pages.next().await.unwrap().is_none());
    assert!(script.seen().is_empty());
}
