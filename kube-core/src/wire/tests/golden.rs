//! What a genuine Kubernetes 1.36.3 sent, byte for byte (`kube-core/tests/golden`).

use serde_json::Value;
use serde_json::json;

use super::*;
use crate::error::Error;
use crate::status::Answer;

const PODS: &[u8] = include_bytes!("../../../tests/golden/pods.json");
const PODS_WATCH: &[u8] = include_bytes!("../../../tests/golden/pods.watch");
const GADGETS: &[u8] = include_bytes!("../../../tests/golden/gadgets.json");
const GADGETS_WATCH: &[u8] = include_bytes!("../../../tests/golden/gadgets.watch");
const METADATA: &[u8] = include_bytes!("../../../tests/golden/deployments-metadata.json");
const EMPTY: &[u8] = include_bytes!("../../../tests/golden/empty.json");

/// Each object as JSON is the server's, but for the managed fields.
fn check(json: &[u8]) -> (Vec<RawObject>, ListHead) {
    let whole: Value = serde_json::from_slice(json).unwrap();
    let expected: Vec<Value> = whole["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let mut item = item.clone();
            assert!(
                item["metadata"]["managedFields"].as_array().is_some_and(|all| !all.is_empty())
            );
            item["metadata"]["managedFields"] = json!([]);
            item
        })
        .collect();
    let chunks: Vec<&[u8]> = json.chunks(1400).collect();
    let (items, list) = read_list(&chunks, Limits::default());
    let items: Vec<RawObject> = items.into_iter().map(Result::unwrap).collect();
    let read: Vec<Value> = items.iter().map(|item| item.decode().unwrap()).collect();
    assert_eq!(read, expected);
    let head = list.finish().unwrap();
    assert_eq!(whole["metadata"]["resourceVersion"], head.resource_version.as_str());
    (items, head)
}

#[test]
fn a_page_of_pods_is_read() {
    let (pods, head) = check(PODS);
    assert_eq!((head.kind.as_str(), head.api_version.as_str()), ("PodList", "v1"));
    assert_eq!((pods.len(), head.remaining), (2, Some(1)));
    assert!(head.continue_token.is_some());
    for raw in pods {
        let pod: Pod = raw.decode().unwrap();
        assert_eq!(pod.metadata.managed_fields, Some(Vec::new()));
        assert_eq!(pod.annotations()["note"], "ünï\"code\\ }]");
        assert_eq!((&*raw.meta.name, raw.meta.namespace.as_deref()), (pod.name(), pod.namespace()));
        assert_eq!(Some(&*raw.meta.uid), pod.uid());
        assert_eq!(Some(&*raw.meta.resource_version), pod.resource_version());
        let owner = raw.meta.controller().unwrap();
        assert_eq!((&*owner.group, &*owner.kind), ("apps", "ReplicaSet"));
        assert_eq!(raw.labels().unwrap(), *pod.labels());
    }
}

#[test]
fn other_lists_are_read() {
    let (gadgets, head) = check(GADGETS);
    assert_eq!((head.kind.as_str(), gadgets.len()), ("GadgetList", 2));
    let gadget: DynamicObject = gadgets[0].decode().unwrap();
    assert_eq!((gadget.kind.as_str(), gadget.data["spec"]["size"].as_i64()), ("Gadget", Some(7)));
    let (deployments, head) = check(METADATA);
    assert_eq!(head.kind, "PartialObjectMetadataList");
    let partial: crate::PartialObjectMetadata = deployments[0].decode().unwrap();
    assert_eq!(partial.name(), "web");
    let (none, head) = check(EMPTY);
    assert!(none.is_empty() && head.continue_token.is_none());
}

fn story(json: &[u8], size: usize) -> Vec<String> {
    let chunks: Vec<&[u8]> = json.chunks(size).collect();
    let (events, watch) = read_watch(&chunks, Limits::default());
    watch.finish().unwrap();
    let of = |what: &str, object: &RawObject| {
        let going = if object.meta.deletion { ", going" } else { "" };
        format!("{what} {}{going}", object.meta.name.chars().last().unwrap())
    };
    events
        .iter()
        .map(|event| match event {
            WatchEvent::Added(object) => of("added", object),
            WatchEvent::Modified(object) => of("modified", object),
            WatchEvent::Deleted(object) => of("deleted", object),
            WatchEvent::Bookmark { initial_events_end: true, .. } => "all there".to_owned(),
            WatchEvent::Bookmark { .. } => "bookmark".to_owned(),
            other => format!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_watch_is_read_from_the_initial_events_to_the_end() {
    let pods = story(PODS_WATCH, 1400);
    assert_eq!(
        pods,
        [
            "added 9",
            "added 9",
            "added w",
            "all there",
            "modified 9, going",
            "modified 9, going",
            "deleted 9, going",
            "added 6",
            "modified 6",
            "modified 6",
            "bookmark",
            "bookmark"
        ]
    );
    assert_eq!(pods, story(PODS_WATCH, 1), "byte by byte");
    let gadgets = story(GADGETS_WATCH, 700);
    assert_eq!(gadgets, ["added a", "added b", "all there", "deleted a", "bookmark", "bookmark"]);
}

#[test]
fn every_refusal_is_understood() {
    let kind =
        |code, body: &'static [u8]| Error::from_answer(Answer::new(code, body), "failed to try");
    let golden = |code| match code {
        400 => kind(400, include_bytes!("../../../tests/golden/bad-selector.status.json")),
        403 => kind(403, include_bytes!("../../../tests/golden/forbidden.status.json")),
        404 => kind(404, include_bytes!("../../../tests/golden/not-found.status.json")),
        422 => kind(422, include_bytes!("../../../tests/golden/invalid.status.json")),
        _ => kind(504, include_bytes!("../../../tests/golden/too-large.status.json")),
    };
    assert_eq!(golden(400).kind(), ErrorKind::BadRequest);
    assert!(golden(403).is_forbidden() && golden(404).is_not_found() && golden(422).is_invalid());
    assert_eq!(golden(404).chain(), "failed to try: pods \"nope\" not found");
    let invalid = golden(422);
    let causes = &invalid.status().unwrap().details.causes;
    assert_eq!(
        causes.iter().map(|cause| cause.field.as_str()).collect::<Vec<_>>(),
        ["metadata.name", "spec.containers"]
    );
    let too_large = golden(504);
    assert!(too_large.is_resource_version_too_large() && too_large.is_timeout());
    assert_eq!(too_large.retry_after(), Some(std::time::Duration::from_secs(1)));
}
