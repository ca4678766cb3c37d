//! The promises of wire: whatever the boundaries of the bytes, and whatever is broken in them.

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Pod;
use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;
use crate::object::DynamicObject;
use crate::object::ResourceExt;

fn read_list(chunks: &[&[u8]], limits: Limits) -> (Vec<Result<RawObject, Malformed>>, ListDecoder) {
    let mut list = ListDecoder::new(limits);
    let mut items = Vec::new();
    for chunk in chunks {
        list.push(chunk);
        while let Some(item) = list.next() {
            items.push(item);
        }
    }
    (items, list)
}

fn list_of(json: &[u8]) -> (Vec<Result<RawObject, Malformed>>, crate::error::Result<ListHead>) {
    let (items, list) = read_list(&[json], Limits::default());
    (items, list.finish())
}

fn read_watch(chunks: &[&[u8]], limits: Limits) -> (Vec<WatchEvent>, WatchDecoder) {
    let mut watch = WatchDecoder::new(limits);
    let mut events = Vec::new();
    for chunk in chunks {
        watch.push(chunk);
        while let Some(event) = watch.next() {
            events.push(event);
        }
    }
    (events, watch)
}

fn events_of(json: &str) -> Vec<WatchEvent> {
    let (events, watch) = read_watch(&[json.as_bytes()], Limits::default());
    watch.finish().unwrap();
    events
}

fn object(json: &str) -> RawObject {
    RawObject::copied_from(json.as_bytes(), false).unwrap()
}

/// Twenty-five ways to break an object (reliability.md, scorecard 13); whether its name can still be read.
fn poison() -> Vec<(Vec<u8>, bool)> {
    let head = r#""metadata":{"name":"bad","namespace":"n","resourceVersion":"66"}"#;
    let with = |member: &str| (format!("{{{head},{member}}}").into_bytes(), true);
    let meta = |member: &str| {
        let meta = r#""name":"bad","namespace":"n","resourceVersion":"66""#;
        (format!("{{\"metadata\":{{{meta},{member}}}}}").into_bytes(), true)
    };
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(200), close.repeat(200));
    let mut bad_text = format!("{{{head},\"data\":{{\"a\":\"").into_bytes();
    bad_text.extend_from_slice(b"\xff\xfe\"}}");
    let mut bad_name = b"{\"metadata\":{\"name\":\"\xc3\x28\"}}".to_vec();
    bad_name.extend_from_slice(b"");
    vec![
        with(r#""data":{"a":NaN}"#),
        with(r#""data":{"a":Infinity}"#),
        with(r#""data":{"a":1.}"#),
        with(r#""data":{"a":01}"#),
        with(r#""data":{"a":tru}"#),
        with(r#""data":{"a":"\x"}"#),
        with(r#""data":{"a":"\ud800\u0041"#.to_owned().as_str().trim_end()).0.pipe(|mut broken| {
            broken.truncate(broken.len() - 1);
            broken.extend_from_slice(b"\"}}");
            (broken, true)
        }),
        with("\"data\":{\"a\":\"b\u{1}\"}"),
        with(r#""data":{"a":1,}"#),
        with(r#""data":{"a" 1}"#),
        with(r#""data":{a:1}"#),
        with(r#""data":[1,2"#.replace("[1,2", "[1 2]").as_str()),
        with(r#""data":7"#),
        with(r#""data":{"a":7}"#),
        with(r#""data":{"a":["x"]}"#),
        with(&format!("\"data\":{}", deep("{\"x\":", "}"))),
        with(&format!("\"data\":{}", deep("[", "]"))),
        with(head),
        meta(r#""generation":"seven""#),
        meta(r#""finalizers":{"a":1}"#),
        meta(r#""ownerReferences":[{"kind":"A"}]"#),
        meta(r#""name":"again""#),
        (bad_text, true),
        (bad_name, false),
        (b"{\"metadata\":null}".to_vec(), false),
        (b"{\"metadata\":{\"namespace\":\"n\"}}".to_vec(), false),
        (b"{}".to_vec(), false),
        (b"null".to_vec(), false),
        (b"[]".to_vec(), false),
        (b"[{\"name\":\"bad\"}]".to_vec(), false),
        (b"\"text\"".to_vec(), false),
        (b"12".to_vec(), false),
    ]
}

trait Pipe: Sized {
    fn pipe<T>(self, then: impl FnOnce(Self) -> T) -> T {
        then(self)
    }
}

impl Pipe for Vec<u8> {}

#[test]
fn one_bad_item_harms_itself_only() {
    for (bad, named) in poison() {
        let shown = String::from_utf8_lossy(&bad).chars().take(120).collect::<String>();
        let mut json = br#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"70"},"items":["#.to_vec();
        for index in 0..100 {
            if index == 41 {
                json.extend_from_slice(&bad);
            } else {
                json.extend_from_slice(
                    format!(r#"{{"metadata":{{"name":"good-{index}"}},"data":{{"a":"}}]"}}}}"#)
                        .as_bytes(),
                );
            }
            json.push(if index == 99 { b']' } else { b',' });
        }
        json.push(b'}');
        let (items, head) = list_of(&json);
        assert_eq!(head.unwrap().resource_version, "70", "{shown}");
        assert_eq!(items.len(), 100, "{shown}");
        for (index, item) in items.iter().enumerate() {
            let typed =
                item.as_ref().map_err(Clone::clone).and_then(RawObject::decode::<ConfigMap>);
            if index != 41 {
                assert_eq!(typed.unwrap().name(), format!("good-{index}"));
                continue;
            }
            let malformed = typed.expect_err(&shown);
            assert_eq!(malformed.name.as_deref(), named.then_some("bad"), "{shown}");
            assert_eq!(malformed.resource_version.as_deref(), named.then_some("66"), "{shown}");
            assert!(
                !malformed.reason.is_empty() && malformed.to_string().len() < 600,
                "{malformed}"
            );
            assert!(!malformed.bytes.is_empty());
        }
    }
}

#[test]
fn one_bad_event_harms_itself_only() {
    for (bad, named) in poison() {
        let shown = String::from_utf8_lossy(&bad).chars().take(120).collect::<String>();
        let good = br#"{"type":"ADDED","object":{"metadata":{"name":"good"}}}"#;
        let json = [good, &b"\n"[..], br#"{"type":"DELETED","object":"#, &bad, b"}\n", good, b"\n"]
            .concat();
        let (events, watch) = read_watch(&[&json], Limits::default());
        watch.finish().unwrap();
        assert_eq!(events.len(), 3, "{shown}: {events:?}");
        assert!(matches!(&events[0], WatchEvent::Added(object) if &*object.meta.name == "good"));
        assert_eq!(events[2], events[0]);
        let malformed = match &events[1] {
            WatchEvent::Malformed(malformed) => {
                assert!(malformed.removed, "{shown}: it was a deletion");
                malformed.clone()
            }
            WatchEvent::Deleted(object) => object.decode::<ConfigMap>().expect_err(&shown),
            other => panic!("{other:?}"),
        };
        assert_eq!(malformed.name.as_deref(), named.then_some("bad"), "{shown}");
        assert_eq!(malformed.resource_version.as_deref(), named.then_some("66"), "{shown}");
    }
}

#[test]
fn a_head_is_all_that_the_pipeline_needs() {
    let object = object(
        r#"{"apiVersion":"v1","metadata":{"name":"w\u0065b","namespace":"prod","uid":"u","resourceVersion":"7","generation":3,
        "deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["a","b"],"labels":{"app":"web"},"annotations":{"n":"x"},
        "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"r","uid":"1","controller":true},
        {"apiVersion":"v1","kind":"Node","name":"n","uid":"2","blockOwnerDeletion":true}]}}"#,
    );
    let head = &object.meta;
    assert_eq!((head.namespace.as_deref(), &*head.name, &*head.uid), (Some("prod"), "web", "u"));
    assert_eq!((&*head.resource_version, head.generation, head.deletion), ("7", Some(3), true));
    assert_eq!(head.finalizers.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b"]);
    let owner = |group: &str, kind: &str, name: &str, uid: &str, controller| OwnerHead {
        group: group.into(),
        kind: kind.into(),
        name: name.into(),
        uid: uid.into(),
        controller,
    };
    let owners = [owner("apps", "ReplicaSet", "r", "1", true), owner("", "Node", "n", "2", false)];
    assert_eq!(*head.owners, owners);
    assert_eq!(head.controller(), Some(&owners[0]));
    assert_eq!(object.labels().unwrap()["app"], "web");
    assert_eq!(object.annotations().unwrap()["n"], "x");
}

#[test]
fn nulls_and_absent_members_are_the_same() {
    let nulls = object(
        r#"{"metadata":{"name":"a","namespace":null,"uid":null,"resourceVersion":null,"generation":null,"deletionTimestamp":null,
        "ownerReferences":null,"finalizers":null,"managedFields":null,"labels":null}}"#,
    );
    let absent = object(r#"{"metadata":{"name":"a"}}"#);
    assert_eq!(nulls.meta, absent.meta);
    assert_eq!(object(r#"{"metadata":{"name":"a","namespace":""}}"#).meta, absent.meta);
    assert_eq!((&*absent.meta.uid, &*absent.meta.resource_version), ("", ""));
    assert!(!absent.meta.deletion && absent.meta.controller().is_none());
    assert!(nulls.labels().unwrap().is_empty() && absent.annotations().unwrap().is_empty());
    let wrong = object(r#"{"metadata":{"name":"a","labels":{"x":7}}}"#).labels().unwrap_err();
    assert_eq!(wrong.reason, ".metadata.labels.x: invalid type: integer, expected a string");
}

#[test]
fn managed_fields_are_cut_out_and_nothing_else_is_touched() {
    let before = r#"{ "spec": {"managedFields":[1,2]},"x":"\"managedFields\":[3]", "metadata":{"name":"a" , "managedFields" :"#;
    let after = r#","z":"ä\u00e4"},"status":{"managedFields":[4]}, "e":1.0e3 }"#;
    for (value, left) in [
        (r#"[{"manager":"m","fieldsV1":{"f:a":{"]":"}"}}}]"#, "[]"),
        (r#"[ { } ]"#, "[]"),
        ("[]", "[]"),
        ("null", "null"),
    ] {
        let json = format!("{before}{value}{after}");
        let cut = RawObject::parse(json.clone().into(), false).unwrap();
        let kept = RawObject::parse(json.clone().into(), true).unwrap();
        // A value of four bytes or less is not worth a copy.
        assert_eq!(cut.bytes, format!("{before}{left}{after}"), "{value}");
        assert_eq!(kept.bytes, json);
        assert_eq!(cut.meta, kept.meta);
        assert_eq!(RawObject::copied_from(json.as_bytes(), false).unwrap(), cut);
        assert_eq!(RawObject::copied_from(json.as_bytes(), true).unwrap(), kept);
        cut.decode::<DynamicObject>().unwrap();
    }
}

#[test]
fn an_object_that_does_not_fit_its_type_is_named() {
    let pod = object(
        r#"{"metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"7"},"spec":{"containers":"canary"}}"#,
    );
    let malformed = pod.decode::<Pod>().unwrap_err();
    assert_eq!(
        malformed.to_string(),
        "object `n/a` at revision 7 cannot be read: .spec.containers: invalid type: string, expected Vec"
    );
    assert_eq!(malformed.uid.as_deref(), Some("u"));
    assert_eq!(malformed.bytes, pod.bytes);
    assert!(!malformed.removed);
    let error = crate::Error::from(malformed.clone());
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Decode, malformed.to_string()));
    let nameless = RawObject::copied_from(b"{\"metadata\":{}}", false).unwrap_err();
    assert_eq!(nameless.to_string(), "object of unknown name cannot be read: it has no name");
    let bare = RawObject::copied_from(b"{\"metadata\":{\"name\":\"a\"},}", false).unwrap_err();
    assert!(bare.to_string().starts_with("object `a` cannot be read: "), "{bare}");
}

#[test]
fn nothing_printed_shows_content() {
    let secret = r#"{"metadata":{"name":"s","resourceVersion":"1"},"data":{"token":"canary"}}"#;
    let good = object(secret);
    let bad = RawObject::copied_from(secret.replace("}}", "}").as_bytes(), false).unwrap_err();
    let event = &events_of(&format!("{{\"type\":\"ADDED\",\"object\":{secret}}}\n"))[0];
    let mut list = ListDecoder::new(Limits::default());
    list.push(b"{\"items\":[");
    assert!(list.next().is_none());
    let misfit =
        good.decode::<Pod>().map_or_else(|malformed| format!("{malformed:?}"), |_| String::new());
    for printed in [format!("{good:?}"), format!("{bad:?} {bad}"), format!("{event:?}"), misfit] {
        assert!(!printed.contains("canary"), "{printed}");
    }
}

#[test]
fn a_list_says_where_it_is_and_how_it_goes_on() {
    let (items, head) = list_of(
        br#" {"kind":"PodList","extra":{"a":[1,"}"]},"apiVersion":"v1","metadata":{"selfLink":"","resourceVersion":"12","continue":"abc","remainingItemCount":7} , "items" : [ {"metadata":{"name":"a"}} , {"metadata":{"name":"b"}} ] } "#,
    );
    let names: Vec<_> = items.into_iter().map(|item| item.unwrap().meta.name).collect();
    assert_eq!(names.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b"]);
    let head = head.unwrap();
    assert_eq!((head.kind.as_str(), head.api_version.as_str()), ("PodList", "v1"));
    assert_eq!(
        (head.resource_version.as_str(), head.continue_token.as_deref()),
        ("12", Some("abc"))
    );
    assert_eq!(head.remaining, Some(7));
    for empty in [
        r#"{"items":[],"metadata":{"continue":""}}"#,
        r#"{"items":null,"metadata":null}"#,
        r#"{"metadata":{"remainingItemCount":-1},"items":[]}"#,
    ] {
        let (items, head) = list_of(empty.as_bytes());
        assert!(items.is_empty());
        assert_eq!(head.unwrap(), ListHead::default(), "{empty}");
    }
}

#[test]
fn what_is_no_list_is_never_taken_for_an_empty_one() {
    let failed = |json: &str| {
        let error = list_of(json.as_bytes()).1.unwrap_err();
        (error.kind(), error.to_string())
    };
    for (json, kind, text) in [
        (
            "",
            ErrorKind::Connection,
            "the list ends in its middle, after 0 items: the connection was cut",
        ),
        ("<html>\x1b", ErrorKind::Decode, "the answer is no list but begins with `<html>\\u{1b}`"),
        (
            "[{\"a\":1}]",
            ErrorKind::Decode,
            "the answer is no list but begins with `a value that is no object`",
        ),
        ("{}", ErrorKind::Decode, "the answer is an object of kind ``, which has no items"),
        (
            r#"{"kind":"Pod","metadata":{}}"#,
            ErrorKind::Decode,
            "the answer is an object of kind `Pod`, which has no items",
        ),
        (
            r#"{"items":{}}"#,
            ErrorKind::Decode,
            "the list is broken after 0 items: its items are no list",
        ),
        (
            r#"{"items":[{},]}"#,
            ErrorKind::Decode,
            "the list is broken after 1 items: a comma stands where an item should",
        ),
        (
            r#"{"items":[],"items":[]}"#,
            ErrorKind::Decode,
            "the list is broken after 0 items: it has items twice",
        ),
        (
            r#"{"items":[],"metadata":[]}"#,
            ErrorKind::Decode,
            "the list is broken after 0 items: its metadata cannot be read",
        ),
        (
            r#"{"items":[{} {}]}"#,
            ErrorKind::Decode,
            "the list is broken after 1 items: it is not JSON",
        ),
        (r#"{"items" []}"#, ErrorKind::Decode, "the list is broken after 0 items: it is not JSON"),
        (
            r#"{"items":[]}{"items":[]}"#,
            ErrorKind::Decode,
            "the list is broken after 0 items: something follows it",
        ),
        (r#"{"items":[],}"#, ErrorKind::Decode, "the list is broken after 0 items: it is not JSON"),
        (
            r#"{"items":[{}],"metadata":{"resourceVersion":"7"}"#,
            ErrorKind::Connection,
            "the list ends in its middle, after 1 items: the connection was cut",
        ),
        (
            r#"{"items":[{},{"metadata":{"name":"a"}"#,
            ErrorKind::Connection,
            "the list ends in its middle, after 1 items: the connection was cut",
        ),
    ] {
        assert_eq!(failed(json), (kind, text.to_owned()), "{json}");
    }
    let long = format!(r#"{{"metadata":{{"continue":"{}"}},"items":[]}}"#, "x".repeat(70_000));
    assert!(list_of(long.as_bytes()).1.is_ok(), "it came at once: nothing more was held");
    let (_, list) =
        read_list(&[&long.as_bytes()[..69_000], &long.as_bytes()[69_000..]], Limits::default());
    assert!(list.finish().unwrap_err().to_string().contains("its head is longer"));
}

#[test]
fn an_item_that_is_too_large_is_named_and_skipped() {
    let large = format!(
        r#"{{"metadata":{{"name":"large","resourceVersion":"5"}},"data":{{"a":"{}]"}}}}"#,
        "x}".repeat(4000)
    );
    let json = format!(
        r#"{{"items":[{{"metadata":{{"name":"a"}}}},{large},{{"metadata":{{"name":"b"}}}}]}}"#
    );
    for size in [1, 7, 1000, 100_000] {
        let chunks: Vec<&[u8]> = json.as_bytes().chunks(size).collect();
        let (items, list) = read_list(&chunks, Limits::default().object(1000));
        list.finish().unwrap();
        let [Ok(a), Err(bad), Ok(b)] = &items[..] else { panic!("{items:?}") };
        assert_eq!((&*a.meta.name, &*b.meta.name), ("a", "b"));
        assert_eq!(
            bad.to_string(),
            "object `large` at revision 5 cannot be read: it is larger than the limit of 1000 bytes"
        );
    }
    let exact = Limits::default().object(large.len());
    assert!(read_list(&[json.as_bytes()], exact).0.iter().all(Result::is_ok));
    let less = Limits::default().object(large.len() - 1);
    assert!(read_list(&[json.as_bytes()], less).0[1].is_err());
}

#[test]
fn every_type_of_event_is_read() {
    let events = events_of(concat!(
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"manager\":\"m\"}]}}}\n",
        "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"b\"}}}\r\n\n",
        " {\"object\":{\"metadata\":{\"name\":\"c\"}}, \"type\":\"DELETED\"} \n",
        "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"12\"}}}\n",
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"Expired\",\"code\":410}}\n",
        "{\"type\":\"ERROR\",\"object\":{\"oops\":\"canary\"}}\n",
        "{\"type\":\"NEWS\",\"object\":{}}\n",
    ));
    let names: Vec<_> = events
        .iter()
        .map(|event| match event {
            WatchEvent::Added(object) => format!("added {}", object.meta.name),
            WatchEvent::Modified(object) => format!("modified {}", object.meta.name),
            WatchEvent::Deleted(object) => format!("deleted {}", object.meta.name),
            WatchEvent::Bookmark { resource_version, .. } => format!("bookmark {resource_version}"),
            WatchEvent::Error(status) => format!("error {} {}", status.code, status.reason),
            WatchEvent::Malformed(malformed) => malformed.to_string(),
            WatchEvent::Unknown { type_ } => format!("unknown {type_}"),
        })
        .collect();
    assert_eq!(
        names,
        [
            "added a",
            "modified b",
            "deleted c",
            "bookmark 12",
            "error 410 Expired",
            "error 500 InternalError",
            "unknown NEWS"
        ]
    );
    let WatchEvent::Added(object) = &events[0] else { panic!() };
    assert_eq!(object.bytes, r#"{"metadata":{"name":"a","managedFields":[]}}"#);
    let keep = Limits::default().keep_managed_fields(true);
    let json =
        b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"managedFields\":[{}]}}}\n";
    let (events, _) = read_watch(&[json], keep);
    let WatchEvent::Added(object) = &events[0] else { panic!() };
    assert_eq!(object.bytes, r#"{"metadata":{"name":"a","managedFields":[{}]}}"#);
}

#[test]
fn the_initial_events_end_where_the_annotation_says_exactly_true() {
    for (annotations, expected) in [
        (r#"{"k8s.io/initial-events-end":"true"}"#, true),
        (r#"{"k8s.io/initial-events-end":"false"}"#, false),
        (r#"{"k8s.io/initial-events-end":"True"}"#, false),
        (r#"{"k8s.io/initial-events-end":true}"#, false),
        (r#"{"k8s.io/initial-events-end":""}"#, false),
        (r#"{"x":"true"}"#, false),
        ("null", false),
    ] {
        let json = format!(
            r#"{{"type":"BOOKMARK","object":{{"metadata":{{"resourceVersion":"9","annotations":{annotations}}}}}}}"#
        );
        let [WatchEvent::Bookmark { resource_version, initial_events_end }] = &events_of(&json)[..]
        else {
            panic!("{json}")
        };
        assert_eq!((resource_version.as_str(), *initial_events_end), ("9", expected), "{json}");
    }
    for object in [r#"{"metadata":{"resourceVersion":""}}"#, r#"{"metadata":{}}"#, "{}", "7"] {
        let json = format!("{{\"type\":\"BOOKMARK\",\"object\":{object}}}\n");
        assert!(matches!(&events_of(&json)[..], [WatchEvent::Malformed(_)]), "{json}");
    }
}

#[test]
fn lines_that_are_no_events_are_reported_and_passed_over() {
    let good = r#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#;
    for bad in [
        "<html>{}</html>",
        "{",
        "}",
        "[]",
        "\"ADDED\"",
        r#"{"type":"ADDED"}"#,
        r#"{"object":{}}"#,
        r#"{"type":7,"object":{}}"#,
    ] {
        let events = events_of(&format!("{bad}\n{good}\n"));
        let [WatchEvent::Malformed(malformed), WatchEvent::Added(_)] = &events[..] else {
            panic!("{bad}: {events:?}")
        };
        assert!(!malformed.removed && malformed.name.is_none(), "{malformed:?}");
    }
}

#[test]
fn an_event_does_not_wait_for_its_line_to_end() {
    let event =
        |name: &str| format!(r#"{{"type":"ADDED","object":{{"metadata":{{"name":"{name}"}}}}}}"#);
    let joined = event("a") + &event("b") + &event("c");
    for size in 1..joined.len() {
        let chunks: Vec<&[u8]> = joined.as_bytes().chunks(size).collect();
        let (events, watch) = read_watch(&chunks, Limits::default());
        watch.finish().unwrap();
        assert_eq!(events.len(), 3, "chunks of {size}");
    }
}

#[test]
fn a_watch_that_ends_within_an_event_says_so() {
    let json = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n";
    for cut in 0..=json.len() {
        let (events, watch) = read_watch(&[&json.as_bytes()[..cut]], Limits::default());
        let whole = cut >= json.len() - 1;
        assert_eq!(events.len(), usize::from(whole), "{cut}");
        match watch.finish() {
            Ok(()) => assert!(cut == 0 || whole, "{cut}"),
            Err(error) => {
                assert!(cut > 0 && !whole && error.kind() == ErrorKind::Connection, "{cut}")
            }
        }
    }
}

#[test]
fn an_event_that_is_too_large_is_named_and_skipped() {
    let event = |type_: &str, name: &str, data: &str| {
        format!(
            "{{\"type\":\"{type_}\",\"object\":{{\"metadata\":{{\"name\":\"{name}\",\"resourceVersion\":\"5\"}},\"x\":\"{data}\"}}}}\n"
        )
    };
    let json = event("ADDED", "a", "")
        + &event("DELETED", "large", &"x}".repeat(4000))
        + &event("ADDED", "b", "");
    for size in [1, 7, 1000, 100_000] {
        let chunks: Vec<&[u8]> = json.as_bytes().chunks(size).collect();
        let (events, watch) = read_watch(&chunks, Limits::default().object(1000));
        watch.finish().unwrap();
        let [WatchEvent::Added(_), WatchEvent::Malformed(bad), WatchEvent::Added(b)] = &events[..]
        else {
            panic!("{size}: {events:?}")
        };
        assert_eq!(&*b.meta.name, "b");
        assert_eq!(
            bad.to_string(),
            "object `large` at revision 5 cannot be read: it is larger than the limit of 1000 bytes"
        );
        assert!(bad.removed);
    }
    let (events, watch) = read_watch(&[&json.as_bytes()[..5000]], Limits::default().object(1000));
    assert_eq!(events.len(), 1);
    assert!(watch.finish().is_err(), "the large one was cut off");
}

/// Text cut at these places, any number of times.
fn cut<'a>(text: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = places.iter().map(|place| place.index(text.len() + 1)).collect();
    at.sort_unstable();
    let ends = at.iter().copied().chain([text.len()]);
    std::iter::once(0)
        .chain(at.iter().copied())
        .zip(ends)
        .map(|(from, to)| &text[from..to])
        .collect()
}

fn messy_list() -> Vec<u8> {
    let mut json = br#"{"other":[{"a":"]}"}],"kind":"L","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":["#.to_vec();
    for (bad, _) in poison() {
        json.extend_from_slice(&bad);
        json.extend_from_slice(br#" , {"metadata":{"name":"good","managedFields":[{"x":"\\\"]}"}]},"spec":{"t":"\\"}},"#);
    }
    json.extend_from_slice(br#"{"metadata":{"name":"last"}}]}"#);
    json
}

fn messy_watch() -> Vec<u8> {
    let mut json = Vec::new();
    for (bad, _) in poison() {
        json.extend_from_slice(b"{\"type\":\"MODIFIED\",\"object\":");
        json.extend_from_slice(&bad);
        json.extend_from_slice(
            b"}\r\n{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"good\"}}}",
        );
        json.extend_from_slice(
            b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"next\"}}}  \n garbage{}\n",
        );
    }
    json
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_list_is_the_same_however_its_bytes_are_cut(places in prop::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        let json = messy_list();
        let (whole, head) = list_of(&json);
        let (items, list) = read_list(&cut(&json, &places), Limits::default());
        prop_assert_eq!(items, whole);
        prop_assert_eq!(list.finish().unwrap(), head.unwrap());
    }

    #[test]
    fn a_watch_is_the_same_however_its_bytes_are_cut(places in prop::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        let json = messy_watch();
        let (whole, _) = read_watch(&[&json], Limits::default());
        prop_assert_eq!(whole.len(), poison().len() * 4);
        let (events, watch) = read_watch(&cut(&json, &places), Limits::default());
        prop_assert_eq!(events, whole);
        prop_assert!(watch.finish().is_ok());
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b'"'), Just(b'\\'), Just(b','), Just(b':'), Just(b'\n'), Just(b'a'), any::<u8>()], 0..60)) {
        let items = [&b"{\"items\":["[..], &bytes].concat();
        let _ = read_list(&[&items], Limits::default());
        let _ = read_list(&[&bytes], Limits::default());
        let _ = read_watch(&[&bytes], Limits::default());
        let _ = RawObject::copied_from(&bytes, false);
        let _ = format!("{:?}", crate::Status::from_json(&bytes));
    }
}

#[test]
fn byte_by_byte_is_no_different() {
    let (list, watch) = (messy_list(), messy_watch());
    let bytes: Vec<&[u8]> = list.chunks(1).collect();
    assert_eq!(read_list(&bytes, Limits::default()).0, list_of(&list).0);
    let bytes: Vec<&[u8]> = watch.chunks(1).collect();
    assert_eq!(read_watch(&bytes, Limits::default()).0, read_watch(&[&watch], Limits::default()).0);
}
