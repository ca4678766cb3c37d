//! The promises of objects, names and paths.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::rbac::v1::ClusterRole;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::error::ErrorKind;

fn namespace(text: &str) -> Namespace {
    text.try_into().unwrap()
}

fn name(text: &str) -> Name {
    text.try_into().unwrap()
}

#[test]
fn built_in_kinds_know_where_they_live() {
    let pod = Pod::RESOURCE;
    assert_eq!((pod.api_version().as_str(), pod.to_string().as_str()), ("v1", "pods"));
    assert!(pod.is_namespaced() && !Node::RESOURCE.is_namespaced());
    let role = ClusterRole::RESOURCE;
    assert_eq!(role.api_version(), "rbac.authorization.k8s.io/v1");
    assert_eq!(role.to_string(), "clusterroles.rbac.authorization.k8s.io");
    assert!(Deployment::RESOURCE.is_kind("apps/v1beta2", "Deployment"));
    assert!(!Deployment::RESOURCE.is_kind("extensions/v1", "Deployment"));
    assert!(!Deployment::RESOURCE.is_kind("apps/v1", "ReplicaSet"));
    assert!(pod.is_kind("v1", "Pod") && !pod.is_kind("apps/v1", "Pod"));
}

#[test]
fn paths_are_those_of_the_server() {
    let deployments = Deployment::RESOURCE;
    let nodes = Node::RESOURCE;
    let prod = namespace("prod");
    let web = name("web");
    for (path, expected) in [
        (deployments.path(None, None, None), "/apis/apps/v1/deployments"),
        (deployments.path(Some(&prod), None, None), "/apis/apps/v1/namespaces/prod/deployments"),
        (
            deployments.path(Some(&prod), Some(&web), None),
            "/apis/apps/v1/namespaces/prod/deployments/web",
        ),
        (
            deployments.path(Some(&prod), Some(&web), Some("scale")),
            "/apis/apps/v1/namespaces/prod/deployments/web/scale",
        ),
        (nodes.path(None, Some(&web), None), "/api/v1/nodes/web"),
        (nodes.path(None, Some(&web), Some("proxy/a b")), "/api/v1/nodes/web/proxy/a%20b"),
        (
            ClusterRole::RESOURCE.path(None, Some(&name("system:node a")), None),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node%20a",
        ),
    ] {
        assert_eq!(path.unwrap(), expected);
    }
}

#[test]
fn a_path_that_cannot_be_meant_is_refused_with_the_remedy() {
    let prod = namespace("prod");
    let web = name("web");
    let without = Pod::RESOURCE.path(None, Some(&web), None).unwrap_err();
    assert_eq!(without.to_string(), "pods `web` needs a namespace: say which one it is in");
    assert_eq!(without.kind(), ErrorKind::Input);
    let with = Node::RESOURCE.path(Some(&prod), None, None).unwrap_err();
    assert!(with.to_string().contains("nodes have no namespace"), "{with}");
    assert!(Node::RESOURCE.path(None, Some(&web), Some("proxy/../x")).is_err());
    assert!(Node::RESOURCE.path(None, Some(&web), Some("")).is_err());
    let evil = ApiResource { group: "..".into(), ..Pod::RESOURCE };
    assert!(evil.path(None, None, None).is_err());
    let evil = ApiResource { plural: "pods/../secrets?x".into(), ..Pod::RESOURCE };
    assert_eq!(evil.path(None, None, None).unwrap(), "/api/v1/pods%2F..%2Fsecrets%3Fx");
}

#[test]
fn evil_names_are_refused_and_named() {
    for (text, part) in [
        ("", "empty"),
        (".", "folder"),
        ("..", "folder"),
        ("a/b", "`/`"),
        ("a%2fb", "`%`"),
        ("a?b", "`?`"),
        ("a#b", "`#`"),
        ("a\\b", "`\\\\`"),
        ("a\r\nb", "`\\r`"),
        ("a\0", "`\\u{0}`"),
        ("a\u{7f}", "`\\u{7f}`"),
        ("ä", "`\\u{e4}`"),
        ("a\u{2028}", "`\\u{2028}`"),
    ] {
        let error = Name::try_from(text).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert!(!error.to_string().chars().any(char::is_control), "{error}");
        assert_eq!(error.kind(), ErrorKind::Input);
    }
    assert!(Name::try_from("x".repeat(1024)).is_ok());
    let long = Name::try_from("x".repeat(1025)).unwrap_err().to_string();
    assert!(long.contains("longer") && long.len() < 300, "{long}");
    for text in ["...", "a.b-c", "system:x", "A_b", "a b", "~!@"] {
        assert_eq!(Name::try_from(text).unwrap().as_str(), text);
    }
}

#[test]
fn a_namespace_is_a_dns_label() {
    for text in ["a", "0", "a-b", "kube-system", &"x".repeat(63)] {
        assert!(Namespace::try_from(text).is_ok(), "{text}");
    }
    for text in ["", "-a", "a-", "a.b", "A", "a_b", "a/b", "ä", &"x".repeat(64)] {
        assert!(Namespace::try_from(text).is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// reliability.md, scorecard 26.
    #[test]
    fn whatever_the_name_the_path_gains_exactly_one_segment(text in any::<String>()) {
        if let Ok(name) = Name::try_from(text.as_str()) {
            one_more_segment(&Node::RESOURCE.path(None, Some(&name), None).unwrap(), &text)?;
        }
    }

    #[test]
    fn whatever_is_in_an_evil_name_the_path_gains_exactly_one_segment(text in "[a./%?#\\\\:;&=@ \r\n\0ä-]{0,6}") {
        if let Ok(name) = Name::try_from(text.as_str()) {
            one_more_segment(&Node::RESOURCE.path(None, Some(&name), None).unwrap(), &text)?;
        }
    }

    #[test]
    fn whatever_the_plural_it_is_exactly_one_segment(plural in any::<String>()) {
        let resource = ApiResource { plural: plural.clone().into(), ..Node::RESOURCE };
        if let Ok(path) = resource.path(None, None, None) {
            let url = url::Url::parse(&format!("https://host{path}")).unwrap();
            prop_assert_eq!(url.path_segments().unwrap().count(), 3);
            prop_assert_eq!((url.query(), url.fragment()), (None, None));
        }
    }
}

fn one_more_segment(path: &str, name: &str) -> Result<(), TestCaseError> {
    let url = url::Url::parse(&format!("https://host{path}")).unwrap();
    prop_assert_eq!(url.path(), path, "nothing was resolved");
    let segments: Vec<_> = url.path_segments().unwrap().collect();
    prop_assert_eq!(&segments[..3], &["api", "v1", "nodes"]);
    prop_assert_eq!(segments.len(), 4);
    let decoded = percent_encoding::percent_decode_str(segments[3]).decode_utf8().unwrap();
    prop_assert_eq!(decoded, name);
    prop_assert_eq!((url.query(), url.fragment()), (None, None));
    Ok(())
}

#[test]
fn an_object_is_asked_through_its_metadata() {
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {
            "name": "web", "namespace": "prod", "uid": "u1", "resourceVersion": "7",
            "labels": {"app": "web"}, "annotations": {"note": "x"}, "finalizers": ["f"],
            "deletionTimestamp": "2026-01-01T00:00:00Z",
            "ownerReferences": [
                {"apiVersion": "v1", "kind": "A", "name": "a", "uid": "1"},
                {"apiVersion": "v1", "kind": "B", "name": "b", "uid": "2", "controller": true},
            ],
        },
    }))
    .unwrap();
    assert_eq!((pod.name(), pod.namespace(), pod.uid()), ("web", Some("prod"), Some("u1")));
    assert_eq!(pod.resource_version(), Some("7"));
    assert_eq!((pod.labels()["app"].as_str(), pod.annotations()["note"].as_str()), ("web", "x"));
    assert_eq!(pod.finalizers(), ["f"]);
    assert_eq!(pod.controller().unwrap().name, "b");
    assert!(pod.is_deleted());
    let owner = pod.owner_reference(true).unwrap();
    assert_eq!(
        serde_json::to_value(&owner).unwrap(),
        json!({"apiVersion": "v1", "kind": "Pod", "name": "web", "uid": "u1", "controller": true, "blockOwnerDeletion": true})
    );
    assert_eq!(pod.owner_reference(false).unwrap().controller, None);

    let mut empty = Pod::default();
    assert_eq!((empty.name(), empty.namespace(), empty.uid()), ("", None, None));
    assert!(empty.labels().is_empty() && empty.controller().is_none() && !empty.is_deleted());
    assert!(empty.owner_reference(true).is_none(), "it is not stored yet");
    empty.labels_mut().insert("a".to_owned(), "b".to_owned());
    empty.annotations_mut().insert("c".to_owned(), "d".to_owned());
    assert_eq!((empty.labels()["a"].as_str(), empty.annotations()["c"].as_str()), ("b", "d"));
    empty.metadata.uid = Some(String::new());
    empty.metadata.namespace = Some(String::new());
    assert_eq!((empty.uid(), empty.namespace()), (None, None));
}

#[test]
fn a_built_in_kind_has_its_status() {
    let mut deployment = Deployment::default();
    assert!(HasStatus::status(&deployment).is_none());
    deployment.status_mut().get_or_insert_default().ready_replicas = Some(3);
    assert_eq!(HasStatus::status(&deployment).and_then(|status| status.ready_replicas), Some(3));
}

#[test]
fn a_whole_object_can_be_applied() {
    fn kind<A: Apply>(_: &A) -> ApiResource {
        A::Kind::RESOURCE
    }
    assert_eq!(kind(&Pod::default()).kind, "Pod");
}

#[test]
fn a_dynamic_object_loses_nothing() {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"},
        "data": {"password": "aHVudGVyMg=="}, "type": "Opaque", "x": null,
    });
    let object: DynamicObject = serde_json::from_value(secret.clone()).unwrap();
    assert_eq!(serde_json::to_value(&object).unwrap(), secret);
    let debug = format!("{object:?}");
    assert!(!debug.contains("password") && !debug.contains("aHVud"), "{debug}");
    assert!(debug.contains("\"s\"") && debug.contains("data"), "{debug}");
    let typed: Secret = object.decode().unwrap();
    assert_eq!(typed.data.unwrap()["password"].0, b"hunter2");
    let error = object.decode::<Pod>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(!error.chain().contains("aHVud"), "{}", error.chain());
}

#[test]
fn an_object_without_a_type_gets_one() {
    let item: DynamicObject = serde_json::from_value(json!({"metadata": {"name": "a"}})).unwrap();
    assert_eq!((item.api_version.as_str(), item.kind.as_str()), ("", ""));
    let item = item.typed(&Deployment::RESOURCE);
    assert_eq!((item.api_version.as_str(), item.kind.as_str()), ("apps/v1", "Deployment"));
    let item = item.typed(&Pod::RESOURCE);
    assert_eq!(item.kind, "Deployment", "what is there stays");
    let new = DynamicObject::new("b", &Pod::RESOURCE);
    assert_eq!(
        serde_json::to_value(&new).unwrap(),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}})
    );
}

#[test]
fn a_member_twice_is_a_mistake() {
    for text in
        [r#"{"metadata":{},"metadata":{}}"#, r#"{"kind":"A","kind":"B"}"#, r#"{"spec":1,"spec":2}"#]
    {
        assert!(serde_json::from_str::<DynamicObject>(text).is_err(), "{text}");
    }
    assert!(
        serde_json::from_str::<PartialObjectMetadata>(r#"{"metadata":{},"metadata":{}}"#).is_err()
    );
}

#[test]
fn only_the_metadata_is_kept_of_a_partial_object() {
    let whole =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"x": [1]}});
    let partial: PartialObjectMetadata = serde_json::from_value(whole).unwrap();
    assert_eq!(
        serde_json::to_value(&partial).unwrap(),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}})
    );
    let bare: PartialObjectMetadata = serde_json::from_str(r#"{"metadata":null}"#).unwrap();
    assert_eq!(bare, PartialObjectMetadata::default());
}
