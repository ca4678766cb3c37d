//! The promises of requests: golden URLs and bodies, evil input, nothing secret in sight.

use std::time::Duration;

use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::core::v1::Pod;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use super::*;
use crate::object::Resource;

fn pods() -> Target {
    Target::of(&Pod::RESOURCE).namespace("prod".try_into().unwrap())
}

fn pod() -> Target {
    pods().name("web".try_into().unwrap())
}

fn sent(request: &Request) -> String {
    format!("{} {}", request.method, request.path_and_query())
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body.as_ref().unwrap()).unwrap()
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
}

#[test]
fn reads_are_sent_as_the_server_expects_them() {
    let get = Request::get(&pod(), &GetOptions::default().resource_version("0")).unwrap();
    assert_eq!(sent(&get), "GET /api/v1/namespaces/prod/pods/web?resourceVersion=0");
    assert_eq!(header(&get, "accept"), Some("application/json"));
    assert!(get.body.is_none() && header(&get, "content-type").is_none());

    let list = ListOptions::default()
        .labels("app=web,env in (a,b)".parse::<crate::selector::LabelSelector>().unwrap())
        .fields("status.phase!=Running".parse::<crate::selector::FieldSelector>().unwrap())
        .limit(500_u32)
        .continue_token("a/b+c==")
        .resource_version("7")
        .resource_version_match(ResourceVersionMatch::Exact)
        .timeout(Duration::from_millis(1500));
    assert_eq!(
        sent(&Request::list(&pods(), &list).unwrap()),
        "GET /api/v1/namespaces/prod/pods?labelSelector=app%3Dweb%2Cenv%20in%20%28a%2Cb%29\
         &fieldSelector=status.phase%21%3DRunning&limit=500&continue=a%2Fb%2Bc%3D%3D&resourceVersion=7\
         &resourceVersionMatch=Exact&timeoutSeconds=2"
    );
    let all = Target::of(&Pod::RESOURCE).metadata_only();
    let newer = ListOptions::default().resource_version_match(ResourceVersionMatch::NotOlderThan);
    let list = Request::list(&all, &newer).unwrap();
    assert_eq!(list.exchange, Exchange::Whole);
    assert_eq!(sent(&list), "GET /api/v1/pods?resourceVersionMatch=NotOlderThan");
    let accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    assert_eq!(header(&list, "accept"), Some(accept));
}

#[test]
fn what_runs_in_a_container_is_asked_for_as_kubectl_does() {
    let mut log = LogOptions::default();
    let follow = Request::log(&pod(), &log).unwrap();
    assert_eq!(sent(&follow), "GET /api/v1/namespaces/prod/pods/web");
    (log.container, log.follow, log.previous) = (Some("main".to_owned()), true, true);
    (log.limit_bytes, log.since_seconds, log.tail_lines) = (Some(7), Some(8), Some(9));
    (log.insecure_skip_tls_verify_backend, log.timestamps) = (true, true);
    log.since_time = Some(crate::object::Time("2030-01-01T00:00:00.5Z".parse().unwrap()));
    let follow = Request::log(&pod().subresource("log"), &log).unwrap();
    assert_eq!(
        sent(&follow),
        "GET /api/v1/namespaces/prod/pods/web/log?container=main&follow=true&insecureSkipTLSVerifyBackend=true\
         &limitBytes=7&previous=true&sinceSeconds=8&sinceTime=2030-01-01T00:00:00Z&tailLines=9&timestamps=true"
    );
    let watch = Request::watch(&pods(), &WatchOptions::default()).unwrap();
    assert_eq!((follow.exchange, watch.exchange), (Exchange::Stream, Exchange::Stream));
    let command = ["sh".to_owned()];
    for (stdin, stdout, stderr, tty, query) in [
        (true, false, false, false, Some("stdin=true")),
        (false, true, false, false, Some("stdout=true")),
        (false, false, true, false, Some("stderr=true")),
        (true, true, true, true, Some("stdin=true&stdout=true&tty=true")),
        (false, false, true, true, None),
        (false, false, false, false, None),
    ] {
        let options = ProcessOptions { container: None, stdin, stdout, stderr, tty };
        let exec = Request::exec(&pod(), &command, &options);
        let Some(query) = query else {
            assert!(exec.unwrap_err().to_string().contains("in pods `web`"));
            continue;
        };
        let exec = exec.unwrap();
        let path = "GET /api/v1/namespaces/prod/pods/web/exec";
        assert_eq!(sent(&exec), format!("{path}?{query}&command=sh"));
        let accepted = [&exec, &follow].map(|request| header(request, "accept"));
        assert_eq!(accepted, [Some("application/json, */*"); 2]);
        assert_eq!((exec.exchange, exec.verb), (Exchange::Upgrade, Verb::Create));
    }
    let accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
    let table = Request::list(&pods().table(), &ListOptions::default()).unwrap();
    assert!(
        header(&table, "accept").unwrap().starts_with(accept),
        "{:?}",
        header(&table, "accept")
    );
}

#[test]
fn watches_ask_for_bookmarks_and_initial_events() {
    let url = |options: WatchOptions| Request::watch(&pods(), &options).unwrap().path_and_query();
    assert_eq!(
        url(WatchOptions::default().resource_version("9").timeout(Duration::from_secs(300))),
        "/api/v1/namespaces/prod/pods?watch=true&resourceVersion=9&allowWatchBookmarks=true&timeoutSeconds=300"
    );
    assert_eq!(
        url(WatchOptions::default().bookmarks(false)),
        "/api/v1/namespaces/prod/pods?watch=true"
    );
    assert_eq!(
        url(WatchOptions::default().bookmarks(false).send_initial_events(true)),
        "/api/v1/namespaces/prod/pods?watch=true&sendInitialEvents=true\
         &resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    );
    assert!(url(WatchOptions::default().timeout(Duration::ZERO)).ends_with("timeoutSeconds=1"));
    assert!(url(WatchOptions::default().timeout(Duration::MAX)).ends_with("=9223372036854775807"));
    let watch = Request::watch(&pods().metadata_only(), &WatchOptions::default()).unwrap();
    let accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    assert_eq!(header(&watch, "accept"), Some(accept));
}

#[test]
fn writes_are_sent_as_the_server_expects_them() {
    let options = CreateOptions::default()
        .field_manager("me")
        .dry_run(true)
        .field_validation(FieldValidation::Strict);
    let create = Request::create(&pods(), &json!({"a": 1}), &options).unwrap();
    assert_eq!(
        sent(&create),
        "POST /api/v1/namespaces/prod/pods?fieldManager=me&dryRun=All&fieldValidation=Strict"
    );
    assert_eq!(header(&create, "content-type"), Some("application/json"));
    assert_eq!(body(&create), json!({"a": 1}));

    let options =
        ReplaceOptions::default().field_manager("a b&c").field_validation(FieldValidation::Warn);
    let replace = Request::replace(&pod().subresource("status"), &json!(2), &options).unwrap();
    assert_eq!(
        sent(&replace),
        "PUT /api/v1/namespaces/prod/pods/web/status?fieldManager=a%20b%26c&fieldValidation=Warn"
    );

    let apply = json!({"kind": "Pod", "metadata": {"name": "web", "managedFields": [{}]}});
    let apply = Patch::apply(&apply).unwrap();
    let options = PatchOptions::default()
        .field_manager("me")
        .force(true)
        .field_validation(FieldValidation::Ignore);
    let patch = Request::patch(&pod(), &apply, &options).unwrap();
    assert_eq!(
        sent(&patch),
        "PATCH /api/v1/namespaces/prod/pods/web?fieldManager=me&fieldValidation=Ignore&force=true"
    );
    assert_eq!(header(&patch, "content-type"), Some("application/apply-patch+yaml"));
    assert_eq!(body(&patch), json!({"kind": "Pod", "metadata": {"name": "web"}}));
    assert_eq!(
        Patch::apply(&json!({"metadata": 1})).unwrap(),
        Patch::Apply(json!({"metadata": 1}))
    );
}

#[test]
fn each_patch_has_its_content_type_and_its_bytes() {
    let operations = json!([{"op": "test", "path": "/a", "value": 1}]);
    for (patch, content_type, bytes) in [
        (
            Patch::Json(serde_json::from_value(operations.clone()).unwrap()),
            "application/json-patch+json",
            operations,
        ),
        (Patch::Merge(json!({"a": null})), "application/merge-patch+json", json!({"a": null})),
        (
            Patch::Strategic(json!({"b": 1})),
            "application/strategic-merge-patch+json",
            json!({"b": 1}),
        ),
    ] {
        let request = Request::patch(&pod(), &patch, &PatchOptions::default()).unwrap();
        assert_eq!(header(&request, "content-type"), Some(content_type));
        assert_eq!(body(&request), bytes);
        assert!(request.query.is_empty());
    }
}

#[test]
fn deletions_say_only_what_was_asked_for() {
    let plain = Request::delete(&pod(), &DeleteOptions::default()).unwrap();
    assert_eq!(sent(&plain), "DELETE /api/v1/namespaces/prod/pods/web");
    assert!(plain.body.is_none());
    let options = DeleteOptions::default()
        .propagation(Propagation::Foreground)
        .uid("u")
        .resource_version("7")
        .grace_period_seconds(0_u32)
        .dry_run(true);
    let delete = Request::delete(&pod(), &options).unwrap();
    assert_eq!(
        body(&delete),
        json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground",
            "gracePeriodSeconds": 0, "preconditions": {"uid": "u", "resourceVersion": "7"}, "dryRun": ["All"],
        })
    );
    for (propagation, text) in
        [(Propagation::Orphan, "Orphan"), (Propagation::Background, "Background")]
    {
        let options = DeleteOptions::default().propagation(propagation);
        assert_eq!(body(&Request::delete(&pod(), &options).unwrap())["propagationPolicy"], text);
    }
    let which = ListOptions::default().limit(1_u32);
    let all = Request::delete_collection(&pods(), &DeleteOptions::default(), &which).unwrap();
    assert_eq!(sent(&all), "DELETE /api/v1/namespaces/prod/pods?limit=1");
    assert_eq!(all.verb, Verb::DeleteCollection);
}

#[test]
fn a_call_that_cannot_be_meant_never_leaves() {
    let failed = |request: Result<Request>| {
        let error = request.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        error.chain()
    };
    let get = GetOptions::default();
    assert_eq!(
        failed(Request::get(&pods(), &get)),
        "failed to get pods in namespace `prod`: say which object is meant"
    );
    let nowhere = Target::of(&Pod::RESOURCE);
    assert_eq!(
        failed(Request::create(&nowhere, &1, &CreateOptions::default())),
        "failed to create pods: say in which namespace"
    );
    assert!(
        failed(Request::get(&nowhere.name("web".try_into().unwrap()), &get))
            .contains("needs a namespace")
    );
    assert!(
        failed(Request::list(&pod(), &ListOptions::default())).contains("a collection has no name")
    );
    let node = Target::of(&Node::RESOURCE).namespace("prod".try_into().unwrap());
    assert!(failed(Request::list(&node, &ListOptions::default())).contains("have no namespace"));
    assert!(Request::create(&Target::of(&Node::RESOURCE), &1, &CreateOptions::default()).is_ok());

    let apply = Patch::Apply(json!({}));
    let none = PatchOptions::default();
    assert!(failed(Request::patch(&pod(), &apply, &none)).contains("needs a field manager"));
    let force = PatchOptions::default().force(true);
    assert!(
        failed(Request::patch(&pod(), &Patch::Merge(json!({})), &force)).contains("only an apply")
    );
    let longest = PatchOptions::default().field_manager("x".repeat(128));
    assert!(Request::patch(&pod(), &apply, &longest).is_ok());
    for manager in [String::new(), "x".repeat(129), "a\nb".to_owned()] {
        let options = PatchOptions::default().field_manager(manager);
        assert!(failed(Request::patch(&pod(), &apply, &options)).contains("1 to 128 bytes"));
    }
    let unwritable = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert!(
        failed(Request::create(&pods(), &unwritable, &CreateOptions::default())).contains("JSON")
    );
}

#[test]
fn a_raw_path_is_a_path_and_nothing_else() {
    let version = Request::raw(Method::Get, "/version").unwrap();
    assert_eq!(
        (sent(&version).as_str(), version.failed().as_str()),
        ("GET /version", "failed to get `/version`")
    );
    assert_eq!(Request::raw(Method::Post, "/a").unwrap().verb, Verb::Create);
    for path in [
        "",
        "version",
        "/a?b",
        "/a#b",
        "/a/../b",
        "/.",
        "/a/%2E%2e",
        "/a b",
        "/a\r\nb",
        "/ä",
        "/a\\b",
    ] {
        assert!(Request::raw(Method::Get, path).is_err(), "{path}");
    }
}

#[test]
fn a_header_cannot_become_two() {
    let request = || Request::raw(Method::Get, "/version").unwrap();
    assert_eq!(header(&request().header("x-a", "b c").unwrap(), "x-a"), Some("b c"));
    let table = request().header("accept", "text/table").unwrap();
    assert_eq!(table.headers.iter().filter(|(name, _)| name == "accept").count(), 1);
    assert_eq!(header(&table, "accept"), Some("text/table"));
    for (name, value) in
        [("x-a", "b\r\nx: y"), ("x-a", "\0"), ("x-a", "ä"), ("x:a", "b"), ("", "b")]
    {
        assert!(request().header(name, value).is_err(), "{name}: {value:?}");
    }
}

#[test]
fn nothing_printed_shows_a_body_or_a_header() {
    let patch = Patch::Merge(json!({"data": "canary"}));
    let request = Request::patch(&pod(), &patch, &PatchOptions::default())
        .and_then(|request| request.header("authorization", "canary"))
        .unwrap();
    let printed = format!("{request:?} {patch:?}");
    assert!(!printed.contains("canary"), "{printed}");
    assert!(printed.contains("Merge") && printed.contains("/pods/web"), "{printed}");
}

#[test]
fn verbs_are_those_of_rbac() {
    for (verb, text, method, write, collection) in [
        (Verb::Get, "get", "GET", false, false),
        (Verb::List, "list", "GET", false, true),
        (Verb::Watch, "watch", "GET", false, true),
        (Verb::Create, "create", "POST", true, false),
        (Verb::Update, "update", "PUT", true, false),
        (Verb::Patch, "patch", "PATCH", true, false),
        (Verb::Delete, "delete", "DELETE", true, false),
        (Verb::DeleteCollection, "deletecollection", "DELETE", true, true),
    ] {
        assert_eq!((verb.to_string().as_str(), verb.method().as_str()), (text, method));
        assert_eq!((verb.is_write(), verb.is_collection()), (write, collection));
        if verb.method() != Method::Get && verb != Verb::DeleteCollection {
            assert_eq!(Verb::of(verb.method()), verb);
        }
    }
}

proptest! {
    #[test]
    fn whatever_the_values_the_query_keeps_its_members(token in any::<String>(), version in any::<String>()) {
        let options = ListOptions::default().continue_token(token.clone()).resource_version(version.clone());
        let request = Request::list(&pods(), &options).unwrap();
        let url = url::Url::parse(&format!("https://host{}", request.path_and_query())).unwrap();
        prop_assert_eq!(url.path(), "/api/v1/namespaces/prod/pods");
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, vec![("continue".to_owned(), token), ("resourceVersion".to_owned(), version)]);
        prop_assert_eq!(url.fragment(), None);
    }
}
